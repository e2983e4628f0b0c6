"""How a table is read: its columns, its target, how cells are written, and which rows can be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shoal.base.errors import DataError
from shoal.base.shown import quoted
from shoal.tables._cells import rows_counted_in
from shoal.tables._columns import Column, Finding, find_column
from shoal.tables.encode import TargetEncoder, describe
from shoal.tables.forms import Forms, find_forms

if TYPE_CHECKING:
    import polars as pl

Arrays = NDArray[Any]


class Reading(NamedTuple):
    """How a table is read: found by `fit`, or known before it."""

    columns: Sequence[Column]  # to learn from
    target: TargetEncoder
    forms: Forms | None = None  # None: the cells are taken as they are
    findings: Sequence[Finding] = ()


class UsedRows(NamedTuple):
    """The rows whose target is known, with their cells read; and how that was done."""

    frame: pl.DataFrame
    y: Arrays
    forms: Forms
    target: TargetEncoder
    places: NDArray[np.intp]  # where each row stands in the table

    def in_the_table(self, finding: Finding) -> Finding:
        """The finding with the row's place in the whole table."""
        if "row" not in finding.evidence:
            return finding
        row = int(self.places[finding.evidence["row"] - 1]) + 1
        return replace(finding, evidence={**finding.evidence, "row": row})


def used_rows(
    frame: pl.DataFrame,
    target: str,
    task: str | None,
    kinds: Mapping[str, str],
    missing: Mapping[str, Sequence[str]],
) -> UsedRows:
    """The rows that can be learned from, and how their cells are written.

    A row without a target is not used and may be none at all, such as a sum below the table: so it does not
    decide how cells are written.

    Raises
    ------
    DataError
        If there is no such column, or the target cannot be learned.
    """
    forms = find_forms(frame, kinds, missing, target)
    column = forms.only([target]).apply(frame.select(find_column(frame.columns, target)))
    try:
        encoder = TargetEncoder.fit(column, target, task)
    except DataError as error:
        if error.key not in ("tables.target_all_different", "tables.target_single"):
            raise
        raise _what_it_looks_like(column, forms.only([target]), error) from error
    places = encoder.known_rows(column)
    if len(places) < frame.height:
        frame = frame[places]
        again = find_forms(frame, kinds, missing, target).columns
        of_target = forms.only([target]).columns
        forms = Forms((*of_target, *(form for form in again if form.name != target)))
    with rows_counted_in(places):
        known, y = encoder.transform(forms.apply(frame))
    return UsedRows(known, y, forms, encoder, places)


def _what_it_looks_like(column: pl.DataFrame, forms: Forms, error: DataError) -> DataError:
    """The error of a target that is neither numbers nor good classes, with what its cells may be instead."""
    (series,) = column
    name = quoted(series.name)
    if forms.notes:
        return DataError("tables.target_looks_like", name=name, why=str(forms.notes[0]))
    if "date" in describe(column)[0].kind or find_forms(column).columns:
        first = quoted(str(series.drop_nulls()[0]))
        return DataError("tables.target_dates", name=name, value=first)
    return error
