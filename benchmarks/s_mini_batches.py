"""S: a small network on many rows: 100,000 x 30, 64 ReLU, 1 output, batches of 256, Adam; an epoch."""

import harness
import numpy as np
import training
from record import Record
from work import Work

from shoal.book.network import Network

ROWS, EPOCHS = 100_000, 5


def main() -> None:
    options = harness.begin(__doc__)
    random = np.random.default_rng(0)
    X = random.standard_normal((ROWS, 30), dtype=np.float32)
    score = X[:, 0] * X[:, 1] + X[:, 2] + 0.5 * random.standard_normal(ROWS)
    work = Work(
        Network((30, 64, 1), ("relu",), "sigmoid"),
        X,
        (score > 0).astype(int),
        rule="adam",
        rate=0.001,
        batch_size=256,
        epochs=EPOCHS,
    )
    title = "100,000 x 30, 64 ReLU, 1 output, batch 256, Adam"
    record = Record("S", title, options, "float32")
    training.race(work, record, options, "an epoch", {"scikit-learn": 10, "JAX": 5})


if __name__ == "__main__":
    main()
