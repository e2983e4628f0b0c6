"""The words by which a row of units or a sum below a table is known, and what counts as a number there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import fsum, isclose

_UNIT_WORDS = """
mm cm dm m km in inch inches ft feet yd mi mile miles nm µm um mg g kg t lb lbs oz gram grams ton
tons s ms µs us ns min h hr hrs sec second seconds minute minutes hour hours day days week weeks
month months year years yr yrs ml l cl dl liter litre liters gal hz khz mhz ghz pa hpa kpa mpa bar
mbar psi n j kj mj kwh wh w kw mw v mv a ma ohm c f k °c °f deg degree degrees ° rad mol mmol µmol
ppm ppb % percent ‰ usd eur gbp cny rmb jpy chf $ € £ ¥ count counts number # unit units unitless
dimensionless score index ratio 元 万元 亿元 美元 欧元 日元 个 人 件 台 次 岁 年 月 日 天 时 小时 分
分钟 秒 米 厘米 毫米 公里 千米 克 千克 公斤 吨 升 毫升 度 摄氏度 平方米 立方米 stück anzahl jahre
jahr tage tag monate stunden minuten sekunden prozent
"""
_UNITS = frozenset(_UNIT_WORDS.split())
_SUM_WORDS = """
total totals subtotal sum sums grand average avg mean count summe gesamt gesamtsumme insgesamt
suma somme totale totaux totaal somma summa razem celkem toplam promedio moyenne media média średnia
итого всего сумма среднее 합계 평균 合計 平均
mittelwert durchschnitt 合计 总计 小计 总和 总数 汇总 平均 平均值 共计
"""
_SUMS = frozenset(_SUM_WORDS.split())
_SOURCE_WORDS = """
source sources note notes notice generated exported created quelle hinweis anmerkung fonte fontes
fuente fuentes nota notas remarque remarques źródło uwaga uwagi источник примечание bron opmerking
来源 数据来源 出典 注 备注 说明
"""
_SOURCES = frozenset(_SOURCE_WORDS.split())
_CELL_WORDS = "text string str char name names id code label type class category date time"
_ABOUT_CELLS = frozenset(_CELL_WORDS.split())
_ROUNDED = 1e-3  # relative: how far a printed sum or mean may be from ours
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
_DATE = re.compile(r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([T ]\d{1,2}:\d{2}.*)?")


def is_number(cell: str) -> bool:
    """Plain digits, with a point or a comma."""
    return _NUMBER.fullmatch(cell.strip()) is not None


def is_mostly_digits(cell: str) -> bool:
    """A number, in whatever dress, or a date: at least half of its letters and digits are digits."""
    digits = sum(map(str.isdigit, cell))
    return digits > 0 and 2 * digits >= sum(map(str.isalnum, cell))


def as_number(cell: str) -> float:
    """A cell that `is_number`."""
    return float(cell.strip().replace(",", "."))


def is_date(cell: str) -> bool:
    """Day, month and year in digits, perhaps with the time."""
    return _DATE.fullmatch(cell.strip()) is not None


def is_unit(cell: str) -> bool:
    """``cm``, ``(kg/m2)``, ``[%]``."""
    cell = cell.strip()
    bare = cell[1:-1] if cell[:1] + cell[-1:] in ("()", "[]") else cell
    parts = [part for part in re.split(r"[/*·^\s]|\d|\*\*|-(?=\d)", bare) if part]
    return bool(parts) and all(part.casefold() in _UNITS for part in parts)


def says_nothing(cell: str) -> bool:
    """What stands above text in a row of units: nothing, a unit, or what kind of cells follow."""
    return cell.strip().casefold() in {"", "-", *_ABOUT_CELLS} or is_unit(cell)


def _first_word(cell: str) -> str:
    return re.split(r"[\s:：.,]", cell.strip().casefold())[0]


def begins_as_footer(cells: Sequence[str]) -> bool:
    """Whether the first cell that holds something begins with a word for a sum or a source."""
    first = next((cell for cell in cells if cell.strip()), "")
    return _first_word(first) in _SUMS | _SOURCES


def says_footer(cells: Sequence[str], rows: Sequence[Sequence[str]], fields: int) -> bool:
    """Whether a last record is a sum or a source, and no row.

    A source is a single cell that starts with a word for it. A sum starts with such a word, which no other
    row has in that column; and it stands in a column of numbers or dates, or is nothing but such words and
    leaves a cell empty, or its numbers are the sums or the means of those above.
    """
    filled = [place for place, cell in enumerate(cells) if cell.strip()]
    if not filled or len(rows) < 3 or fields < 2:  # fewer show nothing
        return False
    first = cells[filled[0]].strip()
    word = _first_word(first)
    if word in _SOURCES:
        return len(filled) == 1 and re.match(r"\w+\s*[:：]", first) is not None
    above = [row[filled[0]].strip() for row in rows if len(row) > filled[0]]
    if word not in _SUMS or len(cells) > fields or any(word == _first_word(cell) for cell in above):
        return False
    only = all(part in _SUMS or part.isdigit() for part in re.findall(r"\w+", first.casefold()))
    if (only and len(filled) < fields) or all(is_number(cell) or is_date(cell) for cell in above if cell):
        return True
    return _adds_up(cells, rows)


def _adds_up(cells: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether each number of a record is the sum of those above it, or each their mean."""
    found = []
    for place, cell in enumerate(cells):
        above = [as_number(row[place]) for row in rows if place < len(row) and is_number(row[place])]
        if is_number(cell) and above:
            found.append((as_number(cell), fsum(above), fsum(above) / len(above)))
    sums = all(isclose(said, total, rel_tol=_ROUNDED) for said, total, _ in found)
    means = all(isclose(said, mean, rel_tol=_ROUNDED) for said, _, mean in found)
    return bool(found) and (sums or means)
