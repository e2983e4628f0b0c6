"""How the winner errs: calibration and confusion against scikit-learn and plain counting."""

import numpy as np
import pytest
from search_outcomes import classification
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix

from shoal.report.html._calibration import bins_of
from shoal.report.html._confusion import MOST_CLASSES, confusion_of


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_bins_of_two_classes_are_those_of_the_second_class(rng):
    made = classification(rng, m=500)
    probability = np.exp(made.outputs[:, 1])
    came, said = calibration_curve(made.truth == 1, probability, n_bins=10)
    bins = bins_of(made)
    assert [b.came for b in bins] == pytest.approx(came)
    assert [b.said for b in bins] == pytest.approx(said)
    for b in bins:
        tenth = np.floor(b.said * 10)
        assert b.rows == np.sum(np.floor(probability * 10) == tenth)


def test_bins_of_many_classes_are_those_of_the_predicted_one(rng):
    made = classification(rng, m=500, classes=tuple("abcd"))
    P = np.exp(made.outputs)
    right = P.argmax(axis=1) == made.truth
    bins = bins_of(made)
    assert sum(b.rows for b in bins) == 500
    assert sum(b.rows * b.came for b in bins) == pytest.approx(right.sum())
    assert sum(b.rows * b.said for b in bins) == pytest.approx(P.max(axis=1).sum())


@pytest.mark.parametrize("m", [1, 2, 30, 199, 200, 3000])
def test_every_row_is_in_one_bin_and_every_share_in_its_interval(rng, m):
    bins = bins_of(classification(rng, m=m))
    assert sum(b.rows for b in bins) == m
    assert all(0 <= b.low <= b.came <= b.high <= 1 for b in bins)
    assert len(bins) <= (5 if m < 200 else 10)


def test_an_interval_is_longer_where_rows_are_fewer(rng):
    bins = sorted(bins_of(classification(rng, m=3000)), key=lambda b: b.rows)
    # of two shares near one half, that of more rows is known better
    middle = [b for b in bins if 0.3 < b.came < 0.7]
    assert len(middle) > 1
    lengths = [b.high - b.low for b in middle]
    assert lengths[0] > lengths[-1]


@pytest.mark.parametrize("classes", [2, 5, MOST_CLASSES])
def test_the_matrix_is_that_of_scikit_learn(rng, classes):
    made = classification(rng, m=400, classes=tuple(range(classes)))
    found = confusion_of(made)
    counts = confusion_matrix(made.truth, made.outputs.argmax(axis=1), labels=range(classes))
    assert [[cell.rows for cell in row] for row in found.rows] == counts.tolist()
    assert list(found.totals) == np.bincount(made.truth, minlength=classes).tolist()
    for row, total in zip(found.rows, found.totals, strict=True):
        assert sum(cell.share for cell in row) == pytest.approx(1 if total else 0)
    kinds = {
        (i == j, cell.kind) for i, row in enumerate(found.rows) for j, cell in enumerate(row) if cell.rows
    }
    assert kinds == {(True, "right"), (False, "wrong")}
    assert found.folded == 0


def test_many_classes_are_folded_without_losing_a_row(rng):
    made = classification(rng, m=3000, classes=tuple(range(40)))
    found = confusion_of(made)
    counts = confusion_matrix(made.truth, made.outputs.argmax(axis=1), labels=range(40))
    common = [int(label) for label in found.labels[:-1]]
    rest = sorted(set(range(40)) - set(common))
    assert found.folded == 40 - MOST_CLASSES == len(rest)
    rows_of = counts.sum(axis=1)
    assert rows_of[common].min() >= rows_of[rest].max()
    cells = np.array([[cell.rows for cell in row] for row in found.rows])
    assert cells[:-1, :-1].tolist() == counts[np.ix_(common, common)].tolist()
    assert cells[-1, :-1].tolist() == counts[np.ix_(rest, common)].sum(axis=0).tolist()
    assert cells[:-1, -1].tolist() == counts[np.ix_(common, rest)].sum(axis=1).tolist()
    assert cells.sum() == 3000
    assert found.rows[-1][-1].kind == "mixed"


def test_the_commonest_mistakes_come_first(rng):
    made = classification(rng, m=3000, classes=tuple(range(40)))
    counts = confusion_matrix(made.truth, made.outputs.argmax(axis=1), labels=range(40))
    np.fill_diagonal(counts, 0)
    mistakes = confusion_of(made).mistakes
    assert len(mistakes) == 10
    assert [mistake.rows for mistake in mistakes] == sorted(counts.ravel(), reverse=True)[: len(mistakes)]
    assert all(counts[int(mistake.true), int(mistake.predicted)] == mistake.rows for mistake in mistakes)


def test_a_class_without_rows_has_no_share(rng):
    made = classification(rng, m=4, classes=tuple("abcdefgh"))
    assert all(np.isfinite(cell.share) for row in confusion_of(made).rows for cell in row)
