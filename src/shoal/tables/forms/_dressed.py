"""One cell that looks like a number in other dress: its sign, digits, currency, unit, and what multiplies."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

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


def dissect(cell: str) -> Parts | None:
    """The parts of a normal cell, None if it does not look like a number."""
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
    rest = _MONEY.get(rest.casefold(), rest)
    if found["part"]:
        part = unicodedata.numeric(found["part"].strip())
    body = found["body"] or "0"
    if part and not body.isdigit():
        return None
    bound = found["bound"] or found["more"] or ""
    return Parts(negative, body, found["power"] or "", times, before, rest, bound, part)


def _as_power(found: re.Match[str]) -> str:
    """``×10³`` as ``e3``."""
    return f"e{found[1] or found[2].translate(_RAISED)}"


def _without_fraction(cell: str) -> tuple[str, float]:
    """Of ``4 1/2 in`` ``4 in`` and a half."""
    found = _MIXED.search(cell)
    if found is None or not 0 < int(found[2]) < int(found[3]):
        return cell, 0.0
    return cell[: found.end(1)] + cell[found.end() :], int(found[2]) / int(found[3])
