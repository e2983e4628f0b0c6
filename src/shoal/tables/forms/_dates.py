"""Dates in one or several written forms, and times of day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from shoal.base import schema
from shoal.tables._cells import checked
from shoal.tables._notes import Note
from shoal.tables.forms._form import AsItIs, Form, means_missing
from shoal.tables.forms._moments import (
    DAY_OF_YEAR,
    EITHER,
    SHAPES,
    STAMPS,
    YEAR_FIRST,
    Moment,
    is_no_date,
    read_clock,
    read_moment,
)

if TYPE_CHECKING:
    import polars as pl

_SAMPLE = 30
_MOST = 0.5  # of the known cells must be dates; the others words for missing
_ALMOST_ALL = 0.9  # from here on it is worth a word that some are not
FEWEST_COMPACT = 5  # different whole numbers such as 20200317 that are certainly dates
_COMPACT = r"^(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(([01]\d|2[0-3])([0-5]\d){1,2})?$"
_BY_COLUMN = {YEAR_FIRST: "year_first", DAY_OF_YEAR: "day_of_year", **dict.fromkeys(STAMPS, "since_1970")}
"""Shapes that only a column makes sure, and what is said of them."""

BY_COLUMN_ONLY = re.compile(r"\d{2}([-/.])\d{1,2}\1\d{1,2}(?!\d)|(19|20)\d\d-?\d{3}$")


@dataclass(frozen=True)
class DateForm(Form):
    """Dates, in one or several forms, with or without the time of day.

    Attributes
    ----------
    shapes : tuple of str
        How the parts stand, in the order in which the column shows them.
    examples : tuple of str
        A cell of each.
    rows : tuple of int
        Where it stands: the first row of that form.
    day_first : bool
        Of two numbers that may be either, the first is the day.
    certain : bool
        A cell says so, or somebody.
    clock : bool
        There are times of day.
    missing : tuple of str
        The words that mean "missing", such as 0000-00-00.
    lenient : bool
        Whatever is no date is missing, because somebody said that the column holds dates.
    other_year : str
        A cell whose year could be at either end; empty if there is none, or nobody need be told.
    """

    name: str
    shapes: tuple[str, ...]
    examples: tuple[str, ...]
    rows: tuple[int, ...]
    day_first: bool = False
    certain: bool = True
    clock: bool = False
    missing: tuple[str, ...] = ()
    lenient: bool = False
    other_year: str = ""

    kind: ClassVar = "date"
    checks: ClassVar = {
        "shapes": schema.list_of(schema.one_of(*SHAPES)),
        "examples": schema.list_of(schema.text),
        "rows": schema.list_of(schema.count),
        "day_first": schema.truth,
        "certain": schema.truth,
        "clock": schema.truth,
        "missing": schema.list_of(schema.text),
        "lenient": schema.truth,
    }
    later: ClassVar = {"other_year": schema.text}

    def apply(self, series: pl.Series) -> pl.Series:
        """Dates, or moments where the column has times of day."""
        import polars as pl

        if series.dtype in (pl.Date, pl.Datetime):
            return series
        cells = written(series)
        known = cells.drop_nulls().unique()
        found = {cell: self._moment(cell) for cell in known.to_list() if cell not in self.missing}
        read = [
            moment.at(self.day_first) if (moment := found.get(cell)) and moment.shape in self.shapes else None
            for cell in known.to_list()
        ]
        moments = pl.Series(read, dtype=pl.Datetime("us"))
        whens = cells.replace_strict(known, moments, default=None, return_dtype=pl.Datetime("us"))
        silent = [cell for cell, moment in zip(known.to_list(), read, strict=True) if moment is None]
        silent = [cell for cell in silent if self.lenient or cell in self.missing or is_missing(cell)]
        cells = cells.set(cells.is_in(silent), None)
        return checked(cells, whens if self.clock else whens.cast(pl.Date), "tables.not_a_date")

    def _moment(self, cell: str) -> Moment | None:
        return read_moment(cell, [shape for shape in _BY_COLUMN if shape in self.shapes])

    def notes(self) -> Sequence[Note]:
        """The forms, what the order of day and month is, what is missing."""
        column = (self.name,)
        said = next((_BY_COLUMN[shape] for shape in self.shapes if shape in _BY_COLUMN), "")
        if said:
            first = next(e for s, e in zip(self.shapes, self.examples, strict=True) if s in _BY_COLUMN)
            found = [Note(said, {"first": first, "date": shown(self._moment(first))}, column)]
        elif len(self.shapes) == 1:
            found = [Note("dates", {"first": self.examples[0]}, column)]
        else:
            seen = {"count": len(self.shapes), "examples": list(self.examples), "row": self.rows[1]}
            found = [Note("dates_in_forms", seen, column)]
        if self.other_year:
            date = shown(read_moment(self.other_year), self.day_first)
            found.append(Note("either_year", {"first": self.other_year, "date": date}, column))
        elif not self.certain:
            found.append(Note("either_order", {"first": self._either()}, column))
        if self.missing:
            found.append(Note("missing", {"words": list(self.missing)}, column))
        if self.lenient:
            found.append(Note("forced_date", {}, column))
        return found

    def _either(self) -> str:
        pairs = zip(self.shapes, self.examples, strict=True)
        return next(example for shape, example in pairs if shape in EITHER)


@dataclass(frozen=True)
class ClockForm(Form):
    """Times of day without a date."""

    name: str
    first: str
    missing: tuple[str, ...] = ()

    kind: ClassVar = "clock"
    checks: ClassVar = {"first": schema.text, "missing": schema.list_of(schema.text)}

    def apply(self, series: pl.Series) -> pl.Series:
        """Times of day."""
        import polars as pl

        if series.dtype != pl.String:
            return series
        known = series.drop_nulls().unique()
        read = {cell: read_clock(cell) for cell in known.to_list()}
        times = pl.Series(list(read.values()), dtype=pl.Time)
        clocks = series.replace_strict(known, times, default=None, return_dtype=pl.Time)
        silent = [cell for cell in read if cell in self.missing or means_missing(cell)]
        return checked(series.set(series.is_in(silent), None), clocks, "tables.not_a_time")

    def notes(self) -> Sequence[Note]:
        """What the cells are, and what is missing."""
        missing = [Note("missing", {"words": list(self.missing)}, (self.name,))] if self.missing else []
        return [Note("clock", {"first": self.first}, (self.name,)), *missing]


def written(series: pl.Series) -> pl.Series:
    """The cells as text; whole numbers without a point."""
    import polars as pl

    cells = series if series.dtype == pl.String else series.cast(pl.String)
    if not series.dtype.is_float():
        return cells
    wholes = series.cast(pl.Int64, strict=False)
    return wholes.cast(pl.String).zip_with(wholes == series, cells).set(series.is_nan(), None)


def are_compact(known: pl.Series) -> bool:
    """Whether all are whole numbers such as 20200317, and enough of them differ to be certain."""
    cells = written(known)
    return bool(cells.str.contains(_COMPACT).all()) and cells.n_unique() >= FEWEST_COMPACT


def find_dates(series: pl.Series, missing: Sequence[str] = ()) -> Form | None:
    """The form of a column that holds dates or times of day; None if it holds neither."""
    known = written(series).drop_nulls()
    known = known.filter(~known.is_in([*missing]))
    sample = [cell for cell in known.head(_SAMPLE).to_list() if not is_missing(cell)]
    for reads, form_of in ((read_moment, _dates_of), (read_clock, _clocks_of)):
        if sample and sum(reads(cell) is not None for cell in sample) >= _MOST * len(sample):
            return form_of(series, known, tuple(missing))
    return None


def shown(moment: Moment | None, day_first: bool = False) -> str:
    """When it is, as a person reads it."""
    when = moment.at(day_first) if moment else None
    if when is None:
        return ""
    return f"{when:%Y-%m-%d}" if moment is None or moment.clock is None else f"{when:%Y-%m-%d %H:%M:%S}"


def forced_dates(
    series: pl.Series, missing: tuple[str, ...], day_first: bool | None, year_first: bool = False
) -> Form | None:
    """The form of a column of which somebody said that it holds dates: what is none is missing."""
    known = written(series).drop_nulls()
    cells = [cell for cell in known.unique().to_list() if cell not in missing]
    moments: dict[str, Moment] = {}
    others: tuple[tuple[str, ...], ...] = ((), (YEAR_FIRST,), (DAY_OF_YEAR,), STAMPS)
    for by_column in ((YEAR_FIRST,),) if year_first else others[: None if day_first is None else 1]:
        found = {cell: moment for cell in cells if (moment := read_moment(cell, by_column)) is not None}
        moments = max(moments, found, key=len)
    if not moments:
        return None
    if year_first:
        return dates_form(series, known, moments, None, missing, lenient=True, certain=True)
    order = day_first_of(moments.values()) if day_first is None else day_first
    return dates_form(series, known, moments, order, missing, lenient=True, certain=day_first is not None)


def _dates_of(series: pl.Series, known: pl.Series, missing: tuple[str, ...]) -> Form | None:
    counts = dict(known.value_counts().iter_rows())
    found = {cell: read_moment(cell) for cell in counts}
    moments = {cell: moment for cell, moment in found.items() if moment is not None}
    if (both := _both_orders(series.name, moments)) is not None:
        return both
    order = day_first_of(moments.values())
    others = [cell for cell in counts if cell not in moments]
    strange = [cell for cell in others if not is_missing(cell)]
    dates = sum(counts[cell] for cell in moments)
    if strange:
        enough = dates >= _ALMOST_ALL * len(known)
        row = int(written(series).is_in(strange).arg_true()[0])
        evidence: dict[str, str | int] = {"first": str(series[row]), "row": row + 1}
        return AsItIs(series.name, "not_all_dates", evidence) if enough else None
    if dates < _MOST * len(known) or _are_seasons(moments):
        return None
    return dates_form(series, known, moments, order, (*missing, *sorted(others)))


def dates_form(
    series: pl.Series,
    known: pl.Series,
    moments: Mapping[str, Moment],
    order: bool | None,
    missing: tuple[str, ...],
    *,
    lenient: bool = False,
    certain: bool = False,
) -> DateForm:
    """The form of a column of which these cells are dates."""
    firsts: dict[str, str] = {}
    ordered = [cell for cell in known.unique(maintain_order=True).to_list() if cell in moments]
    for cell in ordered:
        firsts.setdefault(moments[cell].shape, cell)
    cells = written(series)
    rows = tuple(int((cells == cell).arg_true()[0]) + 1 for cell in firsts.values())
    certain = certain or order is not None or not firsts.keys() & EITHER
    clock = any(moment.clock is not None for moment in moments.values())
    examples = tuple(firsts.values())
    other = "" if lenient else _year_may_be_first(ordered)
    fields = (bool(order), certain, clock, missing, lenient, other)
    return DateForm(series.name, tuple(firsts), examples, rows, *fields)


def _year_may_be_first(cells: Sequence[str]) -> str:
    """The first cell of a column in which the year could stand at either end, and at the end it changes more.

    Of days there are more than of years.
    """
    read = [(read_moment(cell), read_moment(cell, (YEAR_FIRST,))) for cell in cells]
    last = {moment.year for moment, _ in read if moment is not None and moment.shape.endswith(" short")}
    first = {other.year for _, other in read if other is not None and other.shape == YEAR_FIRST}
    either = all(other is not None and other.shape == YEAR_FIRST for _, other in read)
    ours = any(moment is None or moment.shape == YEAR_FIRST for moment, _ in read)
    return cells[0] if cells and either and not ours and len(first) <= len(last) else ""


def _clocks_of(series: pl.Series, known: pl.Series, missing: tuple[str, ...]) -> Form | None:
    cells = known.unique(maintain_order=True).to_list()
    clocks = [cell for cell in cells if read_clock(cell) is not None]
    others = [cell for cell in cells if read_clock(cell) is None]
    if not clocks or not all(is_missing(cell) for cell in others):
        return None
    return ClockForm(series.name, clocks[0], (*missing, *sorted(others)))


def day_first_of(moments: Iterable[Moment]) -> bool | None:
    """Whether the day stands first; None if no cell says so. Where both do, one of them will be no date."""
    either = [moment for moment in moments if moment.shape in EITHER]
    if any(moment.a > 12 for moment in either):
        return True
    return False if any(moment.b > 12 for moment in either) else None


def _both_orders(name: str, moments: Mapping[str, Moment]) -> AsItIs | None:
    """A word for a column in which some cells have the day first and some the month."""
    firsts = {
        moment.a > 12: cell
        for cell, moment in reversed(list(moments.items()))
        if moment.shape in EITHER and max(moment.a, moment.b) > 12
    }
    if len(firsts) < 2:
        return None
    return AsItIs(name, "both_orders", {"first": firsts[True], "second": firsts[False]})


def either_order(known: pl.Series) -> AsItIs | None:
    """A word for a column of plain dates in which every day could be the month."""
    import polars as pl

    cells = known.unique(maintain_order=True)
    if all(BY_COLUMN_ONLY.match(cell) for cell in cells.head(_SAMPLE)) and (
        first := _year_may_be_first(cells.to_list())
    ):
        moments = [moment for cell in cells.to_list() if (moment := read_moment(cell)) is not None]
        order = bool(day_first_of(moments))
        evidence = {"first": first, "date": shown(read_moment(first), order)}
        return AsItIs(known.name, "either_year", {**evidence})
    parts = known.str.extract_groups(r"^(\d{1,2})[/-](\d{1,2})[/-]\d")
    numbers = pl.DataFrame(parts.struct.unnest()).cast(pl.Int64)
    if numbers.to_series(0).null_count() or any(numbers.max_horizontal() > 12):
        return None
    return AsItIs(known.name, "either_order", {"first": known[0]})


def _are_seasons(moments: Mapping[str, Moment]) -> bool:
    """2010-11 and 2011-12 are the years from autumn to spring."""
    found = list(moments.values())
    return all(moment.shape == "y-m" and moment.a == (moment.year + 1) % 100 for moment in found)


def is_missing(cell: str) -> bool:
    """A word for missing, or 0000-00-00."""
    return means_missing(cell) or is_no_date(cell)
