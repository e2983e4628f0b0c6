"""Dates that only their column makes sure: a short year first, days of the year, time since 1970."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shoal.tables.forms._dates import (
    BY_COLUMN_ONLY,
    FEWEST_COMPACT,
    DateForm,
    dates_form,
    day_first_of,
    is_missing,
    shown,
    written,
)
from shoal.tables.forms._form import AsItIs, Form, words_of
from shoal.tables.forms._moments import DAY_OF_YEAR, STAMPS, YEAR_FIRST, Moment, read_moment

if TYPE_CHECKING:
    import polars as pl

_FEWEST_STAMPS = 2
_STAMPED = range(1990, 2060)
_DAYS_OF_A_MONTH = 31
_TIMES = frozenset(
    [
        "time",
        "date",
        "ts",
        "stamp",
        "created",
        "updated",
        "modified",
        "epoch",
        "unix",
        "fecha",
        "datum",
        "zeit",
        "дата",
        "время",
    ]
)
_DAYS = frozenset(["day", "doy", "yday", "julian", "jday", "dayofyear", "tag", "jour", "día", "dia"])
_GROWN = frozenset(
    ["runtime", "lifetime", "uptime", "downtime", "candidate", "mandate", "validate", "consolidate"]
)
_DURATIONS = frozenset(
    ["ns", "nanoseconds", "duration", "elapsed", "cpu", "run", "wall", "remaining", "id", "ids"]
)
_KEYS = frozenset(
    [
        "id",
        "ids",
        "key",
        "phone",
        "tel",
        "telephone",
        "mobile",
        "fax",
        "code",
        "no",
        "nr",
        "num",
        "number",
        "isbn",
        "ean",
        "sku",
        "account",
        "order",
        "case",
        "invoice",
        "ticket",
        "student",
        "part",
        "serial",
    ]
)
_CHINESE_TIMES, _CHINESE_KEYS = ("时间", "日期", "時間", "日付"), ("编号", "电话", "手机", "号码", "代码")


def find_by_column(series: pl.Series, missing: tuple[str, ...] = ()) -> Form | None:
    """Dates with a short year first, or days of the year, where no other reading fits all cells."""
    known = written(series).drop_nulls()
    known = known.filter(~known.is_in([*missing]))
    cells = [cell for cell in known.unique(maintain_order=True).to_list() if not is_missing(cell)]
    if not cells or not all(BY_COLUMN_ONLY.match(cell) for cell in cells):
        return None
    plain = [moment for cell in cells if (moment := read_moment(cell)) is not None]
    order = bool(day_first_of(plain))
    if len(plain) == len(cells) and all(moment.at(order) for moment in plain):
        if says_time(series.name) or any(moment.shape != "a-b-y short" for moment in plain):
            return None
        return AsItIs(series.name, "may_be_dates", {"first": cells[0], "date": shown(plain[0], order)})
    for shape in (YEAR_FIRST, DAY_OF_YEAR):
        if moments := _all_read(cells, (shape,)):
            others = sorted({*known.to_list()} - {*cells})
            form = dates_form(series, known, moments, None, (*missing, *others), certain=True)
            return form if shape == YEAR_FIRST else _days_or_numbers(series.name, cells, form)
    return None


def _all_read(cells: Sequence[str], by_column: tuple[str, ...]) -> dict[str, Moment]:
    """All cells as dates; nothing if one is none."""
    found = {}
    for cell in cells:
        if (moment := read_moment(cell, by_column)) is None:
            return {}
        found[cell] = moment
    return found


def find_counted(series: pl.Series, missing: tuple[str, ...] = ()) -> Form | None:
    """Dates that are plain numbers: seconds or milliseconds since 1970, or a year and its day (2020099).

    The name of the column has to say that it is about time; else it is only said what it may be.
    """
    known = written(series).drop_nulls()
    known = known.filter(~known.is_in([*missing]))
    cells = known.unique(maintain_order=True).to_list()
    for shapes in ((STAMPS[0],), (STAMPS[1],), (DAY_OF_YEAR,)):
        moments = _all_read(cells, shapes)
        if len(cells) < _FEWEST_STAMPS or not moments:
            continue
        if any(moment.shape not in shapes for moment in moments.values()):
            continue
        form = dates_form(series, known, moments, None, missing, certain=True)
        if shapes == (DAY_OF_YEAR,):
            return _days_or_numbers(series.name, cells, form) if len(cells) >= FEWEST_COMPACT else None
        long = any(len(cell.partition(".")[0]) in (10, 13) for cell in cells)
        if long and all(moment.year in _STAMPED for moment in moments.values()):
            return _if_named(series.name, cells, form, sure=False)
    return None


def _days_or_numbers(name: str, cells: Sequence[str], form: DateForm) -> Form | None:
    """Days of the year, if they rise as days do and do not number something, or the name says so."""
    days = [(int(cell[:4]), int(cell[-3:])) for cell in cells]
    if says_time(name) or not _DAYS.isdisjoint(words_of(name)):
        return form
    if not any(day > _DAYS_OF_A_MONTH for _, day in days):
        return None
    years = {year: [day for other, day in days if other == year] for year, _ in days}
    numbering = all(found == list(range(1, len(found) + 1)) for found in years.values())
    whole = any(len(found) >= 365 for found in years.values())
    return _if_named(name, cells, form, sure=days == sorted(days) and (whole or not numbering))


def _if_named(name: str, cells: Sequence[str], form: DateForm, *, sure: bool) -> Form | None:
    """The dates if they are sure or named so; of keys nothing; of others what they may be."""
    if says_time(name):
        return form
    if not _KEYS.isdisjoint(words_of(name)) or any(word in name for word in _CHINESE_KEYS):
        return None
    if sure:
        return form
    if len(cells) < FEWEST_COMPACT or form.missing:
        return None
    moment = read_moment(cells[0], form.shapes)
    return AsItIs(name, "may_be_dates", {"first": cells[0], "date": shown(moment)})


def says_time(name: str) -> bool:
    """``createdAt``, ``Start_Time``, 时间; but not ``runtime`` or ``candidate``, and not what lasts."""
    if any(word in name for word in _CHINESE_TIMES):
        return True
    words = words_of(name)
    if not _DURATIONS.isdisjoint(words):
        return False
    grown = any(word.endswith(("time", "stamp", "date")) and word not in _GROWN for word in words)
    return grown or not _TIMES.isdisjoint(words) or words[-1:] == ["at"]
