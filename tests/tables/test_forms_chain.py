"""Forms from the file to the prediction: opened, trained, saved, loaded, and new rows in new forms."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from shoal.base.errors import DataError
from shoal.saving import load, save
from shoal.tables import TrainSettings, open_table, train_table

AMOUNTS = np.random.default_rng(1).permutation(np.arange(10, 130))
NOISE = np.random.default_rng(2).normal(size=len(AMOUNTS))


def turns(first: str, second: str) -> list[str]:
    """Every second cell is written in another way, with a tenth of the number before the larger unit."""
    return [(second if n % 2 else first).format(a, a / 10) for n, a in enumerate(AMOUNTS)]


CELLS = {  # the cells; a new row of 40 in another form; new rows that cannot be read
    "ranges": ([f"{a - 5}-{a + 5}㎡" for a in AMOUNTS], "40", ["1-2 acres", "abc"]),
    "words": ([f"共{a}次带看" for a in AMOUNTS], "40", ["共7次", "about 5"]),
    "remarks": (turns("{0}[1]", "{0}"), "40 (new)", ["x"]),
    "marks": ([f'="{a}"' for a in AMOUNTS], "'40", ['="x"']),
    "sizes": (turns("{0}00KB", "{1} MB"), "0.004GB", ["x", "5 kg"]),
    "letters": (turns("{0}00K", "{1}M"), "0.004B", ["3 kg"]),
    "created at": (
        [str(1_500_000_000 + 86_400 * a) for a in AMOUNTS],
        "1503456000.0",
        ["2020-03-17", "1503456000000"],
    ),
    "day of year": ([f"2020-{a:03}" for a in AMOUNTS], "2020040", ["2020-400", "40"]),
}


@pytest.mark.parametrize("name", CELLS)
def test_from_the_file_to_the_prediction(name: str, tmp_path: Path) -> None:
    cells, new, unread = CELLS[name]
    pl.DataFrame({name: cells, "noise": NOISE, "y": 3.0 * AMOUNTS + NOISE}).write_csv(tmp_path / "t.csv")
    table = open_table(tmp_path / "t.csv").frame
    model = train_table(table, "y", TrainSettings(hidden=(), keep=(name,)))
    assert model.forms_.notes
    assert model.encoder_.columns[0].kind != "category"
    save(model, tmp_path / "m.shoal")
    loaded = load(tmp_path / "m.shoal")
    np.testing.assert_array_equal(loaded.predict(table), model.predict(table))
    assert [str(note) for note in loaded.forms_.notes] == [str(note) for note in model.forms_.notes]
    (like,) = loaded.predict(pl.DataFrame({name: [new], "noise": [0.0]}))
    assert like == pytest.approx(120, abs=8)  # three times 40; the noise has a deviation of 1
    for cell in unread:
        with pytest.raises(DataError, match="row 2") as caught:
            loaded.predict(pl.DataFrame({name: [new, cell], "noise": [0.0, 0.0]}))
        assert cell in str(caught.value)


@pytest.mark.parametrize("name", ["codes", "pairs"])
def test_what_is_left_alone_goes_the_whole_way_as_kinds(name: str, tmp_path: Path) -> None:
    cells = [f'="{a % 4:05}"' if name == "codes" else f"{a % 4 + 1}{a % 3}/{a % 3}9" for a in AMOUNTS]
    frame = pl.DataFrame({name: cells, "noise": NOISE, "y": 5.0 * (AMOUNTS % 4) + NOISE})
    frame.write_csv(tmp_path / "t.csv")
    table = open_table(tmp_path / "t.csv").frame
    model = train_table(table, "y", TrainSettings(hidden=()))
    assert model.encoder_.columns[0].kind == "category"
    assert name in str(model.forms_.notes[0])
    save(model, tmp_path / "m.shoal")
    np.testing.assert_array_equal(load(tmp_path / "m.shoal").predict(table), model.predict(table))
