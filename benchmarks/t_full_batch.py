"""T: a tiny network on the whole batch: 2-4-1 tanh, 400 rows, 10,000 steps of gradient descent.

The arithmetic of a step takes about a microsecond: what is measured is what a library adds to it.
"""

import harness
import numpy as np
import training
from record import Record
from work import Work

from shoal.book.network import Network
from shoal.datasets import load

STEPS = 10_000


def main() -> None:
    options = harness.begin(__doc__)
    flower = load("flower")
    work = Work(
        Network((2, 4, 1), ("tanh",), "sigmoid"),
        flower.X.astype(np.float32),
        flower.y,
        rule="gradient_descent",
        rate=1.2,
        batch_size=400,
        epochs=STEPS,
        shuffle=False,
    )
    record = Record("T", "2-4-1 tanh, 400 rows, full batch, 10,000 steps", options, "float32")
    training.race(work, record, options, "for all steps", {"scikit-learn": 100, "JAX": 3.5})


if __name__ == "__main__":
    main()
