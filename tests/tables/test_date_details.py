"""What `shoal inspect` says of a date is a date."""

from datetime import date

import polars as pl

from shoal.tables import TableEncoder, describe


def test_mean_and_median_of_a_date_are_dates():
    days = pl.DataFrame({"sold": [date(2024, 3, 1), date(2024, 3, 3), None, date(2024, 3, 5)]})
    (encoder,) = TableEncoder.fit(days, describe(days)).columns
    mean, missing = encoder.details()
    assert "2024-03-03" in mean
    assert "2024-03-03" in missing
