"""D: the same grid on the digits: 160 networks 64-{8,16,32,64}-10, 1,437 rows each."""

import grid
import harness
from record import Record
from sklearn.datasets import load_digits


def main() -> None:
    options = harness.begin(__doc__)
    record = Record("D", "160 networks 64-{8,16,32,64}-10, 1,437 rows, 100 epochs, Adam", options, "float64")
    grid.race(grid.Table(load_digits()), record, options, target=18)


if __name__ == "__main__":
    main()
