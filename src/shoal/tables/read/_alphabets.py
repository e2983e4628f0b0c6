"""Encodings of one byte a letter: which makes the most sense of the bytes of a file.

Nearly any bytes are text in nearly all of these encodings. What tells them apart are letters: those of
a text belong to one language (``ø`` and ``ì`` never go together, but are the Czech ``ř`` and ``ě``), stand
in words of their script, and are capital only where a word begins or as a whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_LATIN = (  # the letters beyond ASCII of one language each, or of close ones
    "äöüß", "àâçèéêëîïôùûüÿœæ", "áéíñóúü", "àáâãçéêíóôõú", "àèéìíîòóù", "åäöé", "åæøéèòóâê", "áðéíóúýþæö",
    "äëéèïöüó", "äöõü",
)  # fmt: skip
_CENTRAL = ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîșțşţ")
_TURKISH = ("çğıiöşüâîû",)  # "İ" in small begins with an i
_CYRILLIC = (
    "абвгдежзийклмнопрстуфхцчшщъыьэюяё",
    "абвгдежзийклмнопрстуфхцчшщьюяєіїґ",
    "абвгдђежзијклљмнњопрстћуфхцчџш",
)
_GREEK = ("αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ",)
_SIGNS = frozenset("€£¥§°²³µ±½¼¾×÷«»„‚“”‘’‹›–—…•·®©™ªº¿¡¢‰†№\xa0\xad")
_INSIDE = frozenset("’‘·\xad")  # signs that stand in words
_COMMON = frozenset("оеаинтсрвлαοιετσνηυρ")  # more than half of the letters of a text in Russian or Greek
_SEEN = 20_000  # bytes beyond ASCII
_ENOUGH = 0.95
_CLEARLY = 0.05  # so much better than the one before it in the order

_TRIED = (
    ("Windows-1252", "cp1252", _LATIN),
    ("Windows-1250", "cp1250", _CENTRAL),
    ("Windows-1251", "cp1251", _CYRILLIC),
    ("Windows-1253", "cp1253", _GREEK),
    ("Windows-1254", "cp1254", _TURKISH),
    ("ISO 8859-2", "iso8859_2", _CENTRAL),
    ("KOI8-R", "koi8_r", _CYRILLIC),
    ("Mac Roman", "mac_roman", _LATIN),
)
"""In this order: a later one must make clearly more sense. Names, as Python calls them, alphabets."""
NAMES = tuple(name for name, *_ in _TRIED)


def most_sensible(data: bytes) -> tuple[str, str] | None:
    """The name of the encoding and its text, or None if none makes enough sense."""
    best, found = 0.0, None
    for name, codec, alphabets in _TRIED:
        try:
            content = data.decode(codec)
        except UnicodeDecodeError:
            continue
        sense, frequent = _sense(content, alphabets)
        if sense >= _ENOUGH and sense + frequent > best + _CLEARLY:
            best, found = sense + frequent, (name, content)
    return found


def _sense(content: str, alphabets: Sequence[str]) -> tuple[float, float]:
    """The share of the characters beyond ASCII that make sense; and, of a far script, of frequent letters."""
    counts: Counter[str] = Counter()
    latin = alphabets[0][0] not in _CYRILLIC[0] + _GREEK[0]
    signs = others = 0
    for word in _words(content):
        beyond = [one for one in word if not one.isascii() and one not in _INSIDE]
        if not word[0].isalpha():
            signs, others = signs + (word in _SIGNS), others + (word not in _SIGNS)
        elif _is_word(word, beyond, latin, alphabets is _LATIN):
            counts.update(one.lower()[0] for one in beyond)
        else:
            others += len(beyond)
    known = max(sum(counts[one] for one in alphabet) for alphabet in alphabets)
    total = counts.total() + signs + others
    frequent = 0.0 if latin else sum(counts[one] for one in _COMMON) / max(1, counts.total())
    return (known + signs) / max(1, total), frequent


def _words(content: str) -> list[str]:
    """Each word that holds a letter beyond ASCII, with the signs grown into it; and each sign alone."""
    found, seen = [], 0
    for match in re.finditer(r"[^\W\d_]*[^\x00-\x7f][^\W\d_]*(?:[^\x00-\x7f]+[^\W\d_]*)*", content):
        word = match[0]
        edges = "".join(_SIGNS - {"µ", "ª", "º"})
        inside = word.strip(edges)
        found += [one for one in word if one in edges and one not in inside]
        found += [inside] if inside else []
        seen += len(word)
        if seen > _SEEN:
            break
    return found


def _is_word(word: str, beyond: Sequence[str], latin: bool, western: bool) -> bool:
    """Letters, capital at the beginning or all over; in a western word of several letters one is of ASCII."""
    bare = "".join(one for one in word if one not in _INSIDE)
    if not all(one.isalpha() for one in bare):
        return False
    if not (bare[1:].islower() or bare[1:] == "" or bare.isupper() or _is_joined(bare)):
        return False
    if latin:
        return not western or len(bare) == 1 or any(one.isascii() for one in bare)
    return len(beyond) == len(bare)


def _is_joined(word: str) -> bool:
    """``McGonagall``, ``DüsseldorfKöln``: a capital of ASCII inside a word."""
    return all(not one.isupper() or one.isascii() for one in word[1:])
