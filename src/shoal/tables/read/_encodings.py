"""Bytes become text: by the marks of Unicode, as UTF-8, or in another encoding whose text makes sense.

Most bytes can be read in most encodings, so what decides is what comes out. GB18030 and Big5 must give
characters of their common half, Shift-JIS kana and common kanji, EUC-KR Hangul; encodings of one byte a
letter the letters of one language, where such a letter may stand, and signs beside numbers. A character
between Latin letters, as the umlaut of a German word read as Chinese, speaks against. Text of which too
little makes sense is refused, and ``--encoding`` says what it is.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from itertools import islice

from shoal.base.errors import DataError, UsageError
from shoal.base.shown import quoted
from shoal.tables._notes import Note
from shoal.tables.read._alphabets import NAMES, most_sensible

_MARKS = (  # the longer before the shorter: a mark of UTF-32 begins with one of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PAGE = re.compile(r"\s*<(!doctype html|html|head|body|table|meta|\?xml)\b", re.IGNORECASE)
_LOOKED_AT = 4000  # characters beyond ASCII
_SENSE = 0.7  # the share of them that must make sense in an encoding of many thousands of characters
_SENSE_LATIN = 0.9
_LATIN_WORDS = frozenset("äöüßÄÖÜàâáãåæçèéêëìíîïñòóôõøœùúûýÿÀÂÁÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕØŒÙÚÛÝšžŠŽ")
_LATIN_SIGNS = frozenset("€£¥§°²³µ±½¼¾×÷«»„‚“”‘’‹›–—…•·®©™ªº¿¡¢‰†\xa0\xad")
_INSIDE_WORDS = frozenset("’‘·\xad")
_KOREAN_END = 0xC9  # Korean written in EUC-KR uses rows of the common half of Chinese, but none from here on
_FEWEST_TO_TELL = 12


def decoded(data: bytes, path: str, encoding: str | None = None) -> tuple[str, tuple[Note, ...]]:
    """The text in the bytes, and what is to be said of its encoding. `encoding` overrules everything.

    Raises
    ------
    UsageError
        If Python knows no encoding of that name.
    DataError
        If the text is not in that encoding; without one, if it is in none that is tried; if it is empty.
    """
    if encoding is not None:
        content = _strict(data, known_encoding(encoding), path)
        notes: tuple[Note, ...] = ()
    else:
        content, notes = _found(data, path)
    content = content.lstrip("\ufeff")  # a file may begin with two of them
    if not content.strip():
        raise DataError("tables.empty", path=path)
    if "\0" in content:
        raise DataError("tables.binary", path=path)
    if _PAGE.match(content):
        raise DataError("tables.web_page", path=path)
    return content, notes


def known_encoding(name: str) -> str:
    """The name as Python writes it; a UsageError if there is no such encoding of text."""
    try:
        found = codecs.lookup(name)
        "".encode(found.name)  # refuses what makes bytes of bytes
    except (LookupError, ValueError, TypeError) as error:
        raise UsageError("tables.unknown_encoding", name=quoted(name)) from error
    return found.name


def refuse_binary(data: bytes, path: str, encoding: str | None = None) -> None:
    """Refuse what cannot be a table of text; the first bytes of a file are enough."""
    wide = encoding is not None or any(data.startswith(mark) for mark, _ in _MARKS)
    if b"\0" in data and not wide:
        raise DataError("tables.binary", path=path)


def _found(data: bytes, path: str) -> tuple[str, tuple[Note, ...]]:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _strict(data, name, path), (Note("encoding", {"encoding": name.upper()}),)
    refuse_binary(data, path)
    try:
        return data.decode(), ()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    found = next((one for one in _readings(data) if one is not None), None)
    if found is not None:
        return found[1], (Note("encoding", {"encoding": found[0]}),)
    tried = dict.fromkeys([*(name for name, *_ in _FIRST), *NAMES, *(name for name, *_ in _LAST)])
    raise DataError("tables.not_utf8", path=path, line=line, tried=", ".join(tried))


def _readings(data: bytes) -> Iterator[tuple[str, str] | None]:
    """Each encoding that is tried, in order: its name and the text, or None if that makes no sense."""
    yield from (_reading(data, *one) for one in _FIRST)
    yield most_sensible(data)
    yield from (_reading(data, *one) for one in _LAST)


def _reading(
    data: bytes, name: str, codec: str, makes_sense: Callable[[str], bool]
) -> tuple[str, str] | None:
    try:
        content = data.decode(codec)
    except UnicodeDecodeError:
        return None
    return (name, content) if makes_sense(content) else None


def _strict(data: bytes, encoding: str, path: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        line = data.count(b"\n", 0, getattr(error, "start", 0)) + 1
        raise DataError("tables.not_encoding", path=path, line=line, encoding=encoding) from error


# --------------------------------------------------------------------------- what makes sense


def _beyond_ascii(content: str) -> list[tuple[str, str, str]]:
    """The first characters beyond ASCII, each with the one before and the one after it."""
    found = islice(re.finditer(r"[^\x00-\x7f]", content), _LOOKED_AT)
    places = [match.start() for match in found]
    return [(content[i], content[i - 1 : i], content[i + 1 : i + 2]) for i in places]


def _in_letters(before: str, after: str) -> bool:
    """Beside a Latin letter, and beside no other character of a far language."""
    beside = [one for one in (before, after) if one and not one.isspace()]
    return any(one.isascii() and one.isalpha() for one in beside) and all(one.isascii() for one in beside)


def _is_neutral(character: str) -> bool:
    """Punctuation and full-width signs: found in all of these encodings."""
    code = ord(character)
    return 0x3000 <= code <= 0x303F or 0xFF00 <= code <= 0xFF60 or 0x2000 <= code <= 0x26FF or code < 0x100


def _share(content: str, common: Callable[[str], bool]) -> float:
    """The share of the characters, neutral ones aside, that are common and stand where such a one may."""
    judged = [found for found in _beyond_ascii(content) if not _is_neutral(found[0])]
    good = sum(common(one) and not _in_letters(before, after) for one, before, after in judged)
    return good / len(judged) if judged else 0.0


def _lead(character: str, codec: str) -> int:
    """The first of the two bytes of a character; 0 if it has not two there."""
    written = character.encode(codec, "ignore")
    return written[0] if len(written) == 2 else 0


def _is_chinese(content: str) -> bool:
    if _share(content, lambda one: 0xB0 <= _lead(one, "gb2312") <= 0xD7) < _SENSE:
        return False
    leads = [lead for one, *_ in _beyond_ascii(content) if (lead := _lead(one, "gb2312")) >= 0xB0]
    return len(leads) < _FEWEST_TO_TELL or max(leads) >= _KOREAN_END


def _is_japanese(content: str) -> bool:
    def common(one: str) -> bool:
        return 0x3040 <= ord(one) <= 0x30FF or 0x88 <= _lead(one, "shift_jis") <= 0x97

    return _share(content, common) >= _SENSE


def _is_traditional(content: str) -> bool:
    return _share(content, lambda one: 0xA4 <= _lead(one, "big5") <= 0xC6) >= _SENSE


def _is_korean(content: str) -> bool:
    return _share(content, lambda one: 0xB0 <= _lead(one, "euc_kr") <= 0xC8) >= _SENSE


def _is_latin(content: str) -> bool:
    found = _beyond_ascii(content)
    return sum(_fits_latin(*one) for one in found) >= _SENSE_LATIN * len(found)


def _fits_latin(one: str, before: str, after: str) -> bool:
    """An accented letter inside or at the edge of a word, or a sign that is not inside one."""
    beside = [other for other in (before, after) if other.isalpha()]
    if one in _LATIN_SIGNS:
        return one in _INSIDE_WORDS or len(beside) < 2
    if one not in _LATIN_WORDS or any(not other.isascii() and other not in _LATIN_WORDS for other in beside):
        return False
    if len(beside) == 2 and not any(other.isascii() for other in beside):
        return False  # three accented letters in a row
    return not (one.isupper() and before.islower())


_FIRST: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("GB18030", "gb18030", _is_chinese),
    ("Shift-JIS", "cp932", _is_japanese),
    ("EUC-KR", "cp949", _is_korean),
)
_LAST = (("Windows-1252", "cp1252", _is_latin), ("Big5", "big5", _is_traditional))
"""In this order, the first whose text makes sense: names, as Python calls them, the test. Between both stand
the encodings of one byte a letter, of which one must be certain (`most_sensible`)."""
