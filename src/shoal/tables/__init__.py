"""Floor 6, a person's table: read it, find its problems, encode it, train on it, judge, search.

The way of a table: `read_table` (or `from_dataframe`) -> `describe` -> `TargetEncoder` and
`find_problems` -> `choose_features` -> `TableEncoder`; `train_table` and `search_table` go all of it and
return a `TableModel`. Columns are matched by name; whatever is learned about a column (its mean, its levels,
the format of its dates) is learned from the rows given to ``fit`` and then only applied.
"""

from typing import TYPE_CHECKING

from shoal.base.lazy import lazily

if TYPE_CHECKING:
    from shoal.tables._columns import Column as Column
    from shoal.tables._columns import ColumnKind as ColumnKind
    from shoal.tables._columns import describe as describe
    from shoal.tables._model import TableModel as TableModel
    from shoal.tables._search import search_table as search_table
    from shoal.tables._search_settings import SearchSettings as SearchSettings
    from shoal.tables._settings import Settings as Settings
    from shoal.tables._train import train_table as train_table
    from shoal.tables._wording import find_column as find_column
    from shoal.tables._wording import listed as listed
    from shoal.tables._wording import shown as shown
    from shoal.tables.encode._table import TableEncoder as TableEncoder
    from shoal.tables.encode._target import Labels as Labels
    from shoal.tables.encode._target import TargetEncoder as TargetEncoder
    from shoal.tables.encode._target import Task as Task
    from shoal.tables.encode._target import many_classes_allowed as many_classes_allowed
    from shoal.tables.findings._obvious import Finding as Finding
    from shoal.tables.findings._obvious import FindingKind as FindingKind
    from shoal.tables.findings._obvious import choose_features as choose_features
    from shoal.tables.findings._obvious import find_problems as find_problems
    from shoal.tables.read._files import from_dataframe as from_dataframe
    from shoal.tables.read._files import read_table as read_table

_HOMES = {
    "Column": "shoal.tables._columns",
    "ColumnKind": "shoal.tables._columns",
    "Finding": "shoal.tables.findings._obvious",
    "FindingKind": "shoal.tables.findings._obvious",
    "Labels": "shoal.tables.encode._target",
    "SearchSettings": "shoal.tables._search_settings",
    "Settings": "shoal.tables._settings",
    "TableEncoder": "shoal.tables.encode._table",
    "TableModel": "shoal.tables._model",
    "TargetEncoder": "shoal.tables.encode._target",
    "Task": "shoal.tables.encode._target",
    "choose_features": "shoal.tables.findings._obvious",
    "describe": "shoal.tables._columns",
    "find_column": "shoal.tables._wording",
    "find_problems": "shoal.tables.findings._obvious",
    "from_dataframe": "shoal.tables.read._files",
    "listed": "shoal.tables._wording",
    "many_classes_allowed": "shoal.tables.encode._target",
    "read_table": "shoal.tables.read._files",
    "search_table": "shoal.tables._search",
    "shown": "shoal.tables._wording",
    "train_table": "shoal.tables._train",
}

__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazily(__name__, _HOMES)
