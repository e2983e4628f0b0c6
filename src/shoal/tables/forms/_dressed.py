"""One cell that looks like a number in other dress: its sign, digits, currency, unit, and what multiplies."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import NamedTuple

from shoal.tables.forms._form import words_of

CURRENCIES = {
    "$": "$ US$ USD dollar dollars",
    "€": "€ EUR euro euros",
    "£": "£ GBP",
    "¥": "¥ ￥ RMB CNY 元 人民币 块 yuan",
    "円": "円 JPY",
    "₹": "₹ INR Rs Rs.",
    "CHF": "CHF Fr. SFr.",
    "₽": "₽ RUB руб руб. рублей р.",
    "₩": "₩ KRW 원",
    "₴": "₴ UAH грн грн.",
    "zł": "zł zl PLN",
    "Kč": "Kč CZK",
    "Ft": "Ft HUF",
    "kr": "kr kr.",
    "₺": "₺ TRY TL",
    "฿": "฿ THB",
    "₫": "₫ VND đ",
    "₪": "₪ ILS",
    "₦": "₦ NGN",
    "₱": "₱ PHP",
    "R$": "R$ BRL",
    "A$": "A$ AUD",
    "C$": "C$ CAD",
    "HK$": "HK$ HKD",
    "NT$": "NT$ TWD",
    "S$": "S$ SGD",
    **{sign: sign for sign in ["₿", "NZD", "SEK", "NOK", "DKK", "MXN", "ZAR"]},
}
_MONEY = {word.casefold(): name for name, words in CURRENCIES.items() for word in words.split()}
_BEFORE = "|".join(re.escape(word) for word in sorted(_MONEY, key=len, reverse=True))
_TIMES = {"万": 1e4, "萬": 1e4, "亿": 1e8, "億": 1e8, "千": 1e3, "百万": 1e6, "千万": 1e7}
_POWERS = {
    1e3: "k thousand tsd. tys. тыс тыс.",
    1e5: "lakh lakhs lac lacs",
    1e6: "m mn mio mio. million millions mln млн millón millones milhão milhões milione milioni",
    1e7: "crore crores cr cr.",
    1e9: "b bn mrd mrd. billion billions mld млрд milliard milliards miliardi",
}
_SUFFIXES = {word: factor for factor, words in _POWERS.items() for word in words.split()}
_LETTERS = {"k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9, "t": 1e12}
_OF_MONEY_AND_PEOPLE = """
price salary income cost costs revenue views followers likes subscribers downloads installs population budget
gross sales volume amount value funding worth cap users reviews size shares comments plays visits
"""
_NAMES_OF_AMOUNTS = frozenset(_OF_MONEY_AND_PEOPLE.split())
_MEASURED = "distance length race run height width depth temp temperature kelvin event time age months course"
_NAMES_OF_MEASURES = frozenset(_MEASURED.split())
LIMITS = ("<", ">", "<=", ">=", "≤", "≥")
BOUNDS = (*LIMITS, "~", "≈", "+")
"""What says that a number is not exact; only those of `LIMITS` may make classes, as <=50K and >50K do."""

FRACTIONS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_DRESSED = re.compile(
    r"(?P<open>\()?\s*(?P<bound>[<>]=?|[≤≥~≈])?\s*(?P<sign>[+-])?\s*"
    rf"(?P<before>{_BEFORE})?\s*(?P<sign2>[+-])?\s*"
    rf"(?P<body>\d[\d.,' ]*\d|\d|[.,]\d+|(?=[{FRACTIONS}]))(?P<power>e[+-]?\d+)?(?P<part>\s?[{FRACTIONS}])?"
    r"\s*(?P<times>百万|千万|[万萬亿億千])?\s*(?P<rest>[^\d\s().,'+\-_#:;][^\d()\-+]{0,14}?[23²³]?)?"
    r"\s*(?P<more>\+)?\s*(?P<trailing>-)?\s*(?P<close>\))?",
    re.IGNORECASE,
)
_OF_TEN = re.compile(r"\s?[x×·*]\s?10\s?(?:\^\s?([+-]?\d+)|([⁺⁻]?[⁰¹²³⁴-⁹]+))", re.IGNORECASE)
_RAISED = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
_NO_CENTS = re.compile(r"(?<=\d)[.,][-–—]{1,2}(?!\d)")
_MIXED = re.compile(r"(?<![\d.,/])(\d+) (\d{1,2})/(\d{1,2})(?![\d/])")


class Parts(NamedTuple):
    """A cell that looks like a number in other dress."""

    negative: bool
    body: str
    power: str
    times: float
    before: str  # a currency
    rest: str  # a currency, %, a unit
    bound: str = ""  # one of `BOUNDS`: less than, more than, about
    part: float = 0.0  # a half and the like, beside a whole number


def dissect(cell: str, letters: bool = False) -> Parts | None:
    """The parts of a normal cell, None if it does not look like a number.

    With `letters` a bare K, M, B, G or T behind the number multiplies it.
    """
    cell, part = _without_fraction(_NO_CENTS.sub("", _OF_TEN.sub(_as_power, cell)))
    found = _DRESSED.fullmatch(cell)
    if found is None or (found["open"] is None) != (found["close"] is None):
        return None
    signs = [sign for sign in (found["sign"], found["sign2"], found["trailing"], found["open"]) if sign]
    if len(signs) > 1:
        return None
    negative = bool(signs) and signs[0] in "-("
    before, rest = (found["before"] or "").casefold(), (found["rest"] or "").strip()
    before = _MONEY.get(before, "")
    times = _TIMES.get(found["times"] or "", 1.0)
    head, _, tail = rest.partition(" ")
    if (
        times == 1.0
        and head.casefold() in _SUFFIXES
        and (before or tail.casefold() in _MONEY or len(head) > 2)
    ):
        times, rest = _SUFFIXES[head.casefold()], tail  # $1.2M; but 5 m is a length
    if letters and times == 1.0 and rest.casefold() in _LETTERS:
        times, rest = _LETTERS[rest.casefold()], ""
    rest = _MONEY.get(rest.casefold(), rest)
    if found["part"]:
        part = unicodedata.numeric(found["part"].strip())
    body = found["body"] or "0"
    if part and not body.isdigit():
        return None
    bound = found["bound"] or found["more"] or ""
    return Parts(negative, body, found["power"] or "", times, before, rest, bound, part)


def letters_multiply(name: str, cells: Collection[Parts]) -> bool:
    """Whether K, M, B behind the numbers of a column are thousands, millions, billions, and no units.

    Two of them say so, but ``800m`` and ``5k`` are distances; one does beside numbers without any, as in
    ``950`` and ``1.2K``, if the name or the sizes agree.
    """
    written = {parts.rest for parts in cells} - {""}
    letters = {letter.casefold() for letter in written}
    if not letters or not letters <= _LETTERS.keys() or written & {"g", "t"}:
        return False
    words = set(words_of(name))
    decimals = any(parts.rest == "m" and not parts.body.isdigit() for parts in cells)
    small = written <= {"k", "K", "m"} and (not decimals or bool(words & _NAMES_OF_MEASURES))
    if len(letters - {"t"}) > 1 or (len(letters) > 1 and letters & {"b", "g"}):
        return not small or bool(words & _NAMES_OF_AMOUNTS)
    bare = [size for parts in cells if not parts.rest and (size := about(parts.body))]
    if not bare or len(letters) > 1 or written & {"m", "b"}:
        return False
    if words & _NAMES_OF_AMOUNTS:
        return True
    smallest = min(about(parts.body) or 0.0 for parts in cells if parts.rest)
    factor = _LETTERS[letters.pop()]
    least = 10 if factor == 1e3 else 1000  # times as much in a cell without the letter is no chance
    return not words & _NAMES_OF_MEASURES and least * smallest <= max(bare) <= factor * smallest


def about(body: str) -> float | None:
    """About how much the digits say, before it is known which marks the column has; None if nothing."""
    digits = re.sub(r"[ ']|[.,](?=\d{3}(?!\d))", "", body).replace(",", ".")
    try:
        return float(digits)
    except ValueError:
        return None


def _as_power(found: re.Match[str]) -> str:
    """``×10³`` as ``e3``."""
    return f"e{found[1] or found[2].translate(_RAISED)}"


def _without_fraction(cell: str) -> tuple[str, float]:
    """Of ``4 1/2 in`` ``4 in`` and a half."""
    found = _MIXED.search(cell)
    if found is None or not 0 < int(found[2]) < int(found[3]):
        return cell, 0.0
    return cell[: found.end(1)] + cell[found.end() :], int(found[2]) / int(found[3])
