"""The results of a search are those of scikit-learn's own class over our estimators."""

import numpy as np
import pytest
from comparison import Problem, compare
from problems import KINDS, problem_of

from shoal import MLPRegressor

pytestmark = pytest.mark.unchecked_shapes


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("kind", KINDS)
def test_the_results_are_those_of_scikit_learn(kind, seed):
    compare(problem_of(kind, seed), n_jobs=[None, 1, 2, -1][seed % 4])


def test_a_fold_without_rows_to_learn_from_fails_and_no_other():
    rows = np.arange(20)
    X = np.cos(rows[:, None] * [1, 2, 3])
    folds = [(rows[:0], rows), (rows[::2], rows[1::2])]
    compare(
        Problem(
            MLPRegressor(hidden_layer_sizes=(2,), max_iter=2), {"alpha": [0, 1]}, X, X[:, 0], {"cv": folds}
        )
    )
