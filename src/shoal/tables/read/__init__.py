"""Files and data frames become tables: delimited text, Parquet, Arrow, JSON, compressed or not."""

from shoal.tables.read._files import TableFile as TableFile
from shoal.tables.read._files import from_dataframe as from_dataframe
from shoal.tables.read._files import open_table as open_table
from shoal.tables.read._files import read_table as read_table
from shoal.tables.read._frames import from_array as from_array
from shoal.tables.read._frames import is_dataframe as is_dataframe
