"""Dates in one or several written forms, and times of day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from shoal.base import schema
from shoal.tables._cells import checked
from shoal.tables._notes import Note
from shoal.tables.forms._form import AsItIs, Form, means_missing
from shoal.tables.forms._moments import EITHER, SHAPES, Moment, is_no_date, read_clock, read_moment

if TYPE_CHECKING:
    import polars as pl

_SAMPLE = 30
_MOST = 0.5  # of the known cells must be dates; the others words for missing
_ALMOST_ALL = 0.9  # from here on it is worth a word that some are not
_FEWEST_COMPACT = 5  # different whole numbers such as 20200317 that are certainly dates
_COMPACT = r"^(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(([01]\d|2[0-3])([0-5]\d){1,2})?$"


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

    def apply(self, series: pl.Series) -> pl.Series:
        """Dates, or moments where the column has times of day."""
        import polars as pl

        if series.dtype in (pl.Date, pl.Datetime):
            return series
        cells = written(series)
        known = cells.drop_nulls().unique()
        found = {cell: read_moment(cell) for cell in known.to_list() if cell not in self.missing}
        read = [
            moment.at(self.day_first) if (moment := found.get(cell)) and moment.shape in self.shapes else None
            for cell in known.to_list()
        ]
        moments = pl.Series(read, dtype=pl.Datetime("us"))
        whens = cells.replace_strict(known, moments, default=None, return_dtype=pl.Datetime("us"))
        silent = [cell for cell, moment in zip(known.to_list(), read, strict=True) if moment is None]
        silent = [cell for cell in silent if self.lenient or cell in self.missing or _is_missing(cell)]
        cells = cells.set(cells.is_in(silent), None)
        return checked(cells, whens if self.clock else whens.cast(pl.Date), "tables.not_a_date")

    def notes(self) -> Sequence[Note]:
        """The forms, what the order of day and month is, what is missing."""
        column = (self.name,)
        if len(self.shapes) == 1:
            found = [Note("dates", {"first": self.examples[0]}, column)]
        else:
            seen = {"count": len(self.shapes), "examples": list(self.examples), "row": self.rows[1]}
            found = [Note("dates_in_forms", seen, column)]
        if not self.certain:
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
    return bool(cells.str.contains(_COMPACT).all()) and cells.n_unique() >= _FEWEST_COMPACT


def find_dates(series: pl.Series, missing: Sequence[str] = ()) -> Form | None:
    """The form of a column that holds dates or times of day; None if it holds neither."""
    known = written(series).drop_nulls()
    known = known.filter(~known.is_in([*missing]))
    sample = [cell for cell in known.head(_SAMPLE).to_list() if not _is_missing(cell)]
    for reads, form_of in ((read_moment, _dates_of), (read_clock, _clocks_of)):
        if sample and sum(reads(cell) is not None for cell in sample) >= _MOST * len(sample):
            return form_of(series, known, tuple(missing))
    return None


def forced_dates(series: pl.Series, missing: tuple[str, ...], day_first: bool | None) -> Form | None:
    """The form of a column of which somebody said that it holds dates: what is none is missing."""
    known = written(series).drop_nulls()
    found = {cell: read_moment(cell) for cell in known.unique().to_list() if cell not in missing}
    moments = {cell: moment for cell, moment in found.items() if moment is not None}
    if not moments:
        return None
    order = _day_first(moments.values()) if day_first is None else day_first
    return _form(series, known, moments, order, missing, lenient=True, certain=day_first is not None)


def _dates_of(series: pl.Series, known: pl.Series, missing: tuple[str, ...]) -> Form | None:
    counts = dict(known.value_counts().iter_rows())
    found = {cell: read_moment(cell) for cell in counts}
    moments = {cell: moment for cell, moment in found.items() if moment is not None}
    if (both := _both_orders(series.name, moments)) is not None:
        return both
    order = _day_first(moments.values())
    others = [cell for cell in counts if cell not in moments]
    strange = [cell for cell in others if not _is_missing(cell)]
    dates = sum(counts[cell] for cell in moments)
    if strange:
        enough = dates >= _ALMOST_ALL * len(known)
        row = int(written(series).is_in(strange).arg_true()[0])
        evidence: dict[str, str | int] = {"first": str(series[row]), "row": row + 1}
        return AsItIs(series.name, "not_all_dates", evidence) if enough else None
    if dates < _MOST * len(known) or _are_seasons(moments):
        return None
    return _form(series, known, moments, order, (*missing, *sorted(others)))


def _form(
    series: pl.Series,
    known: pl.Series,
    moments: Mapping[str, Moment],
    order: bool | None,
    missing: tuple[str, ...],
    *,
    lenient: bool = False,
    certain: bool = False,
) -> DateForm:
    firsts: dict[str, str] = {}
    for cell in known.unique(maintain_order=True).to_list():
        if cell in moments:
            firsts.setdefault(moments[cell].shape, cell)
    cells = written(series)
    rows = tuple(int((cells == cell).arg_true()[0]) + 1 for cell in firsts.values())
    certain = certain or order is not None or not firsts.keys() & EITHER
    clock = any(moment.clock is not None for moment in moments.values())
    examples = tuple(firsts.values())
    return DateForm(series.name, tuple(firsts), examples, rows, bool(order), certain, clock, missing, lenient)


def _clocks_of(series: pl.Series, known: pl.Series, missing: tuple[str, ...]) -> Form | None:
    cells = known.unique(maintain_order=True).to_list()
    clocks = [cell for cell in cells if read_clock(cell) is not None]
    others = [cell for cell in cells if read_clock(cell) is None]
    if not clocks or not all(_is_missing(cell) for cell in others):
        return None
    return ClockForm(series.name, clocks[0], (*missing, *sorted(others)))


def _day_first(moments: Iterable[Moment]) -> bool | None:
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

    parts = known.str.extract_groups(r"^(\d{1,2})[/-](\d{1,2})[/-]\d")
    numbers = pl.DataFrame(parts.struct.unnest()).cast(pl.Int64)
    if numbers.to_series(0).null_count() or any(numbers.max_horizontal() > 12):
        return None
    return AsItIs(known.name, "either_order", {"first": known[0]})


def _are_seasons(moments: Mapping[str, Moment]) -> bool:
    """2010-11 and 2011-12 are the years from autumn to spring."""
    found = list(moments.values())
    return all(moment.shape == "y-m" and moment.a == (moment.year + 1) % 100 for moment in found)


def _is_missing(cell: str) -> bool:
    return means_missing(cell) or is_no_date(cell)
