"""What is in memory already: which of it is a table, and arrays as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from shoal.tables._cells import clean
from shoal.tables.read._files import require_polars

if TYPE_CHECKING:
    import polars as pl


def is_dataframe(table: Any) -> bool:
    """Whether it is a table with named columns, and not an array."""
    import narwhals

    return narwhals.dependencies.is_into_dataframe(table)


def from_array(array: NDArray[Any], names: Sequence[str]) -> pl.DataFrame:
    """The columns of an array of two axes as a table; objects without a common type become text."""
    require_polars()
    import polars as pl

    if array.dtype.kind in "biuf":
        return pl.DataFrame(array, schema=list(names), orient="row")
    columns = [pl.Series(name, _alike(cells)) for name, cells in zip(names, array.T.tolist(), strict=True)]
    return clean(pl.DataFrame(columns))


def _alike(cells: list[Any]) -> list[Any]:
    """Numbers, or text; None for None and NaN."""
    kept = [None if cell is None or cell != cell else cell for cell in cells]
    known = [cell for cell in kept if cell is not None]
    for kind in (bool, int, float):
        if all(isinstance(cell, kind) for cell in known):
            return kept
    if all(isinstance(cell, int | float) for cell in known):
        return [None if cell is None else float(cell) for cell in kept]
    return [None if cell is None else str(cell) for cell in kept]
