"""Tables: CSV, TSV, Parquet and DataFrames become columns with types, and then X and y.

The way of a table: `read_table` (or `from_dataframe`) -> `describe` -> `TargetEncoder` and
`find_problems` -> `choose_features` -> `TableEncoder`. Columns are matched by name; whatever is
learned about a column (its mean, its levels, the format of its dates) is learned from the rows given to
``fit`` and then only applied.
"""

from shoal.tables.columns import Column, ColumnKind, describe
from shoal.tables.encoding import TableEncoder
from shoal.tables.findings import Finding, FindingKind, choose_features, find_problems
from shoal.tables.reading import from_dataframe, read_table
from shoal.tables.target import Labels, TargetEncoder, Task, many_classes_allowed
from shoal.tables.wording import find_column, listed, shown

__all__ = [
    "Column",
    "ColumnKind",
    "Finding",
    "FindingKind",
    "Labels",
    "TableEncoder",
    "TargetEncoder",
    "Task",
    "choose_features",
    "describe",
    "find_column",
    "find_problems",
    "from_dataframe",
    "listed",
    "many_classes_allowed",
    "read_table",
    "shown",
]
