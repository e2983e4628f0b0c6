"""Loading a model that can read tables."""

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from shoal.base.errors import ModelFileError, UsageError
from shoal.base.texts import text
from shoal.cli._out import ENDINGS
from shoal.cli._tables import read_noted

if TYPE_CHECKING:
    import polars

    from shoal.tables._estimator import TableEstimator
    from shoal.tables._inside import TableExamples


class ModelOnTable(NamedTuple):
    """A model, and a table as the X and y of the estimator inside it."""

    model: "TableEstimator"
    examples: "TableExamples"  # X, y and where each row stands in the table
    left_out: int  # rows of the table without a target
    surprises: list[dict[str, Any]]  # cells that the model does not understand, for JSON
    notes: list[dict[str, Any]]  # what was noticed about the file, for JSON


def load_model_on_table(
    path: Path, table: Path, reading: Mapping[str, Any], *, target: bool = True
) -> ModelOnTable:
    """The model in one file and the rows in another, for commands that look inside.

    What the model does not understand is said on stderr. With `target` False, a table without the target's
    column will do; see `TableClassifier.examples`. `reading` is what `open_table` takes.
    A model that was trained on
    arrays is refused, as by `shoal predict`: nothing says which column of a table is which row of its W[1].
    """
    model = load_table_model(path)
    frame, notes = read_noted(table, reading)
    examples = model.examples(frame, target=target)
    left_out = frame.height - len(examples.rows)
    return ModelOnTable(model, examples, left_out, tell_surprises(model, frame), notes)


def load_table_model(path: Path) -> "TableEstimator":
    """The model in a file that `shoal train` wrote; one that was trained on arrays is refused."""
    from shoal.saving import load
    from shoal.tables._estimator import TableEstimator

    try:
        model = load(path)
    except ModelFileError:
        if path.suffix.lower() in ENDINGS:
            raise UsageError("cli.table_for_model", path=path) from None
        raise
    if not isinstance(model, TableEstimator):
        raise UsageError("training.no_table", path=path)
    return model


def tell_surprises(model: "TableEstimator", frame: "polars.DataFrame") -> list[dict[str, Any]]:
    """Say on stderr which cells the model does not understand; return them for JSON."""
    found = model.surprises(frame)
    for surprise in found:
        print(text("cli.note", message=surprise), file=sys.stderr)
    return [asdict(surprise) for surprise in found]
