"""Numbers standardised, with the median where one is missing: shared by the encoders of numbers and dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from shoal.base import schema
from shoal.base.texts import text
from shoal.tables.encode._encoder import FloatArray

if TYPE_CHECKING:
    import polars as pl

FARTHEST = 10.0
"""Standardised values end here, in training as in prediction: a cell more than ten deviations from the
mean is more often a typing error than not (a diamond 59 mm wide), and must not outweigh all others."""


_FEWEST_NUMBERS = 20  # among fewer nothing is usual
_FAR = 100.0  # interquartile ranges from the median
_APART = 20.0  # times as far as the farthest of the others: a heavy tail has no such gap
_SLIPS_IN = 40  # numbers: one in so many may be a slip, and two always


@dataclass(frozen=True)
class Scale:
    """x -> (x - mean) / deviation; a missing x counts as the median."""

    mean: float
    deviation: float
    median: float

    @classmethod
    def of(cls, numbers: pl.Series) -> Self:
        """The scale of the known numbers without `slips`; a deviation of 0 becomes 1."""
        x = np.sort(numbers.drop_nulls().to_numpy())
        if (slip := slips(x)).any():
            x = x[~slip]
        if x.size == 0:
            return cls(0.0, 1.0, 0.0)
        _, exponent = np.frexp(np.abs(x).max())  # a power of two scales exactly; no sum overflows
        unit = np.ldexp(x, -exponent)
        mean = np.ldexp(np.clip(unit.mean(), unit[0], unit[-1]), exponent)
        deviation = np.ldexp(unit.std(), exponent) if x[0] < x[-1] else 1.0
        median = x[(x.size - 1) // 2] / 2 + x[x.size // 2] / 2
        return cls(float(mean), float(deviation) or 1.0, float(median))

    def apply(self, numbers: pl.Series) -> FloatArray:
        """The numbers, standardised: (rows,)."""
        x = numbers.fill_null(self.median).to_numpy()
        half = x / 2 - self.mean / 2  # of two numbers near ±1.8e308 the whole would be infinite
        with np.errstate(over="ignore"):
            z = 2 * (half / self.deviation)
        return np.asarray(np.clip(z, -FARTHEST, FARTHEST))

    def details(self, missing: bool) -> Sequence[str]:
        """Mean and deviation, and the median if it stands for something."""
        numbers = asdict(self)
        median = [text("training.detail_median", **numbers)] if missing else []
        return [text("training.detail_scale", **numbers), *median]


def slips(x: FloatArray) -> NDArray[np.bool_]:
    """Which numbers are slips of the pen: a few, hundreds of deviations away, with nothing in between."""
    slip = np.zeros(x.size, dtype=np.bool_)
    if x.size < _FEWEST_NUMBERS:
        return slip
    low, median, high = np.percentile(x / 4, [25, 50, 75])  # /4: no difference overflows
    if high - low <= np.finfo(float).tiny:
        return slip
    far = np.abs(x / 4 - median) / (high - low)
    if far.max() < _FAR:
        return slip
    most = max(2, x.size // _SLIPS_IN)
    outer = np.argsort(-far, kind="stable")[: most + 1]
    gaps = far[outer[:-1]] > np.maximum(_APART * far[outer[1:]], _FAR)
    if gaps.any():
        slip[outer[: np.flatnonzero(gaps)[-1] + 1]] = True
    return slip


def read_scale(value: object) -> Scale:
    """The scale in a model file."""
    scale = Scale(**_DOCUMENT(value))
    if scale.deviation <= 0:
        raise schema.MismatchError("deviation")
    return scale


_DOCUMENT = schema.record(dict.fromkeys(("mean", "deviation", "median"), schema.number))
