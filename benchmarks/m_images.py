"""M: as large as the handwritten digits: 60,000 x 784, 128 ReLU, 10 classes, batches of 128, Adam; an epoch.

The rows are random numbers with labels of a noisy linear teacher: a matrix product does not look at its
numbers, and nothing has to be downloaded.
"""

import harness
import numpy as np
import training
from record import Record
from work import Work

from shoal.book.network import Network

ROWS, INPUTS, CLASSES = 60_000, 784, 10


def main() -> None:
    options = harness.begin(__doc__)
    random = np.random.default_rng(0)
    X = random.standard_normal((ROWS, INPUTS), dtype=np.float32)
    scores = X @ random.standard_normal((INPUTS, CLASSES), dtype=np.float32) / np.float32(INPUTS**0.5)
    labels = np.argmax(scores + random.gumbel(size=scores.shape), axis=1)
    work = Work(
        Network((INPUTS, 128, CLASSES), ("relu",), "softmax"),
        X,
        labels,
        rule="adam",
        rate=0.001,
        batch_size=128,
        epochs=1,
    )
    title = "60,000 x 784, 128 ReLU, 10 classes, batch 128, Adam"
    record = Record("M", title, options, "float32")
    training.race(work, record, options, "an epoch", {"scikit-learn": 3.5, "JAX": 1.5}, share=0.8)


if __name__ == "__main__":
    main()
