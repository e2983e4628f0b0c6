"""Tables go to a file, whole or not at all, or to stdout as CSV."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from shoal.files import replacing

if TYPE_CHECKING:
    import polars


def write_table(frame: "polars.DataFrame", out: Path | None) -> None:
    """Write `frame` as the suffix of `out` says (.parquet, .tsv, otherwise CSV); None is stdout."""
    if out is None:
        click.echo(frame.write_csv(), nl=False)
        return
    with replacing(out) as stream:
        if out.suffix.lower() == ".parquet":
            frame.write_parquet(stream)
        else:
            frame.write_csv(stream, separator="\t" if out.suffix.lower() == ".tsv" else ",")
