"""G: a grid on a small table: 160 networks 30-{8,16,32,64}-1, 455 rows each, batch 64, 100 epochs, Adam."""

import grid
import harness
from record import Record
from sklearn.datasets import load_breast_cancer


def main() -> None:
    options = harness.begin(__doc__)
    record = Record("G", "160 networks 30-{8,16,32,64}-1, 455 rows, 100 epochs, Adam", options, "float64")
    grid.race(grid.Table(load_breast_cancer()), record, options, target=50)


if __name__ == "__main__":
    main()
