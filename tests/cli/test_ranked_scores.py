"""The scores of a ranking are written alike after a training and after an evaluation."""

import math

import pytest

from shoal.cli._results import held_out_lines
from shoal.tables._scores import Score, with_error


@pytest.mark.parametrize("auc", [0.98765, 0.5, 1.0])
def test_the_auc_has_the_digits_that_shoal_evaluate_gives_it(auc):
    label = {"label": "a", "precision": 1.0, "recall": 1.0, "f1": 1.0, "rows": 3}
    held_out = {"classes": [label], "confusion": [[3]], "auc": auc, "average_precision": None}
    first = held_out_lines(held_out).splitlines()[0]
    assert first.split()[-1] == with_error(Score(auc, math.nan))
