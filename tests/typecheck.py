"""beartype, as jaxtyping's import hook uses it: an int will do where a float is asked for (PEP 484)."""

from beartype import BeartypeConf, beartype

typecheck = beartype(conf=BeartypeConf(is_pep484_tower=True))
