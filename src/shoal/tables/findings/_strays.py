"""Values far from all others: the same in several rows, which may stand for missing, and slips of the pen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shoal.tables._columns import Column, ColumnKind, Finding, FindingKind
from shoal.tables.encode import encoder_of
from shoal.tables.encode._scale import slips

if TYPE_CHECKING:
    import polars as pl

FEWEST_ROWS_TO_SUSPECT = 20  # in fewer, all values being different says nothing
_SHARE_OF_A_SENTINEL = 0.005  # of the rows


def strays(series: pl.Series, column: Column) -> list[Finding]:
    """Numbers and dates far from all others: the same in several rows, or a few slips of the pen."""
    if column.kind not in (ColumnKind.NUMBER, ColumnKind.DATE):
        return []
    order = encoder_of(column.kind).order(series, column)
    x = order.drop_nulls().to_numpy()  # type: ignore[union-attr]
    sentinels, slip = _sentinels(x), np.flatnonzero(slips(x))
    if not sentinels and not slip.size:
        return []
    known = order.is_not_null().arg_true().to_numpy()  # type: ignore[union-attr]
    found = []
    for value, count in sentinels:
        row = int(known[np.flatnonzero(x == value)[0]])
        found.append(("sentinel", {"value": _as_written(series, row), "count": count}))
    if slip.size and not found:
        row = int(known[slip[0]])
        found.append(("slip", {"row": row + 1, "value": _as_written(series, row), "count": int(slip.size)}))
    return [Finding(FindingKind(kind), column.name, drop=False, evidence=said) for kind, said in found]


def _as_written(series: pl.Series, row: int) -> str:
    """The cell as a person would write it: -999 and not -999.0."""
    return str(series[row]).removesuffix(".0") if series.dtype.is_float() else str(series[row])


def _sentinels(x: NDArray[np.float64]) -> list[tuple[float, int]]:
    """Up to three values at one end that are far from the others, each in several rows, with their rows."""
    values, counts = np.unique(x, return_counts=True)
    if x.size < FEWEST_ROWS_TO_SUSPECT or len(values) < 4:
        return []
    often = counts >= max(3, _SHARE_OF_A_SENTINEL * x.size)
    for side in (slice(None), slice(None, None, -1)):
        ordered, frequent = values[side], often[side]
        for size in range(1, 4):
            if frequent[:size].all() and _is_far(ordered[:size], ordered[size:]):
                return list(zip(ordered[:size].tolist(), counts[side][:size].tolist(), strict=True))
    return []


def _is_far(group: NDArray[np.float64], others: NDArray[np.float64]) -> bool:
    """Whether a gap lies before the others; for 999 and the only negative value a smaller one is enough."""
    if len(others) < 3:
        return False
    low, high = np.percentile(others / 2, [5, 95])
    spread, gap = high - low, abs(group[-1] / 2 - others[0] / 2)
    digits = f"{abs(group[0]):.0f}"
    repdigit = len(set(digits)) == 1 and digits[0] in "789" and abs(group[0]) == round(abs(group[0]))
    if len(others) < 5 and not repdigit:
        return False
    alone = group.max() < 0 <= others.min() and (repdigit or group[0] % 100 == 0)
    nines = repdigit and len(digits) >= 3 and gap > spread / 4
    return bool(gap > 2 * spread or alone or nines)
