"""Amounts in several units at once: ``6 ft 1 in``, ``3 years 2 months``, ``1:23:45``, ``48°51'N``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from shoal.base import schema
from shoal.tables._notes import Note
from shoal.tables.forms._form import Form, as_numbers, means_missing, normal

if TYPE_CHECKING:
    import polars as pl

_HOUR, _DAY = 3600.0, 86_400.0
_YEAR = 365.25 * _DAY
_YEARS = "y yr yrs year years jahr jahre jahren an ans año años ano anos anni anno год года лет rok lata lat"
_MONTHS = "mo mos mon month months monat monate monaten mois mes meses mesi mese"
_DAYS = "d day days tag tage tagen jour jours día días dia dias giorno giorni"
_HOURS = "h hr hrs hour hours std std. stunde stunden heure heures hora horas ч ч. час часа часов godz godz."
_MINUTES = "m min min. mins minute minutes minuten minuto minutos мин мин. 分 分钟 분"
_WORDS: dict[str, dict[float, str]] = {
    "time": {
        _YEAR: _YEARS + " 年 岁 歳 년",
        _YEAR / 12: _MONTHS + " мес мес. месяц месяца месяцев miesiąc miesiące miesięcy 个月 月 か月 개월",
        7 * _DAY: "w wk wks week weeks woche wochen semaine semaines semana semanas 周",
        _DAY: _DAYS + " день дня дней dni dzień 天 日 일",
        _HOUR: _HOURS + " 小时 時間 시간",
        60.0: _MINUTES,
        1.0: "s sec secs second seconds sek sekunden segundo segundos с сек сек. 秒 초",
    },
    "length": {12.0: "ft ft. feet foot ' ′", 1.0: "in in. inch inches \" ″ ''"},
    "mass": {224.0: "st stone", 16.0: "lb lbs lb. lbs. pound pounds", 1.0: "oz oz. ounce ounces"},
    "weight": {1000.0: "kg 公斤", 1.0: "g gr 克"},
}
_SIZE = {
    (family, word): size
    for family, sizes in _WORDS.items()
    for size, words in sizes.items()
    for word in words.split()
}
_PART = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*([^\W\d_]+\.?|''|[\"'′″])\s*(?:,|and|und|et|y|e|и)?\s*", re.IGNORECASE
)
_COLONS = re.compile(r"(-)?(?:(\d+) days?,? )?(?:(\d+):)?(\d+):([0-5]\d(?:\.\d+)?)")
_ISO = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_ISO_SIZES = (_YEAR, _YEAR / 12, 7 * _DAY, _DAY, _HOUR, 60.0, 1.0)
_ANGLE = re.compile(
    r"(?P<first>[NSEW])?\s?(?P<sign>-)?(?P<d>\d{1,3}(?:\.\d+)?)\s?[°º]\s?"
    r"(?:(?P<m>\d{1,2}(?:\.\d+)?)\s?['′]\s?)?(?:(?P<s>\d{1,2}(?:\.\d+)?)\s?(?:[\"″]|'')\s?)?(?P<last>[NSEW])?"
)
_MOST = 0.5  # of the known cells must be amounts; the others words for missing
_SAMPLE = 200


class Amount(NamedTuple):
    """A cell: what is measured, how much in the smallest unit of that, the largest unit that is written."""

    family: str
    value: float
    unit: float
    compound: bool  # nothing simpler reads it


def read_amount(cell: str) -> Amount | None:
    """What a cell says if it is an amount."""
    words = normal(cell)
    return _of_colons(words) or _of_angle(words) or _of_iso(words) or _of_units(words)


def _of_colons(words: str) -> Amount | None:
    found = _COLONS.fullmatch(words)
    if found is None or (found[3] and len(found[4]) != 2):
        return None
    if (found[2] or found[3]) and int(found[4]) > 59:
        return None
    value = int(found[2] or 0) * _DAY + int(found[3] or 0) * _HOUR + int(found[4]) * 60 + float(found[5])
    return Amount("colons", -value if found[1] else value, 1.0, compound=True)


def _of_angle(words: str) -> Amount | None:
    found = _ANGLE.fullmatch(words)
    side = found and (found["first"] or found["last"])
    if found is None or (found["first"] and found["last"]) or not (side or found["m"]):
        return None
    degrees, minutes, seconds = (float(found[name] or 0) for name in "dms")
    if minutes >= 60 or seconds >= 60 or (found["sign"] and side):
        return None
    negative = found["sign"] or side in ("S", "W")
    value = degrees + minutes / 60 + seconds / 3600
    return Amount("angle", -value if negative else value, 1.0, compound=True)


def _of_iso(words: str) -> Amount | None:
    found = _ISO.fullmatch(words)
    if found is None or not any(found.groups()):
        return None
    parts = [(float(part), size) for part, size in zip(found.groups(), _ISO_SIZES, strict=True) if part]
    return Amount("time", sum(part * size for part, size in parts), parts[0][1], compound=True)


def _of_units(words: str) -> Amount | None:
    """Parts in falling units of one family; ``m`` is a minute."""
    parts, end = [], 0
    while found := _PART.match(words, end):
        parts.append((float(found[1].replace(",", ".")), found[2].casefold()))
        end = found.end()
    if not parts or end < len(words):
        return None
    for family in _WORDS:
        sizes = [_SIZE.get((family, word)) for _, word in parts]
        known = [size for size in sizes if size is not None]
        if len(known) == len(sizes) and all(a > b for a, b in pairwise(known)):
            value = sum(part * size for (part, _), size in zip(parts, known, strict=True))
            return Amount(family, value, known[0], compound=len(parts) > 1)
    return None


@dataclass(frozen=True)
class AmountForm(Form):
    """Amounts as one number each, in the largest unit that the column shows.

    Attributes
    ----------
    family : str
        What is measured.
    unit : float
        The largest unit, in the smallest ones of that family.
    first : str
        A cell with several units.
    missing : tuple of str
        The words that mean "missing".
    """

    name: str
    family: str
    unit: float
    first: str
    missing: tuple[str, ...] = ()

    kind: ClassVar = "amount"
    checks: ClassVar = {
        "family": schema.one_of("colons", "angle", *_WORDS),
        "unit": schema.number_between(1.0, _YEAR),
        "first": schema.text,
        "missing": schema.list_of(schema.text),
    }

    def apply(self, series: pl.Series) -> pl.Series:
        """Numbers; a column that has a type stays."""
        import polars as pl

        if series.dtype != pl.String:
            return series
        known = series.drop_nulls().unique()
        read = {cell: self._number(cell) for cell in known.to_list()}
        return as_numbers(series, read, lambda cell: cell in self.missing or means_missing(cell))

    def _number(self, cell: str) -> float | None:
        found = read_amount(cell)
        if cell in self.missing or found is None or found.family != self.family:
            return None
        return found.value / self.unit

    def notes(self) -> Sequence[Note]:
        """What the first is as a number, and what is missing."""
        number = f"{self._number(self.first):.6g}"
        missing = [Note("missing", {"words": list(self.missing)}, (self.name,))] if self.missing else []
        return [Note("amounts", {"first": self.first, "number": number}, (self.name,)), *missing]


def find_amounts(series: pl.Series, missing: Sequence[str] = ()) -> AmountForm | None:
    """The form of a column of text of which some cells have several units; None if there are none."""
    known = series.drop_nulls()
    sample = known.head(_SAMPLE).to_list()
    if sum(read_amount(cell) is not None for cell in sample) < _MOST * len(sample):
        return None
    cells = [cell for cell in known.unique(maintain_order=True).to_list() if cell not in missing]
    found = {cell: amount for cell in cells if (amount := read_amount(cell)) is not None}
    others = [cell for cell in cells if cell not in found]
    compound = next((cell for cell, amount in found.items() if amount.compound), None)
    families = {amount.family for amount in found.values()}
    if compound is None or len(families) > 1 or not all(means_missing(cell) for cell in others):
        return None
    unit = max(amount.unit for amount in found.values())
    return AmountForm(series.name, families.pop(), unit, compound, (*missing, *sorted(others)))
