"""Arrays of another library, such as PyTorch: the numbers of a CPU are learned from, others are refused.

scikit-learn's setting `array_api_dispatch` lets its own classes compute with such arrays. Ours compute with
NumPy, whatever the setting. `SCIPY_ARRAY_API`, without which there is no such setting, is in conftest.py.
"""

import array_api_strict as library
import numpy as np
import pytest
from sklearn import config_context

from shoal import (
    GridSearchCV,
    HalvingGridSearchCV,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
)
from shoal.base.errors import DataError
from shoal.datasets import load

IRIS = load("iris")
X, y = IRIS.X, np.unique(IRIS.y, return_inverse=True)[1]
WEIGHTS = np.linspace(0.1, 1.0, len(y))
NETWORK = MLPClassifier((3,), max_iter=8)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def fitted(model, carry):
    return model.fit(carry(X), carry(y), sample_weight=carry(WEIGHTS))


def in_pieces(model, carry):
    return model.partial_fit(carry(X), carry(y), carry(WEIGHTS), carry(np.arange(3)))


def watched(model, carry):
    return model.fit(carry(X), carry(y), X_val=carry(X[::3]), y_val=carry(y[::3]))


MODELS = {
    "line": lambda carry: fitted(LogisticRegression(class_weight="balanced"), carry),
    "network": lambda carry: fitted(MLPClassifier((3,), max_iter=8), carry),
    "early stopping": lambda carry: fitted(MLPClassifier((3,), max_iter=8, early_stopping=True), carry),
    "validation rows": lambda carry: watched(MLPClassifier((3,), max_iter=8), carry),
    "numbers": lambda carry: fitted(MLPRegressor(hidden_layer_sizes=(3,), max_iter=8), carry),
    "counts": lambda carry: fitted(MLPRegressor("poisson", (3,), max_iter=8), carry),
    "pieces": lambda carry: in_pieces(MLPClassifier((3,)), carry),
    "grid": lambda carry: fitted(GridSearchCV(NETWORK, {"alpha": [1.0, 2.0]}, scoring="accuracy"), carry),
    "halving": lambda carry: fitted(HalvingGridSearchCV(NETWORK, {"alpha": [1.0, 2.0]}, cv=2), carry),
}
ANSWERS = ("predict", "predict_proba", "predict_log_proba", "decision_function")


def said(model, carry):
    found = [getattr(model, name)(carry(X)) for name in ANSWERS if hasattr(model, name)]
    return [*found, model.score(carry(X), carry(y))]


@pytest.fixture(params=[False, True], ids=["as NumPy", "dispatched"])
def dispatch(request):
    with config_context(array_api_dispatch=request.param):
        yield


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", MODELS)
def test_arrays_of_another_library_are_learned_from_as_if_they_were_numpys(name, dtype, dispatch):
    def carry(values):
        return library.asarray(values.astype(dtype) if values.dtype == np.float64 else values)

    def plain(values):
        return np.asarray(carry(values))

    theirs, ours = MODELS[name](carry), MODELS[name](plain)
    for answer, expected in zip(said(theirs, carry), said(ours, plain), strict=True):
        assert isinstance(answer, np.ndarray | float)
        np.testing.assert_array_equal(answer, expected)


FAR = library.Device("device1")  # whose numbers this library keeps from NumPy, as those of a GPU are
PLACES = {
    "X": {"X": X},
    "y": {"y": y},
    "sample_weight": {"sample_weight": WEIGHTS},
    "X_val": {"X_val": X, "y_val": y},
    "y_val": {"X_val": X, "y_val": y},
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("place", PLACES)
def test_numbers_that_are_out_of_reach_are_refused_by_their_name(place, language, dispatch, monkeypatch):
    monkeypatch.setenv("SHOAL_LANG", language)
    arguments = {"X": X, "y": y} | PLACES[place]
    arguments[place] = library.asarray(arguments[place], device=FAR)
    with pytest.raises(DataError, match=rf"^{place} .*array_api_strict.*{place}\.detach\(\)\.cpu\(\)"):
        MLPClassifier((3,), max_iter=2).fit(**arguments)


def test_answers_and_searches_refuse_them_too(dispatch):
    far = library.asarray(X, device=FAR)
    model = LogisticRegression().fit(X, y)
    for ask in (model.predict, model.predict_proba, lambda rows: model.score(rows, y)):
        with pytest.raises(DataError, match=r"X\.detach"):
            ask(far)
    with pytest.raises(DataError, match=r"y\.detach"):
        model.score(X, library.asarray(y, device=FAR))
    with pytest.raises(DataError, match=r"X\.detach"):
        GridSearchCV(NETWORK, {"alpha": [1.0]}).fit(far, y)
