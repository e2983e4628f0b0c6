"""The shapes that `notation` names are checked while the tests run; arrays of other libraries are let in."""

import os

os.environ["SHOAL_CHECK_SHAPES"] = "1"
os.environ["SCIPY_ARRAY_API"] = "1"  # SciPy reads it when it is imported: scikit-learn's own checks want it
os.environ.pop("SHOAL_LANG", None)

from jaxtyping import install_import_hook  # noqa: E402

CHECKED = ("shoal.equations", "shoal.optimizers", "shoal.network")
install_import_hook(CHECKED, "typecheck.typecheck")
