"""PN: `predict_proba` of 100,000 rows, by a 30-64-1 classifier."""

import harness
import prediction
from record import Record


def main() -> None:
    options = harness.begin(__doc__)
    record = Record("PN", "predict_proba of 100,000 rows, 30-64-1", options, "float64")
    prediction.race(100_000, 1, record, options, target=2)


if __name__ == "__main__":
    main()
