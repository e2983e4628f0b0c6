"""The catalogue: every text that a person reads, in English and in Simplified Chinese.

The texts are data: a TOML page for each topic, and in it an entry for each key, with ``en`` and ``zh`` side
by side. A template always comes from shoal. What a user typed only fills a named place in it, so it is never
read as a format.

The language is English unless the environment says otherwise: ``SHOAL_LANG=zh`` (or ``en``) decides;
without it, the command line follows the locale (`use_locale`), and the library does not.
"""

import os
import tomllib
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "zh")
LONGEST = 60  # characters of a name or a cell
LONGEST_PATH = 500  # characters of a path
_chosen: list[str] = []


def language() -> str:
    """The language in force: what `use_language` chose, else ``SHOAL_LANG``, else English."""
    wanted = _chosen[-1] if _chosen else os.environ.get("SHOAL_LANG", "en")
    return "zh" if wanted.lower().startswith("zh") else "en"


def use_language(name: str) -> None:
    """Use this language (``"en"`` or ``"zh"``) from now on, whatever the environment says."""
    if name not in LANGUAGES:
        raise ValueError(f"language must be one of {LANGUAGES}, got {name!r}")
    _chosen[:] = [name]


def use_locale() -> None:
    """Follow the person's locale, as a command line should; ``SHOAL_LANG`` still wins."""
    variables = ("SHOAL_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((os.environ[name] for name in variables if os.environ.get(name)), "en")
    use_language("zh" if locale.lower().startswith("zh") else "en")


@cache
def page(name: str) -> dict[str, dict[str, str]]:
    """One page of the catalogue: key -> {"en": template, "zh": template}."""
    return tomllib.loads((files(__name__) / f"{name}.toml").read_text(encoding="utf-8"))


def text(key: str, /, **values: object) -> str:
    """The text of ``"page.entry"`` in the language in force, its named places filled with values.

    A path is shown with its control characters spelled out: what is a `Path`, and what fills ``path``.
    """
    name, _, entry = key.partition(".")
    shown = {place: _harmless(place, value) for place, value in values.items()}
    return page(name)[entry][language()].format(**shown)


def _harmless(place: str, value: object) -> object:
    if isinstance(value, os.PathLike):
        return shown_path(value)
    return shown_path(value) if place == "path" and isinstance(value, str) else value


# --- what a stranger brought, made harmless; `base.shown` has the other ways to show it


def plain(value: object, longest: int = LONGEST) -> str:
    """A name or a cell with every unprintable character spelled out, and never longer than `longest`."""
    first = str(value)[: longest + 1]  # enough to see that it is too long
    return _shortened("".join(c if c.isprintable() else _spelled(c) for c in first), longest)


def shown_path(path: str | os.PathLike[str]) -> str:
    """The name of a file, which may hold whatever a file system allows."""
    return plain(os.fspath(path), LONGEST_PATH)


def _shortened(written: str, longest: int) -> str:
    return written if len(written) <= longest else written[: longest - 1] + "…"


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
