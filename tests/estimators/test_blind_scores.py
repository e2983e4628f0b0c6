"""Early stopping on validation rows that say nothing: it watches their loss, and says so once."""

import warnings

import numpy as np
import pytest
from sklearn.metrics import log_loss, make_scorer

from shoal import MLPClassifier, MLPRegressor
from shoal.base.texts import use_language

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

WATCHES = {"en": "watches their loss", "zh": "改为观察验证样本的损失"}
SETTINGS = {"early_stopping": True, "learning_rate_init": 0.05, "n_iter_no_change": 50, "max_iter": 30}


def rows(m=80):
    random = np.random.default_rng(0)
    X = random.normal(size=(m, 2))
    return X, X[:, 0] + X[:, 1]


def of_nothing(y_true, y_pred):
    return np.nan


def fitted(model, X, y, X_val, y_val, language="en", tells=1):
    use_language(language)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.set_params(**SETTINGS).fit(X, y, X_val=X_val, y_val=y_val)
    said = [str(each.message) for each in caught]
    assert sum(WATCHES[language] in each for each in said) == tells
    assert not any("not well-defined" in each or "undefined" in each.lower() for each in said)
    return model


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scoring", [None, "r2"])
@pytest.mark.parametrize("held", [1, 12])
def test_r2_of_equal_numbers_is_no_score(held, scoring, language):
    """scikit-learn has 0 for it in every epoch, and NaN for a single row."""
    X, y = rows()
    X_val = np.tile([[0.5, 0.5]], (held, 1)) + np.linspace(-0.01, 0.01, held)[:, None]
    model = fitted(MLPRegressor("squared_error", (8,), scoring=scoring), X, y, X_val, np.ones(held), language)
    scores = np.array(model.validation_scores_)
    assert len(scores) == 30  # it did not stop in the first epochs
    best = model.predict(X_val)
    assert max(scores) == pytest.approx(-np.mean((best - 1) ** 2) / 2)  # the best epoch is kept
    assert max(scores) > scores[0]


@pytest.mark.parametrize("scoring", [None, "accuracy", "neg_log_loss", "roc_auc"])
def test_one_class_is_no_score(scoring):
    X, y = rows()
    y = (y > 0).astype(int)
    X_val = X[y == 1][:9]
    tells = int(scoring != "neg_log_loss")  # which is minus the loss anyway
    model = fitted(MLPClassifier((4,), scoring=scoring), X, y, X_val, np.ones(9, int), tells=tells)
    loss = log_loss(np.ones(9), model.predict_proba(X_val), labels=[0, 1])
    assert max(model.validation_scores_) == pytest.approx(-loss)


def test_a_missing_class_leaves_no_log_loss_of_scikit_learn_s():
    X, y = rows()
    labels = np.digitize(y, [-0.5, 0.5])
    seen = labels > 0
    validation = X[seen][:9], labels[seen][:9]
    model = fitted(MLPClassifier((4,), scoring="neg_log_loss"), X, labels, *validation, tells=0)
    loss = log_loss(labels[seen][:9], model.predict_proba(X[seen][:9]), labels=[0, 1, 2])
    assert max(model.validation_scores_) == pytest.approx(-loss)


@pytest.mark.parametrize("n_restarts", [1, 3])
def test_a_scorer_that_has_no_number_is_no_score(n_restarts):
    X, y = rows()
    use_language("en")
    model = MLPRegressor(
        "squared_error", (8,), scoring=make_scorer(of_nothing), n_restarts=n_restarts, **SETTINGS
    )
    with pytest.warns(UserWarning, match=WATCHES["en"]):
        model.fit(X, y)
    assert np.isfinite(model.validation_scores_).all()
    assert model.best_validation_score_ > model.validation_scores_[0]


def test_a_score_that_says_something_is_watched_as_it_is():
    X, y = rows()
    for model in (
        MLPRegressor("squared_error", (8,)),
        MLPRegressor("squared_error", (8,), scoring="neg_mean_absolute_error"),
    ):
        model.set_params(**SETTINGS).fit(X, y, X_val=X[:20], y_val=y[:20])
        errors = model.predict(X[:20]) - y[:20]
        r2 = 1 - np.sum(errors**2) / np.sum((y[:20] - y[:20].mean()) ** 2)
        wanted = r2 if model.scoring is None else -abs(errors).mean()
        assert model.best_validation_score_ == pytest.approx(wanted)


def test_without_early_stopping_the_score_is_only_shown():
    X, y = rows()
    settings = SETTINGS | {"early_stopping": False, "max_iter": 3}
    model = MLPRegressor("squared_error", (8,), **settings).fit(X, y, X_val=X[:5], y_val=np.ones(5))
    assert model.validation_scores_ == [0, 0, 0]
