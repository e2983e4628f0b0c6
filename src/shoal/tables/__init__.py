"""Floor 6, a person's table: read it, find its problems, encode it, train on it, judge, search.

`train_table` and `search_table` do all of it and return a `TableClassifier` or `TableRegressor`, which are
estimators of scikit-learn. They call, and so may you: `read_table` or `from_dataframe`, then `find_forms`,
`describe`, `TargetEncoder` and `find_problems`, then `choose_features`, then `TableEncoder`. Columns are
matched by name. Whatever is learned about a column (its mean, its levels, how its cells are written) is
learned from the rows given to ``fit`` and then only applied.
"""

from typing import TYPE_CHECKING

from shoal.base.lazy import lazily

if TYPE_CHECKING:
    from shoal.tables._classifier import TableClassifier as TableClassifier
    from shoal.tables._columns import Column as Column
    from shoal.tables._columns import ColumnKind as ColumnKind
    from shoal.tables._columns import Finding as Finding
    from shoal.tables._columns import FindingKind as FindingKind
    from shoal.tables._evaluation import Evaluation as Evaluation
    from shoal.tables._grid_file import read_grids as read_grids
    from shoal.tables._grids import Grid as Grid
    from shoal.tables._notes import Note as Note
    from shoal.tables._outcome import Outcome as Outcome
    from shoal.tables._outcome import TableCandidate as TableCandidate
    from shoal.tables._record import TrainingRecord as TrainingRecord
    from shoal.tables._regressor import TableRegressor as TableRegressor
    from shoal.tables._search import search_table as search_table
    from shoal.tables._settings import SearchSettings as SearchSettings
    from shoal.tables._settings import TableSettings as TableSettings
    from shoal.tables._settings import TrainSettings as TrainSettings
    from shoal.tables._train import encode_table as encode_table
    from shoal.tables._train import train_table as train_table
    from shoal.tables.encode import ColumnEncoder as ColumnEncoder
    from shoal.tables.encode import TableEncoder as TableEncoder
    from shoal.tables.encode import TargetEncoder as TargetEncoder
    from shoal.tables.encode import Task as Task
    from shoal.tables.encode import describe as describe
    from shoal.tables.findings import choose_features as choose_features
    from shoal.tables.findings import find_problems as find_problems
    from shoal.tables.forms import Forms as Forms
    from shoal.tables.forms import find_forms as find_forms
    from shoal.tables.read import TableFile as TableFile
    from shoal.tables.read import from_dataframe as from_dataframe
    from shoal.tables.read import open_table as open_table
    from shoal.tables.read import read_table as read_table

_HOMES = {
    "Column": "shoal.tables._columns",
    "ColumnEncoder": "shoal.tables.encode",
    "ColumnKind": "shoal.tables._columns",
    "Evaluation": "shoal.tables._evaluation",
    "Finding": "shoal.tables._columns",
    "FindingKind": "shoal.tables._columns",
    "Forms": "shoal.tables.forms",
    "Grid": "shoal.tables._grids",
    "Note": "shoal.tables._notes",
    "Outcome": "shoal.tables._outcome",
    "SearchSettings": "shoal.tables._settings",
    "TableCandidate": "shoal.tables._outcome",
    "TableEncoder": "shoal.tables.encode",
    "TableFile": "shoal.tables.read",
    "TableClassifier": "shoal.tables._classifier",
    "TableRegressor": "shoal.tables._regressor",
    "TableSettings": "shoal.tables._settings",
    "TargetEncoder": "shoal.tables.encode",
    "Task": "shoal.tables.encode",
    "TrainSettings": "shoal.tables._settings",
    "TrainingRecord": "shoal.tables._record",
    "choose_features": "shoal.tables.findings",
    "describe": "shoal.tables.encode",
    "encode_table": "shoal.tables._train",
    "find_forms": "shoal.tables.forms",
    "find_problems": "shoal.tables.findings",
    "from_dataframe": "shoal.tables.read",
    "open_table": "shoal.tables.read",
    "read_grids": "shoal.tables._grid_file",
    "read_table": "shoal.tables.read",
    "search_table": "shoal.tables._search",
    "train_table": "shoal.tables._train",
}

__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazily(__name__, _HOMES)
