"""The interface of column encoders, the list of them, and which of them a column belongs to.

An encoder is a small frozen dataclass in a module of its own: it recognises the columns of its kind, learns
from the training rows, and turns cells into numbers. A new kind needs no change elsewhere: all that differs
between kinds of features is asked here. (A target is a number, a truth value or a class; it has no encoder.)

The kind is inferred from *all* rows: one word in row 40,000 makes a column of numbers a column of text (and
`find_problems` says in which row it stands). What is *wrong* with a column, for instance that it is an
identifier, is not a kind but a `Finding`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from shoal.base import schema
from shoal.base.shown import plain
from shoal.tables._cells import LARGEST_WHOLE, parse_wholes
from shoal.tables._columns import Column, ColumnKind

if TYPE_CHECKING:
    import polars as pl

FloatArray = NDArray[np.float64]

MODULES = ("_number", "_boolean", "_date", "_clock", "_category")
"""The modules of this folder that hold an encoder. A column is of the first kind that recognises it; the last
one recognises whatever is left."""


class Recognised(NamedTuple):
    """What `ColumnEncoder.recognise` returns: the parsed cells, null where one is missing."""

    cells: pl.Series
    date_format: str | None = None


class ColumnEncoder(ABC):
    """Turns the cells of one kind of column into numbers.

    A subclass is a frozen dataclass with a field `name`, a field `missing` and what else it learns. Its
    definition is its registration::

        class KelvinEncoder(ColumnEncoder, kind="kelvin"): ...

    If no training row lacks a value, "missing" gets no feature: its weight would have no example to learn
    from, and would only add noise.
    """

    kind: ClassVar[str]
    checks: ClassVar[Mapping[str, schema.Check]]
    """The schema of its fields in a model file, but for `name` and `missing`."""

    name: str
    missing: bool
    """Whether a training row had no value."""

    def __init_subclass__(cls, kind: str) -> None:
        if kind in _ENCODERS:
            other = _ENCODERS[kind]
            raise TypeError(f"{kind!r} has an encoder already: {other.__name__} of {other.__module__}")
        cls.kind = kind
        _ENCODERS[kind] = cls

    @classmethod
    @abstractmethod
    def recognise(cls, series: pl.Series) -> Recognised | None:
        """The parsed cells if the column is of this kind, else None."""

    @classmethod
    @abstractmethod
    def fit(cls, series: pl.Series, column: Column) -> Self:
        """Learn from the training rows."""

    @property
    @abstractmethod
    def feature_names(self) -> tuple[str, ...]:
        """What each number is, for people."""

    @abstractmethod
    def encode(self, series: pl.Series) -> FloatArray:
        """The numbers, (rows, features), always finite; a DataError for a cell that is not of the kind.

        The column may have any type, also if it was text in training: from a DataFrame it may come as
        numbers, or as nothing but missing cells. `_cells.as_text` makes text of all of them.
        """

    # What most kinds answer alike:

    @classmethod
    def order(cls, series: pl.Series, column: Column) -> pl.Series | None:
        """The cells as values that can be sorted; None for a kind whose cells are only equal or not."""
        return None

    @classmethod
    def tells_rows_apart(cls, series: pl.Series, column: Column) -> bool:
        """False where the encoder, fitted to these rows, would give all of them the same numbers."""
        return True

    def surprises(self, series: pl.Series) -> dict[str, int]:
        """How many cells `encode` accepts but cannot use as written, by reason (`unseen`, `infinite`)."""
        return {}

    def details(self) -> Sequence[str]:
        """What was learned, for `shoal inspect`."""
        return ()

    def to_dict(self) -> dict[str, Any]:
        """In JSON's types only."""
        fields = asdict(self)  # type: ignore[call-overload]  # every subclass is a dataclass
        lists = {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items()}
        return {"kind": str(self.kind), **lists}

    @classmethod
    def from_dict(cls, document: object) -> Self:
        """The encoder that `to_dict` described, without its kind; a MismatchError for any other document."""
        checks = {"name": schema.text, "missing": schema.truth, **cls.checks}
        return cls(**schema.record(checks)(document))


_ENCODERS: dict[str, type[ColumnEncoder]] = {}


def encoders() -> list[type[ColumnEncoder]]:
    """The encoders in the order in which they are asked: those from elsewhere before `MODULES`."""
    ours = _modules()
    known = list(_ENCODERS.values())
    return sorted(known, key=lambda kind: ours.index(kind.__module__) if kind.__module__ in ours else -1)


@cache
def _modules() -> list[str]:
    """The names of the modules of our encoders, which are then imported."""
    return [import_module(f"{__package__}.{name}").__name__ for name in MODULES]


def encoder_of(kind: str) -> type[ColumnEncoder]:
    """The encoder for a kind of column; free text and nested cells have none and are read as categories."""
    known = {encoder.kind: encoder for encoder in encoders()}
    return known.get(kind, known[ColumnKind.CATEGORY])


def read_encoder(document: object) -> ColumnEncoder:
    """The encoder that `ColumnEncoder.to_dict` described; a MismatchError for any other document."""
    known = {str(encoder.kind): encoder.from_dict for encoder in encoders()}
    found: ColumnEncoder = schema.tagged("kind", known)(document)
    return found


# --- which kind a column is ----------------------------------------------------------------------------


def describe(frame: pl.DataFrame) -> list[Column]:
    """The columns of a table that `read_table` or `from_dataframe` returned, in its order."""
    return [describe_column(series) for series in frame]


def describe_column(series: pl.Series) -> Column:
    """One column: its kind, and how many cells are missing and distinct."""
    import polars as pl

    if series.dtype.is_nested() or series.dtype in (pl.Object, pl.Binary):
        return Column(series.name, ColumnKind.NESTED, len(series), series.null_count(), 0)
    kind, (cells, date_format) = _recognised(series)
    known = cells.drop_nulls()
    if kind == ColumnKind.CATEGORY and series.dtype == pl.String and _are_sentences(known):
        kind = ColumnKind.TEXT
    wholes = _wholes(series, known) if kind == ColumnKind.NUMBER else None
    distinct = (known if wholes is None else wholes).n_unique()
    missing = len(cells) - len(known)
    return Column(series.name, kind, len(cells), missing, distinct, wholes is not None, date_format)


def kind_of_cells(series: pl.Series) -> str:
    """The kind of a column that is not nested, by its cells alone: sentences are categories here."""
    return _recognised(series)[0]


def _recognised(series: pl.Series) -> tuple[str, Recognised]:
    """The first kind that recognises the column, and what it read."""
    answers = ((encoder.kind, encoder.recognise(series)) for encoder in encoders())
    return next((kind, found) for kind, found in answers if found is not None)


def _are_sentences(known: pl.Series) -> bool:
    """Nearly all different, and of four words or more (of Chinese, three characters or more)."""
    gaps = known.str.count_matches(r"\s+|\p{Han}").mean()
    return known.n_unique() >= 0.5 * len(known) and isinstance(gaps, float) and gaps >= 3


def _wholes(series: pl.Series, known: pl.Series) -> pl.Series | None:
    """The known numbers of a column, every digit of them, if all are whole; else None."""
    numbers = known.to_numpy()
    if not (numbers == np.round(numbers)).all():
        return None
    if (known.abs() < LARGEST_WHOLE).all():
        return known
    exact = parse_wholes(series).drop_nulls()
    return exact if len(exact) == len(known) else None


# --- what the encoders share ------------------------------------------------------------------------


def missing_name(encoder: ColumnEncoder) -> list[str]:
    """``age is missing``, if the encoder has a feature for it."""
    return [f"{plain(encoder.name)} is missing"] if encoder.missing else []


def missing_feature(encoder: ColumnEncoder, cells: pl.Series) -> list[FloatArray]:
    """1 where a cell is missing, if the encoder has a feature for it."""
    return [cells.is_null().to_numpy().astype(np.float64)] if encoder.missing else []
