"""Loading a model that can read tables."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shoal.base.errors import UsageError
from shoal.base.texts import text

if TYPE_CHECKING:
    import polars

    from shoal.tables import TableModel


def load_table_model(path: Path) -> "TableModel":
    """The model in a file that `shoal train` wrote; one that was trained on arrays is refused.

    Its report is checked too: `load` leaves its form to `TrainingRecord`.
    """
    from shoal.saving import load
    from shoal.tables import TableModel, TrainingRecord

    model = load(path)
    if not isinstance(model, TableModel):
        raise UsageError("training.no_table", path=path)
    if model.report:  # one that was put together in Python may have none
        TrainingRecord.from_dict(model.report, model.target.task)
    return model


def tell_surprises(model: "TableModel", frame: "polars.DataFrame") -> list[dict[str, Any]]:
    """Say on stderr which cells the model does not understand; return them for JSON."""
    found = model.encoder.surprises(frame)
    for surprise in found:
        print(text("cli.note", message=surprise), file=sys.stderr)
    return [asdict(surprise) for surprise in found]
