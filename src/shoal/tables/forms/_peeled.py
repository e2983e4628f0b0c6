"""Cells around a number: ranges, constant words, remarks in brackets, marks for text, sizes of data."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from shoal.base import schema
from shoal.tables._notes import Note
from shoal.tables.forms._dressed import about, dissect
from shoal.tables.forms._form import AsItIs, Form, as_numbers, means_missing, normal
from shoal.tables.forms._numbers import NumberForm, find_number, forced_number

if TYPE_CHECKING:
    import polars as pl

_MARKED = re.compile(r"""(?=\D*\d)(?:="(?P<a>[^"]{1,30})"|'(?P<b>[^']{1,30})|"(?P<c>[^"]{1,30})\")""")
_REMARK = re.compile(r"(?<=\S)\s*(?:\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|(?:±|\+/-|\+-)\s*[\d.,]+\s*%?)\s*$")
_TO = re.compile(r"\s*[-–—~]\s*|\s+(?:to|bis|až|до|hasta|al?|à|through|until)\s+|\s*(?:至|到|\.\.+|…)\s*")
_BETWEEN = re.compile(
    r"(?:between|from|von|zwischen|entre|de|从)\s+(.+?)\s+(?:and|to|und|bis|et|y|à|a|到)\s+(.+)"
)
_OPEN_BEFORE = re.compile(
    r"(?:under|below|less than|up to|over|above|more than|at least|at most|from|unter|über|bis|ab|mehr als"
    r"|weniger als|moins de|plus de|menos de|más de|最多|至少|超过|低于|不足)\s*(?=\d)",
    re.IGNORECASE,
)
_OPEN_AFTER = re.compile(
    r"(?<=\S)\s*(?:(?:and|or) (?:over|more|older|above|up|under|less|younger|below|fewer|higher|lower)"
    r"|plus|und (?:mehr|älter|darüber)|oder (?:mehr|älter|weniger)|et plus|ou plus|y más|o más"
    r"|及以上|及以下|以上|以下|以内)$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![A-Za-z\d.,])(?<![A-Za-z]-)\d(?:[\d.,']*\d)?")
_SIZE = re.compile(r"(.*\d)\s*(bytes?|b|[kmgtp]i?b)", re.IGNORECASE)
_WORDS_OF_AMOUNTS = """
about approx approximately around circa ca. roughly nearly almost total level score rank grade stage step
rating age aged ungefähr etwa rund knapp env. environ unos cerca
约 大约 共 总共 共计 合计 近 已 已有 累计 仅 超 超过 第 评分 得分 年龄 总价 单价 均价
"""
_AMOUNT_WORDS = frozenset(_WORDS_OF_AMOUNTS.split())
_NAME_ENDS = "号路类型栋区班室楼组街座幢级"
_MOST_WORDS = 40  # characters beside a number
_FEWEST_BOUND = 10  # different ranges, of which both ends must rise together
_TOGETHER = 0.5


@dataclass(frozen=True)
class PeeledForm(Form):
    """Cells that hold one number, or the two ends of a range, and something around it.

    Attributes
    ----------
    marked : bool
        A spreadsheet's marks for text, as in ``="361"``, are taken off.
    remarks : bool
        What stands in brackets behind a number, or its error, is taken off.
    ranges : bool
        Two numbers are the ends of a range, which counts as its middle.
    words : tuple of str
        What stands before and after the number in each cell; none of them, or both.
    unit : str
        Sizes of data are counted in this unit.
    first : str
        A cell that is written so.
    inner : NumberForm
        How the numbers are written.
    """

    name: str
    marked: bool = False
    remarks: bool = False
    ranges: bool = False
    words: tuple[str, ...] = ()
    unit: str = ""
    first: str = ""
    inner: NumberForm = field(default_factory=lambda: NumberForm(""))

    kind: ClassVar = "peeled"
    checks: ClassVar = {
        "marked": schema.truth,
        "remarks": schema.truth,
        "ranges": schema.truth,
        "words": schema.list_of(schema.text),
        "unit": schema.text,
        "first": schema.text,
        "inner": schema.record(
            {"name": schema.text, "kind": schema.one_of("number"), **NumberForm.checks},
            optional=NumberForm.later,
        ),
    }

    def to_dict(self) -> dict[str, Any]:
        """In JSON's types only."""
        return {**super().to_dict(), "inner": self.inner.to_dict()}

    @classmethod
    def from_dict(cls, document: object) -> Self:
        """The form that `to_dict` described, without its kind; a MismatchError for any other document."""
        found = schema.record({"name": schema.text, **cls.checks})(document)
        inner = {key: value for key, value in found["inner"].items() if key != "kind"}
        if len(found["words"]) not in (0, 2) or (found["unit"] and _size_of(found["unit"]) is None):
            raise schema.MismatchError("words")
        return cls(**{**found, "words": tuple(found["words"]), "inner": NumberForm.from_dict(inner)})

    def apply(self, series: pl.Series) -> pl.Series:
        """Numbers; a column that has a type stays."""
        import polars as pl

        if series.dtype != pl.String:
            return series
        read = {cell: self._number(cell) for cell in series.drop_nulls().unique().to_list()}
        return as_numbers(series, read, lambda cell: self.inner.lenient or self.inner.is_missing(cell))

    def _number(self, cell: str) -> float | None:
        if self.inner.is_missing(cell):
            return None
        text = _without(_peeled(normal(cell), self.marked, self.remarks), self.words)
        ends = ends_of(text) if self.ranges else None
        parts = ends or (_closed(text) if self.ranges else text,)
        read = [self._one(part) for part in parts]
        known = [number for number in read if number is not None]
        return sum(known) / len(known) if len(known) == len(read) else None

    def _one(self, text: str) -> float | None:
        size, factor = (_sized(text) or (text, 1.0)) if self.unit else (text, 1.0)
        number = self.inner.number(_without(size, self.words))
        whole = _size_of(self.unit) if self.unit else 1.0
        return None if number is None else number * factor / (whole or 1.0)

    def notes(self) -> Sequence[Note]:
        """What was taken off, and how the number is written."""
        column, found = (self.name,), []
        said = {"marked": self.marked, "remarks": self.remarks, "ranges": self.ranges, "sizes": self.unit}
        number = f"{self._number(self.first):.6g}"
        for key in (key for key, done in said.items() if done):
            found.append(Note(key, {"first": self.first, "number": number, "unit": self.unit}, column))
        if self.words:
            beside = [word for word in self.words if word]
            found.append(Note("around", {"words": beside, "first": self.first, "number": number}, column))
        return [*found, *(note for note in self.inner.notes() if note.kind != "number")]


def find_peeled(series: pl.Series, decimal: str | None, missing: Sequence[str] = ()) -> Form | None:
    """The form of a column of text with something around its numbers; None if there is nothing so."""
    known = _distinct(series, missing)
    cells = {cell: normal(cell) for cell in known if not means_missing(cell)}
    marked, bare, texts = _bared(cells)
    remarks = texts != bare
    if marked and _are_marked_codes(texts.values()):
        first = next(cell for cell, text in cells.items() if _MARKED.fullmatch(text))
        return AsItIs(series.name, "marked_text", {"first": first})
    ranges = _are_ranges(texts.values())
    words = () if ranges else _words_around(texts.values()) or _words_before_ranges(texts.values())
    ranges = ranges or bool(words and _are_ranges([_without(text, words) for text in texts.values()]))
    unit = "" if ranges or words else _largest_unit(texts.values())
    if not (marked or remarks or ranges or words or unit):
        return _pair(series.name, list(texts.values()))
    parts = _parts(texts, ranges, words, bool(unit))
    first = max(cells, key=lambda cell: (texts[cell] != bare[cell]) + (parts[cell] != (cells[cell],)))
    inner = find_number(_column(series, parts), decimal, missing)
    plain = inner is None and _all_plain(parts.values())
    if not isinstance(inner, NumberForm) and not plain:
        return inner if isinstance(inner, AsItIs) and inner.why in ("two_units", "two_currencies") else None
    others = tuple(cell for cell in known if cell not in cells)
    number = inner if isinstance(inner, NumberForm) else NumberForm(series.name)
    number = NumberForm.from_dict({**_fields(number), "missing": [*missing, *others]})
    return PeeledForm(series.name, marked, remarks, ranges, words, unit, first, number)


def forced_peeled(series: pl.Series, decimal: str | None, missing: tuple[str, ...]) -> PeeledForm | None:
    """The form of a column of which somebody said that it holds numbers, if something is around one."""
    marked, bare, texts = _bared({cell: normal(cell) for cell in _distinct(series, missing)})
    words = _words_around([text for text in texts.values() if _NUMBER.search(text)])
    if not words:
        texts = {cell: text for cell, text in texts.items() if dissect(_closed(text)) or ends_of(text)}
    ranges = not words and _are_ranges(texts.values())
    texts = {cell: text for cell, text in texts.items() if ranges or words or dissect(text)}
    unit = "" if ranges or words else _largest_unit(texts.values())
    parts = _parts(texts, ranges, words, bool(unit))
    changed = [cell for cell in texts if parts[cell] != (cell,)]
    if not changed:
        return None
    inner = forced_number(_column(series, parts), decimal, missing)
    remarks = any(texts[cell] != bare[cell] for cell in texts)
    return PeeledForm(series.name, marked, remarks, ranges, words, unit, changed[0], inner)


def _distinct(series: pl.Series, missing: Sequence[str]) -> list[str]:
    cells = series.drop_nulls().unique(maintain_order=True).to_list()
    return [cell for cell in cells if cell not in missing]


def _bared(cells: Mapping[str, str]) -> tuple[bool, dict[str, str], dict[str, str]]:
    """Whether some have marks for text; the cells without these, and without remarks too."""
    marked = any(_MARKED.fullmatch(text) for text in cells.values())
    bare = {cell: _peeled(text, marked, remarks=False) for cell, text in cells.items()}
    return marked, bare, {cell: _peeled(text, marked=False, remarks=True) for cell, text in bare.items()}


def _fields(form: NumberForm) -> dict[str, Any]:
    return {key: value for key, value in form.to_dict().items() if key != "kind"}


def _column(series: pl.Series, parts: Mapping[str, tuple[str, ...]]) -> pl.Series:
    import polars as pl

    return pl.Series(series.name, [text for found in parts.values() for text in found], dtype=pl.String)


def _parts(
    texts: Mapping[str, str], ranges: bool, words: tuple[str, ...], sizes: bool
) -> dict[str, tuple[str, ...]]:
    """The numbers of each cell as they are written."""
    found: dict[str, tuple[str, ...]] = {}
    for cell, text in texts.items():
        if ranges:
            found[cell] = ends_of(_without(text, words)) or (_closed(_without(text, words)),)
        else:
            size = _sized(text) if sizes else None
            found[cell] = (_without(size[0] if size else text, words),)
    return found


def _all_plain(parts: Collection[tuple[str, ...]]) -> bool:
    return all(re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", text) for found in parts for text in found)


def _peeled(text: str, marked: bool, remarks: bool) -> str:
    """Without the marks for text and the remarks."""
    if marked and (found := _MARKED.fullmatch(text)):
        text = next(part for part in found.groups() if part is not None)
    while (
        remarks and (shorter := _REMARK.sub("", text)) != text and any(letter.isdigit() for letter in shorter)
    ):
        text = shorter
    return text


def _are_marked_codes(texts: Collection[str]) -> bool:
    """Not all are plain numbers of different lengths without zeros before them."""
    numbers = all(re.fullmatch(r"-?(?:0|[1-9]\d*)(?:[.,]\d+)?", text) for text in texts)
    return not numbers or len({len(text) for text in texts}) < 2


def ends_of(text: str) -> tuple[str, str] | None:
    """The two ends of a range, each with the unit; None if it is none."""
    pairs = [found.groups() for found in [_BETWEEN.fullmatch(text)] if found]
    pairs += [(text[: found.start()], text[found.end() :]) for found in _TO.finditer(text)]
    for low, high in pairs:
        first, second = dissect(low), dissect(high)
        if first is None or second is None or first.bound or second.bound:
            continue
        bare = first.times == 1.0 and not first.rest
        tail = re.search(r"[^\d.,']*$", high)
        return (low + tail[0] if bare and tail else low), high
    return None


def _closed(text: str) -> str:
    """An open end as the number that it has."""
    return _OPEN_AFTER.sub("", _OPEN_BEFORE.sub("", text))


def _are_ranges(texts: Collection[str]) -> bool:
    """All are ranges that rise, open ends or numbers of their own, and some are ranges."""
    ends = [found for text in texts if (found := ends_of(text)) is not None]
    alone = [_closed(text) for text in texts if ends_of(text) is None]
    if not ends or not all(dissect(text) for text in alone):
        return False
    pairs = [(_value(low), _value(high)) for low, high in ends]
    if any(low is None or high is None or low > high for low, high in pairs):
        return False
    lows, highs = [low or 0.0 for low, _ in pairs], [high or 0.0 for _, high in pairs]
    return len(pairs) < _FEWEST_BOUND or _rise_together(lows, highs)


def _rise_together(lows: Sequence[float], highs: Sequence[float]) -> bool:
    """Of telephone and part numbers the second says nothing of the first."""
    import numpy as np

    ranks = [np.argsort(np.argsort(ends)) for ends in (lows, highs)]
    return bool(np.corrcoef(ranks[0], ranks[1])[0, 1] > _TOGETHER)


def _value(text: str) -> float | None:
    """About how much it is; None for what starts with a zero, which is a code."""
    found = dissect(text, letters=True)
    body = found.body if found else "0"
    if found is None or re.match(r"0\d", body):
        return None
    size = about(body)
    return None if size is None else size * found.times * (-1 if found.negative else 1)


def _words_around(texts: Collection[str]) -> tuple[str, ...]:
    """What stands before and after the only number that differs, if it is the same in all cells."""
    cells = list(texts)
    first = list(_NUMBER.finditer(cells[0])) if cells else []
    for found in first:
        before, after = cells[0][: found.start()], cells[0][found.end() :]
        inside = [_without(text, (before, after)) for text in cells]
        if len(cells) > 1 and all(_NUMBER.fullmatch(text) for text in inside) and len(set(inside)) > 1:
            return (before, after) if _are_of_an_amount(before.strip(), after.strip(), inside) else ()
    return ()


def _words_before_ranges(texts: Collection[str]) -> tuple[str, ...]:
    """What stands before the ranges of a column, the same in all cells: ``area 220-260 m²``.

    It is a word of amounts, or a unit stands behind each range: ``room 12-15`` is a name.
    """
    cells = list(texts)
    before = re.match(r"\D*", cells[0])[0] if cells else ""  # type: ignore[index]
    words = (before, "")
    inside = [_without(text, words) for text in cells]
    if not before.strip() or not all(text.startswith(before) for text in cells):
        return ()
    known = before.casefold().split()[-1] in _AMOUNT_WORDS
    are_amounts = known or not any(text[-1:].isdecimal() for text in inside)
    return words if are_amounts and _are_ranges(inside) else ()


def _are_of_an_amount(before: str, after: str, numbers: Collection[str]) -> bool:
    """Not a name with a number, as ``Room 12``, ``A-361`` or ``3号楼``; nor what other forms read."""
    if any(re.match(r"0\d", number) for number in numbers) or len(before) + len(after) > _MOST_WORDS:
        return False
    words = before.casefold().split()
    named = bool(words) and (words[-1] not in _AMOUNT_WORDS)
    glued = after[:1] in ("-", "_", "#") and after[1:2] != " "
    if named or glued or (after and after[0] in _NAME_ENDS) or not (after or words):
        return False
    letters = any(letter.isalpha() for letter in before + after)
    return letters or bool(re.fullmatch(r"/\d+", after))


def _without(text: str, words: tuple[str, ...]) -> str:
    """The text without these words at its two ends; the whole text if it lacks one of them."""
    if not words or not (text.startswith(words[0]) and text.endswith(words[1])):
        return text
    return text[len(words[0]) : len(text) - len(words[1])] or text


def _sized(text: str) -> tuple[str, float] | None:
    """The number of a size of data, and how many bytes its unit has."""
    found = _SIZE.fullmatch(text)
    factor = _size_of(found[2]) if found else None
    return (found[1], factor) if found and factor else None


def _size_of(unit: str) -> float | None:
    """Bytes: ``KB`` are 1000 and ``KiB`` 1024."""
    word = unit.casefold()
    if word in ("b", "byte", "bytes"):
        return 1.0
    if not re.fullmatch(r"[kmgtp]i?b", word):
        return None
    return (1024.0 if "i" in word else 1000.0) ** ("kmgtp".index(word[0]) + 1)


def _largest_unit(texts: Collection[str]) -> str:
    """Of a column in which all cells are sizes of data, in several units."""
    units = {found[2] for text in texts if (found := _SIZE.fullmatch(text))}
    if len(units) < 2 or not all(_sized(text) for text in texts):
        return ""
    return max(sorted(units), key=lambda unit: _size_of(unit) or 0.0)


def _pair(name: str, texts: Sequence[str]) -> AsItIs | None:
    """A word for a column of two numbers with a slash: each cell has them, and both differ."""
    pairs = [re.fullmatch(r"(\d+(?:\.\d+)?) ?/ ?(\d+(?:\.\d+)?)", text) for text in texts]
    found = [pair.groups() for pair in pairs if pair]
    if len(found) < _FEWEST_BOUND or len(found) < len(texts):
        return None
    firsts, seconds = zip(*found, strict=True)
    if len(set(firsts)) < 2 or len(set(seconds)) < 2:
        return None
    return AsItIs(name, "pair", {"first": texts[0]})
