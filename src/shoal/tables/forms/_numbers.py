"""Numbers in other dress: grouping marks, currencies, units, brackets, words for missing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from shoal.base import schema
from shoal.tables._cells import NEARLY_ALL_NUMBERS
from shoal.tables._notes import Note
from shoal.tables.forms._dressed import BOUNDS, CURRENCIES, LIMITS, Parts, dissect, letters_multiply
from shoal.tables.forms._form import AsItIs, Form, as_numbers, means_missing, normal

if TYPE_CHECKING:
    import polars as pl

MARKS: tuple[tuple[str | None, str], ...] = (
    (None, "."), (",", "."), (None, ","), (".", ","), ("'", "."), ("'", ","), (" ", "."), (" ", ","),
)  # fmt: skip
"""Pairs of a grouping mark and a decimal mark. The first that fits is taken, so ``1,234`` is a thousand and
``1.234`` is one and a bit where the other columns say nothing."""

_FEWEST = 10  # of fewer nothing is said
_ALMOST_ALL = 0.5  # of the known cells must be numbers; the others words for missing
_SAMPLE = 200
_MOST_UNITS = 5  # more of them are no units but words after a number: 12 Main Street
_DIGITS_OF_A_KEY = 17
_ORDINALS = {"st", "nd", "rd", "th"}
_CODES = {
    "version": re.compile(r"v?\d+(\.\d+){2,}([a-z]\w*)?", re.IGNORECASE),
    "phone": re.compile(r"\+?[\d(][\d(). /-]{6,}\d"),
    "code": re.compile(r"\d[\d.,' ]*[-_/#]?[A-Za-z]\w*"),
}
"""What begins like a number and is none."""


class Marks(NamedTuple):
    """How digits are grouped, and what stands before the decimals."""

    grouping: str | None
    decimal: str


def _pattern(marks: Marks) -> re.Pattern[str]:
    decimals = rf"(?:{re.escape(marks.decimal)}\d*)?"
    if marks.grouping is None:
        return re.compile(rf"\d+{decimals}|{re.escape(marks.decimal)}\d+")
    mark = re.escape(marks.grouping)
    indian = rf"|[1-9]\d?(?:{mark}\d\d)*{mark}\d{{3}}" if marks.grouping == "," else ""
    return re.compile(rf"(?:0|[1-9]\d*|[1-9]\d{{0,2}}(?:{mark}\d{{3}})+{indian}){decimals}")


_PATTERNS = {marks: _pattern(Marks(*marks)) for marks in MARKS}


def _fitting(bodies: Collection[str], powers: Collection[str] = ()) -> list[Marks]:
    """All ways in which every one of these can be read, without grouping marks that occur in none.

    Before a power, as in 5,157E+01, digits are never grouped.
    """
    return [
        Marks(*marks)
        for marks, pattern in _PATTERNS.items()
        if (marks[0] is None or any(marks[0] in body for body in bodies))
        and all(pattern.fullmatch(body) for body in bodies)
        and all(_PATTERNS[None, marks[1]].fullmatch(body) for body in powers)
    ]


def choose_marks(bodies: Collection[str], decimal: str | None, powers: Collection[str] = ()) -> Marks | None:
    """The marks of a column; of several ways to read it, one that agrees with the other columns."""
    fitting = _fitting(bodies, powers)
    if not all(body.isdigit() for body in bodies):
        fitting = [marks for marks in fitting if marks.decimal == decimal] or fitting
    return fitting[0] if fitting else None


def decimal_said(cells: Iterable[str]) -> str | None:
    """The decimal mark that the cells of a column leave no doubt of."""
    found = [parts for cell in cells if (parts := dissect(normal(cell)))]
    bodies = {parts.body for parts in found}
    decimals = {marks.decimal for marks in _fitting(bodies, _with_power(found))}
    said = decimals.pop() if len(decimals) == 1 else None
    return said if said and any(said in body for body in bodies) else None


def _with_power(cells: Iterable[Parts]) -> set[str]:
    return {parts.body for parts in cells if parts.power}


@dataclass(frozen=True)
class NumberForm(Form):
    """Numbers with grouping marks, a decimal mark, a currency, a unit, or words where there is none.

    Attributes
    ----------
    grouping : str or None
        The mark between groups of digits; every kind of space counts as a space, every apostrophe as one.
    decimal : str
        The mark before the decimals.
    affixes : tuple of str
        What stands before or after the number and is left out. A number may lack it.
    factors : bool
        There are words such as 万 that multiply.
    missing : tuple of str
        The words and the numbers that mean "missing".
    lenient : bool
        Whatever is not a number is missing, because somebody said that the column holds numbers.
    letters : bool
        A bare K, M, B behind a number multiplies it.
    """

    name: str
    grouping: str | None = None
    decimal: str = "."
    affixes: tuple[str, ...] = ()
    factors: bool = False
    missing: tuple[str, ...] = ()
    lenient: bool = False
    letters: bool = False

    kind: ClassVar = "number"
    checks: ClassVar = {
        "grouping": schema.nullable(schema.one_of(",", ".", "'", " ")),
        "decimal": schema.one_of(".", ","),
        "affixes": schema.list_of(schema.text),
        "factors": schema.truth,
        "missing": schema.list_of(schema.text),
        "lenient": schema.truth,
    }
    later: ClassVar = {"letters": schema.truth}

    def apply(self, series: pl.Series) -> pl.Series:
        """Numbers: whole ones stay whole. Of a column that has a type only the `missing` are taken out."""
        import polars as pl

        if series.dtype != pl.String:
            return self._without_sentinels(series)
        known = series.drop_nulls().unique()
        sentinels = self._sentinels()
        read = {cell: self.number(cell) for cell in known.to_list()}
        if told := [cell for cell, number in read.items() if number in sentinels]:
            series = series.set(series.is_in(told), None)
            read |= dict.fromkeys(told)
        return as_numbers(series, read, lambda cell: self.lenient or self.is_missing(cell))

    def _without_sentinels(self, series: pl.Series) -> pl.Series:
        import polars as pl

        values = self._sentinels()
        if not values or not series.dtype.is_numeric():
            return series
        return series.set(series.cast(pl.Float64).is_in(values), None)

    def _sentinels(self) -> list[float]:
        return [number for word in self.missing if (number := _plain(word)) is not None]

    def is_missing(self, cell: str) -> bool:
        """Whether it is a word for a value that there is not."""
        return means_missing(cell) or cell in self.missing or normal(cell) in self.missing

    def number(self, cell: str) -> float | None:
        """What a cell says; None if it is no number as this column writes them."""
        if cell in self.missing:
            return None
        parts = dissect(normal(cell), self.letters)
        if parts is None:
            return _plain(cell)
        strange = ({parts.before, parts.rest, parts.bound} - {""}) - set(self.affixes)
        if any(bound in self.affixes for bound in BOUNDS):
            strange -= {parts.bound}
        strange = {affix for affix in strange if fold_unit(affix) not in map(fold_unit, self.affixes)}
        grouping = None if parts.power else self.grouping
        if not _PATTERNS[grouping, self.decimal].fullmatch(parts.body) or (strange and not self.lenient):
            number = _plain(cell)
        else:
            digits = parts.body.replace(self.grouping or "", "").replace(self.decimal, ".")
            number = (float(digits + parts.power) + parts.part) * parts.times * (-1 if parts.negative else 1)
        return number

    def notes(self) -> Sequence[Note]:
        """The marks, what was left out, what multiplies, what is missing."""
        found = []
        if self.grouping is not None or self.decimal == ",":
            key = "marks" if self.grouping is not None else "decimal_comma"
            found.append(Note(key, {"grouping": self.grouping, "decimal": self.decimal}, (self.name,)))
        bounds = [affix for affix in self.affixes if affix in BOUNDS]
        if affixes := [affix for affix in self.affixes if affix not in bounds]:
            found.append(Note("affixes", {"affixes": affixes}, (self.name,)))
        if bounds:
            found.append(Note("bounds", {"signs": bounds}, (self.name,)))
        if self.letters:
            found.append(Note("letters", {}, (self.name,)))
        if self.factors:
            found.append(Note("factors", {}, (self.name,)))
        if self.missing:
            found.append(Note("missing", {"words": list(self.missing)}, (self.name,)))
        if self.lenient:
            found.append(Note("forced_number", {}, (self.name,)))
        return found or [Note("number", {}, (self.name,))]


def fold_unit(unit: str) -> str:
    """``Years`` and ``year`` are the same unit."""
    return unit.casefold().rstrip("s.") or unit


def _plain(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def find_number(series: pl.Series, decimal: str | None, missing: Sequence[str] = ()) -> Form | None:
    """The form of a column of text in which the plain reading sees no numbers; None if it holds none."""
    known = series.drop_nulls()
    sample = [normal(cell) for cell in known.head(_SAMPLE).to_list()]
    if sum(dissect(cell) is not None for cell in sample) < _ALMOST_ALL * len(sample):
        return _code(series.name, sample)
    counts = dict(known.value_counts().iter_rows())
    parts = {cell: dissect(normal(cell)) for cell in counts if cell not in missing}
    others = [cell for cell, found in parts.items() if found is None]
    numbers = {cell: found for cell, found in parts.items() if found is not None}
    if sum(counts[cell] for cell in numbers) < _ALMOST_ALL * len(known):
        return None
    limits = sum(counts[cell] for cell, found in numbers.items() if found.bound in LIMITS)
    if limits > (1 - _ALMOST_ALL) * len(known) or _are_grades(numbers):
        return None  # classes such as <=50K and >50K
    if letters := letters_multiply(series.name, numbers.values()):
        numbers = {cell: found for cell in numbers if (found := dissect(normal(cell), letters)) is not None}
    unknown = [cell for cell in others if not means_missing(cell)] or _misfits(numbers)
    if unknown:
        return _almost(series, counts, numbers, unknown)
    return _form_of(series.name, numbers, decimal, (*missing, *sorted(others)), letters)


def _misfits(cells: Mapping[str, Parts]) -> list[str]:
    """A few cells that are grouped as no number is, ``7,000,0000``, where one reading fits almost all."""
    readings = (
        [cell for cell, parts in cells.items() if not pattern.fullmatch(parts.body)]
        for marks, pattern in _PATTERNS.items()
        if marks[0] is not None
    )
    best = min(readings, key=len)
    fits = _fitting({parts.body for parts in cells.values()})
    return best if best and not fits and len(best) <= (1 - NEARLY_ALL_NUMBERS) * len(cells) else []


def _almost(
    series: pl.Series, counts: Mapping[str, int], cells: Mapping[str, Parts], unknown: Sequence[str]
) -> AsItIs | None:
    """A word for a column of dressed numbers in which a few cells are none; of plain ones see `_mixed`."""
    rows = sum(counts[cell] for cell in unknown)
    known = sum(counts.values())
    if (
        rows > (1 - NEARLY_ALL_NUMBERS) * known
        or known < _FEWEST
        or all(_plain(cell) is not None for cell in cells)
    ):
        return None
    place = int(series.is_in(list(unknown)).arg_true()[0])
    return AsItIs(series.name, "not_all_numbers", {"row": place + 1, "first": str(series[place])})


def _form_of(
    name: str, cells: Mapping[str, Parts], decimal: str | None, missing: tuple[str, ...], letters: bool
) -> Form | None:
    bodies = {parts.body for parts in cells.values()}
    if (looks_like := _only_looks_like(name, cells)) is not None:
        return looks_like
    if len({fold_unit(parts.rest) for parts in cells.values()} - _ORDINALS) > _MOST_UNITS:
        return None
    marks = choose_marks(bodies, decimal, _with_power(cells.values()))
    if marks is None or _are_codes(cells.values()):
        return _code(name, list(cells))
    affixes = _affixes(cells.values())
    factors = not letters and any(parts.times != 1.0 for parts in cells.values())
    return NumberForm(name, *marks, tuple(affixes), factors, missing, letters=letters)


def _affixes(cells: Iterable[Parts]) -> list[str]:
    """What stands beside the numbers."""
    return sorted({affix for parts in cells for affix in (parts.before, parts.rest, parts.bound) if affix})


def forced_number(series: pl.Series, decimal: str | None, missing: tuple[str, ...]) -> NumberForm:
    """The form of a column of which somebody said that it holds numbers: what does not fit is missing."""
    known = [normal(cell) for cell in series.drop_nulls().unique().to_list() if cell not in missing]
    cells = [found for cell in known if (found := dissect(cell)) is not None]
    if letters := letters_multiply(series.name, cells):
        cells = [found for cell in known if (found := dissect(cell, letters)) is not None]
    bodies = [found.body for found in cells]
    best = max(MARKS, key=lambda marks: sum(_PATTERNS[marks].fullmatch(body) is not None for body in bodies))
    marks = choose_marks(bodies, decimal, _with_power(cells)) or Marks(*best)
    affixes = _affixes(cells)
    factors = not letters and any(found.times != 1.0 for found in cells)
    return NumberForm(series.name, *marks, tuple(affixes), factors, missing, lenient=True, letters=letters)


def _are_grades(cells: Iterable[str]) -> bool:
    """``2+``, ``2`` and ``2-``: the minus makes no number negative."""
    ends = {normal(cell)[-1] for cell in cells}
    return {"+", "-"} <= ends


def _are_codes(cells: Iterable[Parts]) -> bool:
    """Whole numbers, one of which starts with a zero, or all too long; nothing else makes them numbers."""
    bodies = [parts.body for parts in cells]
    if not all(body.isdigit() for body in bodies):
        return False
    zero = any(body[0] == "0" and len(body) > 1 for body in bodies)
    return zero or all(len(body) >= _DIGITS_OF_A_KEY for body in bodies)


def _only_looks_like(name: str, cells: Mapping[str, Parts]) -> AsItIs | None:
    """Prices in several currencies, amounts in several units, telephone numbers."""
    money: dict[str, str] = {}
    units: dict[str, str] = {}
    for cell, parts in cells.items():
        for affix in (parts.before, parts.rest):
            if affix in CURRENCIES:
                money.setdefault(affix, cell)
            elif affix:
                units.setdefault(fold_unit(affix), cell)
    if units.keys() & _ORDINALS:
        return None
    for found, why in ((money, "two_currencies"), (units, "two_units")):
        if 1 < len(found) <= _MOST_UNITS:
            first, second = list(found.values())[:2]
            return AsItIs(name, why, {"first": first, "second": second})
    shapes = {re.sub(r"\d", "0", cell) for cell in cells}
    if len(shapes) == 1 and len(cells) > 2 and shapes.pop() in {"000.000.000", "000 000 000"}:
        return AsItIs(name, "phone", {"first": next(iter(cells))})
    return None


def _code(name: str, sample: Sequence[str]) -> AsItIs | None:
    """Versions, addresses of computers, telephone numbers, codes with a letter: said and left alone."""
    for why, pattern in _CODES.items():
        if len(sample) > 1 and all(pattern.fullmatch(cell) for cell in sample):
            marked = next((cell for cell in sample if not cell.isalnum()), None)
            return AsItIs(name, why, {"first": marked}) if marked else None
    return None
