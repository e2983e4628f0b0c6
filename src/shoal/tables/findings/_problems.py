"""Columns that would spoil what is learned, or fake a good score: reported first, never silently used."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shoal.base.errors import DataError
from shoal.base.shown import listed, quoted
from shoal.inspect._leaks import (
    CELLS,
    FEWEST_ROWS,
    NUMBER_R2,
    Codes,
    class_score,
    may_give_away,
    number_score,
    sampled_rows,
)
from shoal.tables._cells import LARGEST_WHOLE, NEARLY_ALL_NUMBERS, as_text, parse_numbers, parse_wholes
from shoal.tables._columns import Column, ColumnKind, Finding, FindingKind, find_column
from shoal.tables.encode import TargetEncoder, Task, encoder_of
from shoal.tables.encode._category import CategoryEncoder
from shoal.tables.findings._kinds import names_of_kinds
from shoal.tables.findings._strays import FEWEST_ROWS_TO_SUSPECT, strays
from shoal.tables.findings._together import leaks_together

if TYPE_CHECKING:
    import polars as pl

_NEARLY_ALL = 0.98
_HALF, _FEW_WORDS, _MANY_NUMBERS = 0.5, 3, 10  # a word or two among so many numbers are words for something
_LEAKS = (FindingKind.LEAK, FindingKind.LEAK_TOGETHER)
_MOSTLY_OTHER = 0.8
_NANOSECONDS = 1000  # since 1970 are whole numbers of 19 digits, and have no digits beyond microseconds
_KEY_WORDS = {"id", "ids", "uuid", "guid", "key", "index", "idx", "no", "nr", "num", "number", "row"}
_THINGS = """
object user customer client member person patient order product store shop item record case account employee
student transaction respondent response session house row unique sample subject station sensor vehicle event
ticket invoice company
"""
_GROWN_TOGETHER = re.compile(rf"({'|'.join(_THINGS.split())})(id|ids|no|nr|num|number|key)")
_KEY_ENDINGS = ("编号", "序号", "学号", "工号", "号码", "主键")


def find_problems(
    frame: pl.DataFrame,
    target: str | TargetEncoder,
    columns: Sequence[Column],
    task: str | None = None,
    learned: NDArray[np.intp] | None = None,
    told: Collection[str] = (),
) -> list[Finding]:
    """What is wrong with the columns of a table, in their order; of the target only that it has sentinels.

    * constant: one value, missing in no row; or missing in all; or numbers that are one and the same float64;
    * nested: lists, records, bytes;
    * identifier: in a text column, (nearly) all values differ; in a column of whole numbers, all differ, and
      they count the rows or the column has the name of a key. Measurements are not identifiers;
    * text: sentences;
    * rare: a category without a level that is in enough of the rows to learn from: all would be "other";
    * leak: the column alone predicts the target almost perfectly, see `shoal.inspect._leaks`;
    * leak_together: several columns make the target together, see `_together`;
    * mixed (kept): almost all cells are numbers, but not all;
    * sentinel (kept): one number or date, far from all others, in several rows;
    * slip (kept): single numbers hundreds of deviations away;
    * code (kept): whole numbers that may be names of kinds, one finding for all of them, see `_kinds`;
    * other (kept): a category of which nearly all cells are too rare a level.

    Of a column that is left out only that is said for which it is left out.

    If everything would be left out, leaks are kept; if there are none, identifiers that are numbers are kept.
    With no other column to learn from, they are what the user wants.

    Parameters
    ----------
    frame : polars.DataFrame
        All rows of the table; leaks are looked for in a sample of them.
    target : str or TargetEncoder
        The column to predict, or how it is read.
    columns : sequence of Column
        What `describe` said of the columns to look at.
    task : {"classification", "regression"}, optional
        Overrules what would be inferred.
    learned : ndarray of int, optional
        The rows that may be compared with the target (counted among those whose target is known), so that the
        held-out rows do not decide what is learned from. None for all.
    told : collection of str, optional
        Columns of which somebody said what they are: nobody asks again whether they are names of kinds.

    Raises
    ------
    DataError
        If the target cannot be learned at all, see `TargetEncoder.fit`.
    """
    encoder = target if isinstance(target, TargetEncoder) else TargetEncoder.fit(frame, target, task)
    known, y = encoder.transform(frame)
    learned = np.arange(len(y)) if learned is None else learned
    rows = learned[sampled_rows(len(learned))]
    sample, y = known[rows], y[rows]
    features = [column for column in columns if column.name != encoder.name]
    found = {c.name: _without_y(frame[c.name], known[c.name], learned, c) for c in features}
    unsuspected = [c for c in features if not any(finding.drop for finding in found[c.name])]
    leaks = _leaks(sample, unsuspected, y, encoder.task)
    alone = {leak.column for leak in leaks}
    numbers = [c for c in unsuspected if c.kind == ColumnKind.NUMBER and c.name not in alone]
    for leak in [*leaks, *_leaks_together(sample, numbers, y, encoder.task)]:
        found[leak.column].append(leak)
    problems = _spared([one for column in features for one in _settled(found[column.name])], features)
    dropped = {name for finding in problems if finding.drop for name in finding.columns}
    used = [column for column in features if column.name not in dropped and column.name not in told]
    codes = names_of_kinds(sample, used, y, encoder.task is Task.CLASSIFICATION)
    return [*problems, *codes, *_of_target(frame[encoder.name], columns, encoder.task)]


def _of_target(series: pl.Series, columns: Sequence[Column], task: Task) -> list[Finding]:
    """A number that may mean "missing" is learned, where it stands in the target."""
    if task is not Task.REGRESSION:
        return []
    own = [column for column in columns if column.name == series.name]
    return [one for column in own for one in strays(series, column) if one.kind is FindingKind.SENTINEL]


def choose_features(
    columns: Sequence[Column], target: str, findings: Sequence[Finding], keep: Collection[str] = ()
) -> list[Column]:
    """The columns to learn from: all but the target and what the findings drop, unless it is in `keep`.

    Raises
    ------
    DataError
        If no column is left, or there is no column of a name in `keep`.
    """
    names = [column.name for column in columns]
    wanted = {find_column(names, name) for name in keep}
    dropped = {name for finding in findings if finding.drop for name in finding.columns} - wanted
    features = [c for c in columns if c.name != target and c.name not in dropped]
    if not features:
        names = [name for name in names if name != target]
        raise DataError("tables.no_features", target=quoted(target), names=listed(names))
    return features


def _without_y(
    series: pl.Series, known: pl.Series, learned: NDArray[np.intp], column: Column
) -> list[Finding]:
    """What can be said without the target: of all cells, and of those to learn from."""
    found = _obvious(series, column)
    if not any(finding.drop for finding in found):
        found += [*strays(series, column), *_rare(known[learned], column)]
    return found


def _settled(findings: list[Finding]) -> list[Finding]:
    """A column is left out or used, never both: that words make numbers a category may be the reason."""
    if not any(finding.drop for finding in findings):
        return findings
    mixed = [replace(finding, drop=True) for finding in findings if finding.kind is FindingKind.MIXED]
    if mixed and all(finding.kind is FindingKind.RARE for finding in findings if finding.drop):
        return mixed
    return [finding for finding in findings if finding.drop]


def _obvious(series: pl.Series, column: Column) -> list[Finding]:
    """What the cells themselves show."""
    name, rows = column.name, column.rows
    counts = {"rows": rows, "distinct": column.distinct}
    if column.kind == ColumnKind.NESTED:
        return [Finding(FindingKind.NESTED, name)]
    if column.distinct == 0 or (column.distinct == 1 and column.missing == 0):
        return [Finding(FindingKind.CONSTANT, name, evidence=counts)]
    if column.kind == ColumnKind.NUMBER and _are_long_keys(series, column):
        return [Finding(FindingKind.IDENTIFIER, name, evidence=counts)]
    if column.whole and column.missing == 0 and (numbers := parse_numbers(series)).min() == numbers.max():
        return [Finding(FindingKind.CONSTANT, name, evidence={**counts, "close": True})]
    if column.kind == ColumnKind.TEXT:
        return [Finding(FindingKind.TEXT, name, evidence=counts)]
    if mixed := _mixed(series, column):
        return mixed  # numbers, with some words among them, name nothing
    if is_identifier(series, column):
        return [Finding(FindingKind.IDENTIFIER, name, evidence=counts)]
    return []


def _are_long_keys(series: pl.Series, column: Column) -> bool:
    """Whole numbers of 16 digits and more, all different; but not nanoseconds, which end in zeros."""
    known = column.rows - column.missing
    if not column.whole or known < FEWEST_ROWS_TO_SUSPECT or column.distinct < _NEARLY_ALL * known:
        return False
    if not (parse_numbers(series).abs() >= LARGEST_WHOLE).all():
        return False
    return not (parse_wholes(series) % _NANOSECONDS == 0).all()


def _rare(series: pl.Series, column: Column) -> list[Finding]:
    """A column that would become the same numbers in every row to learn from."""
    if encoder_of(column.kind).tells_rows_apart(series, column):
        return _other(series, column)
    counts = {"rows": column.rows, "distinct": column.distinct}
    return [Finding(FindingKind.RARE, column.name, evidence=counts)]


def _other(series: pl.Series, column: Column) -> list[Finding]:
    """A category with some levels, which are hardly ever there."""
    if column.kind != ColumnKind.CATEGORY:
        return []
    cells = as_text(series).drop_nulls()
    levels = CategoryEncoder.fit(series, column).levels
    rare = len(cells) - int(cells.is_in([*levels]).sum())
    if rare < _MOSTLY_OTHER * len(cells):
        return []
    evidence = {"count": rare, "rows": len(cells)}
    return [Finding(FindingKind.OTHER, column.name, drop=False, evidence=evidence)]


def identifiers_in(frame: pl.DataFrame, columns: Sequence[Column]) -> list[str]:
    """The names of the identifiers among these columns."""
    return [column.name for column in columns if is_identifier(frame[column.name], column)]


def is_identifier(series: pl.Series, column: Column) -> bool:
    """Whether its cells only number or name the rows."""
    known = column.rows - column.missing
    if known < FEWEST_ROWS_TO_SUSPECT:
        return False
    if column.kind == ColumnKind.CATEGORY:
        return column.distinct >= _NEARLY_ALL * known
    if not column.whole or column.distinct < known:
        return False
    numbers = parse_numbers(series).drop_nulls()
    running = float(numbers.max()) - float(numbers.min()) == known - 1  # type: ignore[arg-type]
    return running or _names_a_key(column.name)


def _names_a_key(name: str) -> bool:
    """Its first or last word is a word for keys: ``PassengerId``, ``id_of_shop``, 编号."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    ends = {word.lower() for word in words[:1] + words[-1:]}
    grown = any(_GROWN_TOGETHER.fullmatch(word) for word in ends)
    return grown or bool(ends & _KEY_WORDS) or name.endswith(_KEY_ENDINGS)


def _mixed(series: pl.Series, column: Column) -> list[Finding]:
    """Almost all cells are numbers, but not all (codes with leading zeros are all numbers)."""
    if column.kind != ColumnKind.CATEGORY:
        return []
    words = _words_among_numbers(series, column.rows - column.missing)
    if not words:
        return []
    first = words[0]
    evidence = {"row": first + 1, "value": str(series[first]), "count": len(words)}
    return [Finding(FindingKind.MIXED, column.name, drop=False, evidence=evidence)]


def _words_among_numbers(series: pl.Series, known: int) -> list[int]:
    """The places of cells that are no numbers, where almost all others are; else none.

    Two or three different words are enough where half the cells are numbers, many different ones.
    """
    words = (parse_numbers(series).is_null() & series.is_not_null()).arg_true()
    if len(words) <= (1 - NEARLY_ALL_NUMBERS) * known:
        return words.to_list()
    if len(words) > _HALF * known:
        return []
    kinds = series[words].n_unique()
    few = kinds <= _FEW_WORDS and series.drop_nulls().n_unique() - kinds > _MANY_NUMBERS
    return words.to_list() if few else []


def _leaks(sample: pl.DataFrame, columns: Sequence[Column], y: NDArray[Any], task: Task) -> list[Finding]:
    """The columns that give the target away; only what comes near is scored, for that takes its time."""
    classes = task is Task.CLASSIFICATION
    if not columns or (not classes and len(y) < FEWEST_ROWS):
        return []
    findings = []
    at_once = max(1, CELLS // len(y))
    for start in range(0, len(columns), at_once):
        block = columns[start : start + at_once]
        codes, ordered = _codes(sample, block)
        for k in np.flatnonzero(may_give_away(codes, ordered, y, classes)).tolist():
            findings += _leak(codes[k], bool(ordered[k]), y, classes, block[k].name)
    return findings


def _leak(codes: Codes, ordered: bool, y: NDArray[Any], classes: bool, name: str) -> list[Finding]:
    if classes:
        score = class_score(codes, ordered, y)
        found, evidence = score.is_leak, {"accuracy": score.accuracy}
    else:
        r2 = number_score(codes, ordered, y)
        found, evidence = r2 > NUMBER_R2, {"r2": r2}
    return [Finding(FindingKind.LEAK, name, evidence=evidence)] if found else []


def _leaks_together(
    sample: pl.DataFrame, columns: Sequence[Column], y: NDArray[Any], task: Task
) -> list[Finding]:
    """Numbers that give the target away only together; columns that do it alone are none of them."""
    if len(columns) < 2:
        return []
    X = np.stack([parse_numbers(sample[column.name]).to_numpy() for column in columns], axis=1)
    classes = task is Task.CLASSIFICATION
    findings = []
    for together in leaks_together(X, y, classes):
        first, *others = (columns[place].name for place in together.places)
        score = {"accuracy" if classes else "r2": together.score}
        evidence = {"others": others, "relation": together.relation, **score}
        findings.append(Finding(FindingKind.LEAK_TOGETHER, first, evidence=evidence))
    return findings


def _codes(sample: pl.DataFrame, columns: Sequence[Column]) -> tuple[Codes, NDArray[np.bool_]]:
    """Ranks of each column's cells without gaps (0 is missing), and whether their order means something."""
    import polars as pl

    orders = [encoder_of(column.kind).order(sample[column.name], column) for column in columns]
    cells = [
        as_text(sample[column.name]) if order is None else order
        for column, order in zip(columns, orders, strict=True)
    ]
    table = pl.DataFrame([series.alias(str(place)) for place, series in enumerate(cells)])
    ranks = table.select(pl.all().rank("dense").fill_null(0))  # of all columns in one pass
    return ranks.to_numpy().T.astype(np.intp), np.array([order is not None for order in orders])


def _spared(findings: list[Finding], features: Sequence[Column]) -> list[Finding]:
    """The findings; if they would drop all columns, those that may be kept are kept.

    Of identifiers only numbers may be: in a category with a level for every row there is nothing to learn.
    """
    if len({name for finding in findings if finding.drop for name in finding.columns}) < len(features):
        return findings
    numbers = {column.name for column in features if column.kind == ColumnKind.NUMBER}
    leaks = [finding for finding in findings if finding.kind in _LEAKS]
    keys = [f for f in findings if f.kind is FindingKind.IDENTIFIER and f.column in numbers]
    spared = leaks or keys
    return [replace(finding, drop=finding.drop and finding not in spared) for finding in findings]
