"""Files and data frames become tables: delimited text, Parquet, compressed or not."""

from shoal.tables.read._files import from_dataframe as from_dataframe
from shoal.tables.read._files import read_table as read_table
