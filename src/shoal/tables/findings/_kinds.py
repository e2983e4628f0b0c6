"""Whole numbers that may be names of kinds: by the name of their column, or by what their levels tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shoal.tables._cells import parse_numbers
from shoal.tables._columns import Column, ColumnKind, Finding, FindingKind
from shoal.tables.forms._form import words_of

if TYPE_CHECKING:
    import polars as pl

_WORDS_OF_CODES = """
code codes kode codigo código id ids cd type types kind kinds class klasse category cat kategorie categoria
catégorie zip zipcode postcode postal postalcode plz postleitzahl cap fips ags county state region art typ
schluessel schlüssel gkz district zone bundesland kreis gemeinde
"""
_NAMES = frozenset(_WORDS_OF_CODES.split())
_WHOLE_NAMES = frozenset({"st", "rs", "cty", "reg"})  # only if nothing else stands in the name
_LAST_NAMES = frozenset({"no", "nr", "cod"})  # the number of rooms begins so, and no number of a room
_WORDS_OF_AMOUNTS = """
size count counts n num number total sum mean average avg median share rate ratio percent pct population pop
area length age weight score price cost costs year years income tax sales value amount width height distance
"""
_AMOUNTS = frozenset(_WORDS_OF_AMOUNTS.split())
_GROWN_ENDS = ("typ", "klasse", "kategorie", "schlüssel", "schluessel", "zip")  # UTYP, Altersklasse
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)", re.IGNORECASE)
_CHINESE = ("编号", "代码", "编码", "类型", "类别", "种类", "邮编", "邮政编码")
_LEVELS = range(3, 31)
_FEWEST_OF_A_LEVEL = 20  # rows, in the mean
_CHANCE, _GAIN = 1e-4, 0.02
_BENT = 5  # from so many levels on they must tell more than a parabola: an amount may act so


def names_of_kinds(
    sample: pl.DataFrame, columns: Sequence[Column], y: NDArray[Any], classes: bool
) -> list[Finding]:
    """One finding for all columns of whole numbers that may be names of kinds; none if there are none.

    Parameters
    ----------
    sample : polars.DataFrame
        Rows to learn from.
    columns : sequence of Column
        Those that are used.
    y : ndarray
        The target in these rows.
    classes : bool
        Whether it is a class.
    """
    wholes = [column for column in columns if column.kind == ColumnKind.NUMBER and column.whole]
    if not wholes:
        return []
    targets = np.unique(y, return_inverse=True)[1] if classes else y.astype(float)
    few = [c for c in wholes if c.distinct in _LEVELS and not is_named_as_code(c.name)]
    chance = _CHANCE / max(len(few), 1)
    told = {c.name for c in few if _levels_tell_more(parse_numbers(sample[c.name]), targets, chance, classes)}
    names = [c.name for c in wholes if c.name in told or (c.distinct > 2 and is_named_as_code(c.name))]
    if not names:
        return []
    return [Finding(FindingKind.CODE, names[0], drop=False, evidence={"others": names[1:]})]


def is_named_as_code(name: str) -> bool:
    """``zip_code``, ``storeType``, 邮编; but not ``period``, ``class_size`` or ``1stFloor``."""
    if any(word in name for word in _CHINESE):
        return True
    words = words_of(_ORDINAL.sub(" ", name))
    if not words or words[-1] in _AMOUNTS:
        return False
    if any(word.endswith(_GROWN_ENDS) for word in words):
        return True
    whole = len(words) == 1 and words[0] in _WHOLE_NAMES
    return whole or words[-1] in _LAST_NAMES or not _NAMES.isdisjoint(words)


def _levels_tell_more(numbers: pl.Series, targets: NDArray[Any], chance: float, classes: bool) -> bool:
    """The F test of the means of the levels beside a line (of many levels: beside a parabola)."""
    from scipy.special import fdtrc

    known = numbers.is_not_null().to_numpy()
    values, level = np.unique(numbers.drop_nulls().to_numpy(), return_inverse=True)
    rows, powers = len(level), 3 if len(values) >= _BENT else 2
    if len(values) not in _LEVELS or rows < _FEWEST_OF_A_LEVEL * len(values):
        return False
    counts = np.bincount(level)
    sums, total = (_of_classes if classes else _of_numbers)(level, targets[known])
    width = sums.shape[1]
    spread = np.ptp(values)
    basis = np.vander((values - values[0]) / spread, powers) * np.sqrt(counts)[:, np.newaxis]
    means = sums / np.sqrt(counts)[:, np.newaxis]
    left = means - basis @ np.linalg.lstsq(basis, means, rcond=None)[0]
    gain, within = float((left**2).sum()), total - float((means**2).sum())
    if total == 0 or gain < _GAIN * total:
        return False
    extra, rest = width * (len(values) - powers), width * (rows - len(values))
    return bool(fdtrc(extra, rest, (gain / extra) / max(within / rest, 1e-12 * total)) < chance)


def _of_numbers(level: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], float]:
    """The sum of the centred target in each level, (levels, 1), and the sum of its squares."""
    y = y - y.mean()
    return np.bincount(level, weights=y)[:, np.newaxis], float(y @ y)


def _of_classes(level: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], float]:
    """The same of the one-hot targets, (levels, classes), without a number for each row and class."""
    classes = int(y.max()) + 1
    table = np.bincount(level * classes + y, minlength=(level.max() + 1) * classes).reshape(-1, classes)
    share = table.sum(axis=0) / len(y)
    return table - table.sum(axis=1, keepdims=True) * share, float(len(y) * (share * (1 - share)).sum())
