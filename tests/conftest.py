"""The shapes that `notation` names are checked while the tests run.

Checking costs a few times the computation itself, so modules that train for long turn it off with
``pytestmark = pytest.mark.unchecked_shapes``; what they run is checked elsewhere on shorter runs.
"""

import gc
import os

os.environ["SHOAL_CHECK_SHAPES"] = "1"
os.environ["SCIPY_ARRAY_API"] = "1"  # SciPy reads it when it is imported: scikit-learn's own checks want it
os.environ.pop("SHOAL_LANG", None)

import hypothesis
import jaxtyping
import pytest

CHECKED = ("shoal.book.equations", "shoal.book.optimizers", "shoal.book.network")
jaxtyping.install_import_hook(CHECKED, "typecheck.typecheck")

# A deadline is a clock: on a machine that is busy with other things a right answer would be late.
hypothesis.settings.register_profile("shoal", deadline=None)
hypothesis.settings.load_profile("shoal")


@pytest.fixture(autouse=True)
def _shape_checks(request):
    """Shapes are checked, unless the module says that it trains for long."""
    unchecked = request.node.get_closest_marker("unchecked_shapes") is not None
    jaxtyping.config.update("jaxtyping_disable", unchecked)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture(autouse=True)
def _language():
    """A command line chooses the language of its process; the next test speaks by the environment again."""
    from shoal.base import texts

    yield
    texts._chosen.clear()


@pytest.fixture
def no_collection():
    """No garbage is collected, for a callback of the collector swallows what a signal's handler raises.

    For tests in which a signal ends what runs; Hypothesis has such a callback.
    """
    gc.disable()
    yield
    gc.enable()
