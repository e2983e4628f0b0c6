"""Moments as people write them: one cell becomes a date or a time of day, in many languages."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from shoal.tables.forms._calendar import ERAS, MONTH_OF, WEEKDAYS, ZONES
from shoal.tables.forms._form import normal

_DAY = "|".join(WEEKDAYS)
_WEEKDAY = re.compile(
    rf"^(?:{_DAY})(?:\.,?|,)?\s+(?=\S)|,?\s+\(?(?:{_DAY})\.?\)?$|\s*\(?(?:星期|周|礼拜)[一二三四五六日天]\)?\s*"
    r"|\s*\(?[月火水木金土日]曜日?\)?\s*|\s*\([月火水木金土日]\)\s*|\s*\(?[월화수목금토일]요일\)?\s*",
    re.IGNORECASE,
)
_MONTH = r"(?P<month>[^\W\d_]{3,12})\.?"
_TWO_OR_FOUR = r"'?(?P<y>\d{4}|\d{2})"
_TH = r"(?:st|nd|rd|th|er|\.|º)?"
_TO_YEAR = r"(?:\s+del?\s+|\s*[-/,]?\s*)"
_SHAPES = {
    "y-m-d": r"(?P<y>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})",
    "y-m-d chinese": r"(?P<y>\d{4})\s?年\s?(?P<m>\d{1,2})\s?月\s?(?P<d>\d{1,2})\s?[日号]",
    "y-m chinese": r"(?P<y>\d{4})\s?年\s?(?P<m>\d{1,2})\s?月",
    "y-m-d korean": r"(?P<y>\d{4})\s?년\s?(?P<m>\d{1,2})\s?월\s?(?P<d>\d{1,2})\s?일",
    "era-m-d": rf"(?P<era>{'|'.join(ERAS)})(?P<y>\d{{1,2}}|元)年(?P<m>\d{{1,2}})月(?P<d>\d{{1,2}})日",
    "d.m.y": rf"(?P<d>\d{{1,2}})\.\s?(?P<m>\d{{1,2}})\.\s?{_TWO_OR_FOUR}",
    "a/b/y": rf"(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})/{_TWO_OR_FOUR}",
    "a-b-y": rf"(?=\d\d-\d\d-|.*\d{{4}}$)(?P<a>\d{{1,2}})-(?P<b>\d{{1,2}})-{_TWO_OR_FOUR}",
    "d month y": rf"(?P<d>\d{{1,2}}){_TH}(?:\s*[-/]\s*|\s+(?:of|de)\s+|\s*){_MONTH}{_TO_YEAR}{_TWO_OR_FOUR}",
    "month d y": rf"{_MONTH}\s*[-/]?\s*(?P<d>\d{{1,2}}){_TH}(?:\s*,\s*|\s+|[-/]){_TWO_OR_FOUR}",
    "y month d": rf"(?P<y>\d{{4}})[-/. ]\s*{_MONTH}[-/ ]\s*(?P<d>\d{{1,2}})",
    "month y": rf"{_MONTH}{_TO_YEAR}{_TWO_OR_FOUR}",
    "y month": rf"(?P<y>\d{{4}})[-/ ]{_MONTH}",
    "y-m": r"(?P<y>\d{4})[-/](?P<m>\d{1,2})",
    "m/y": r"(?P<m>\d{1,2})[-/](?P<y>\d{4})",
    "y-w": r"(?P<y>\d{4})-?W(?P<w>\d{2})(?:-?(?P<wd>[1-7]))?",
    "y-q": r"(?P<y>(?:19|20)\d\d)(?:[-/. ]?[QT](?P<q>[1-4])"
    r"|\s?年?\s?第?(?P<nth>[1-4一二三四])(?:季度?|四半期|분기))",
    "q-y": r"(?:[QT](?P<q>[1-4])|(?P<nth>[1-4])\.?\s?(?:Q|Quartal|кв\.?))[-/ ]?(?P<y>(?:19|20)\d\d)",
    "ymd": r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
}
YEAR_FIRST, DAY_OF_YEAR, STAMPS = "y-m-d short", "y-n", ("seconds", "milliseconds")
_ONLY_BY_COLUMN = {
    YEAR_FIRST: r"(?P<y>\d{2})(?:/(?P<m>\d{1,2})/|(?P<mark>[-.])(?P<n>\d\d)(?P=mark)(?=\d\d$))(?P<d>\d{1,2})",
    DAY_OF_YEAR: r"(?P<y>(?:19|20)\d\d)-?(?P<n>\d{3})",
    "seconds": r"(?P<n>\d{9,10})(?:\.(?P<part>\d+))?",
    "milliseconds": r"(?P<n>\d{12,13})(?:\.(?P<part>\d+))?",
}
_PATTERNS = {
    shape: re.compile(pattern, re.IGNORECASE) for shape, pattern in (_SHAPES | _ONLY_BY_COLUMN).items()
}
_NAMED = frozenset(shape for shape in _SHAPES if "month" in shape)
_NAME = re.compile(r"[^\W\d_]{3}")
SHAPES = (
    *_SHAPES,
    *(f"{shape} short" for shape, pattern in _SHAPES.items() if _TWO_OR_FOUR in pattern),
    *_ONLY_BY_COLUMN,
)
"""How the parts of a date may stand; "short" with two digits of the year; a and b are day and month in an
order that the whole column decides."""

EITHER = frozenset(shape for shape in SHAPES if shape[0] == "a")

_MORNING, _AFTERNOON = "上午 早上 凌晨 午前 오전", "下午 晚上 中午 午後 오후"
_HALF = dict.fromkeys(_MORNING.split(), 0) | dict.fromkeys(_AFTERNOON.split(), 12)
_SECOND = r"(?:(?P<sep>[:.])? ?(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?[秒초]?)?"
_CLOCK = (
    rf"(?P<before>{'|'.join(_HALF)})?\s*(?P<hour>\d{{1,2}})"
    rf"(?:(?P<mark>[:.时時点h시])\s?(?:(?P<minute>\d{{2}})[分분]?{_SECOND})?)?"
    r"\s*(?P<after>[ap]\.?m\.?|uhr)?"
    rf"\s*(?P<zone>z|(?:utc|gmt)?[+-]\d{{2}}(?::?\d{{2}})?|utc|gmt|{'|'.join(ZONES)})?"
)
_ALONE = re.compile(_CLOCK, re.IGNORECASE)
_AT = r"(?:(?:at|um|om|à|a las|às|alle|o|о|в|kl\.?)\s+)?"
_AT_END = re.compile(rf"(?:(?<=\d)t|(?<=\d\d\d\d):|,?\s+{_AT}|(?<=[日号일])){_CLOCK}$", re.IGNORECASE)
_YEAR_WORD = re.compile(r"(?<=\d{4})\s?(?:г\.?|года|r\.)(?=$|,|\s)")
_CLOCK_INSIDE = re.compile(r"(\S+ \d{1,2}) (\d{1,2}:\d\d(?::\d\d)?)((?: [A-Z]{2,5}| [+-]\d{4})?) (\d{4})")
_DIGITS = re.compile(r"((?:19|20)\d{6})[T ]?(\d\d)(\d\d)(\d\d)?(\.\d+)?(Z|[+-]\d{2}:?\d{2})?")
_ZEROS = re.compile(r"0{1,4}([-/.]0{1,2}){2}([ T]0{1,2}(:00){1,2}(\.0+)?)?|0{8}")
_LONGEST = 60  # characters; a longer cell is a sentence
YEARS = range(1000, 2200)
_NUMERALS = str.maketrans("一二三四", "1234")


class Moment(NamedTuple):
    """A cell that looks like a date; `a` and `b` are month and day, or in the order in which they stand."""

    shape: str
    year: int
    a: int
    b: int
    clock: timedelta | None

    def at(self, day_first: bool) -> datetime | None:
        """When it is, without a time zone; None if there is no such day."""
        swapped = self.shape in EITHER and day_first
        month, day = (self.b, self.a) if swapped else (self.a, self.b)
        try:
            return datetime(self.year, month, day) + (self.clock or timedelta())
        except (ValueError, OverflowError):
            return None


def read_moment(cell: str, by_column: Collection[str] = ()) -> Moment | None:
    """What a cell says if it is a date; a two-digit year is one from 1969 to 2068.

    Some shapes are read only if the column says so: a short year before the month, the day of the year, and
    seconds or milliseconds since 1970.
    """
    if len(cell) > _LONGEST or not any(letter.isdigit() for letter in cell):
        return None
    words = normal(cell)
    found = _without_weekday(words, by_column)
    if found is None and (others := " ".join(_WEEKDAY.sub(" ", words).split())) != words:
        found = _without_weekday(others, by_column)
    return found


def _without_weekday(words: str, by_column: Collection[str]) -> Moment | None:
    clock = None
    for shape in by_column:
        if shape in STAMPS and (found := _PATTERNS[shape].fullmatch(words)):
            return _since_1970(shape, found["n"], found["part"] or "")
    words = _in_order(words)
    end = _AT_END.search(words)
    if end and end["sep"] != "." and (clock := _time_of_day(end)) is not None:
        words = words[: end.start()]
    named = _NAME.search(words) is not None
    for shape in by_column:
        found = _PATTERNS[shape].fullmatch(words)
        if found and (moment := _by_column(shape, found.groupdict(), clock)) is not None:
            return moment
    for shape in _SHAPES:
        if (named or shape not in _NAMED) and (found := _PATTERNS[shape].fullmatch(words)):
            return _moment(shape, found.groupdict(), clock)
    return None


def _by_column(shape: str, parts: dict[str, str | None], clock: timedelta | None) -> Moment | None:
    if shape == YEAR_FIRST:
        month = parts["m"] or parts["n"]
        return _moment("y-m-d", {"y": parts["y"], "m": month, "d": parts["d"]}, clock)
    year, number = int(parts["y"] or 0), int(parts["n"] or 0)
    last = date(year, 12, 31).timetuple().tm_yday
    if not 1 <= number <= last:
        return None
    day = date(year, 1, 1) + timedelta(number - 1)
    return Moment(shape, day.year, day.month, day.day, clock)


def _since_1970(shape: str, number: str, part: str) -> Moment:
    """Whole numbers until the end, so that no digit is lost."""
    decimals = 6 if shape == "seconds" else 3
    when = datetime(1970, 1, 1) + timedelta(microseconds=int(number + part.ljust(decimals, "0")[:decimals]))
    return Moment(shape, when.year, when.month, when.day, when - datetime(when.year, when.month, when.day))


def _in_order(words: str) -> str:
    """A date before its time of day, with colons: of ``Apr 8 10:01:00 2020`` and ``20200408T100100``."""
    words = _CLOCK_INSIDE.sub(r"\1 \4 \2\3", _YEAR_WORD.sub("", words))
    if found := _DIGITS.fullmatch(words):
        day, hour, minute, second, part, zone = (text or "" for text in found.groups())
        words = f"{day} {hour}:{minute}:{second or '00'}{part}{zone}"
    return words


def read_clock(cell: str) -> time | None:
    """The time of day that a cell says, if it says nothing else."""
    found = _ALONE.fullmatch(normal(cell)) if len(cell) <= _LONGEST else None
    if found is None or found["zone"] or (clock := _time_of_day(found)) is None:
        return None
    return (datetime.min + clock).time()


def is_no_date(cell: str) -> bool:
    """``0000-00-00``: what databases write where they have no date."""
    return _ZEROS.fullmatch(normal(cell)) is not None


def _moment(shape: str, parts: dict[str, str | None], clock: timedelta | None) -> Moment | None:
    year = int((parts["y"] or "").replace("元", "1"))
    if era := parts.get("era"):
        year += ERAS[era] - 1
    elif len(parts["y"] or "") == 2:
        year += 2000 if year < 69 else 1900
        shape += " short"
    if year not in YEARS:
        return None
    a, b = parts.get("a") or parts.get("m") or "1", parts.get("b") or parts.get("d") or "1"
    month: int | None = int(a)
    if quarter := parts.get("q") or parts.get("nth"):
        month = 3 * int(quarter.translate(_NUMERALS)) - 2
    if "month" in parts:
        month = MONTH_OF.get((parts["month"] or "").casefold())
    if "w" in parts:
        return _week(year, int(parts["w"] or 0), int(parts["wd"] or 1), clock)
    found = Moment(shape, year, month, int(b), clock) if month is not None else None
    return found if found and (found.at(True) or found.at(False)) else None


def _week(year: int, week: int, day: int, clock: timedelta | None) -> Moment | None:
    try:
        found = date.fromisocalendar(year, week, day)
    except ValueError:
        return None
    return Moment("y-w", found.year, found.month, found.day, clock)


def _time_of_day(found: re.Match[str]) -> timedelta | None:
    """The time since midnight, in UTC; None if it is no time of day."""
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    after = (found["after"] or "").casefold().replace(".", "")
    marked = found["before"] or after
    dotted = found["mark"] == found["sep"] == "." and len(found["hour"]) == 2  # 18.00.00
    if found["mark"] in (None, ".") and not marked and not dotted:
        return None  # 5 and 5.30 are numbers
    if found["sep"] == "." and not dotted:
        return None
    if found["mark"] == "." and after != "uhr" and not dotted:
        return None
    if found["mark"] == ":" and found["minute"] is None:
        return None
    ends_the_day = hour == 24 and not (marked or minute or second)
    if minute > 59 or second > 59 or (hour > (12 if after in ("am", "pm") else 23) and not ends_the_day):
        return None
    if after in ("am", "pm"):
        hour = hour % 12 + 12 * (after == "pm")
    elif found["before"] and hour < 12:
        hour += _HALF[found["before"]]
    part = timedelta(microseconds=int((found["part"] or "0").ljust(6, "0")[:6]))
    return timedelta(hours=hour, minutes=minute, seconds=second) + part - _offset(found["zone"] or "")


def _offset(zone: str) -> timedelta:
    name = zone.casefold()
    if name in ZONES:
        return timedelta(hours=ZONES[name])
    digits = name.removeprefix("utc").removeprefix("gmt").replace(":", "")
    if digits[:1] not in ("+", "-"):
        return timedelta()
    offset = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:] or 0))
    return -offset if digits[0] == "-" else offset
