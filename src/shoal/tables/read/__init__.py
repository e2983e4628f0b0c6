"""Files and data frames become tables: delimited text, Parquet, compressed or not."""
