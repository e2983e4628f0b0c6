"""P1: `predict_proba` of one row, by a 30-64-1 classifier: what a call costs."""

import harness
import prediction
from record import Record


def main() -> None:
    options = harness.begin(__doc__)
    record = Record("P1", "predict_proba of one row, 30-64-1", options, "float64")
    prediction.race(1, 1000, record, options, target=10)


if __name__ == "__main__":
    main()
