"""Draws docs/flower.png, the picture of the README: what a line can do, and what four hidden units can.

python tools/picture.py
"""

from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

from shoal import LogisticRegression, MLPClassifier
from shoal.datasets import flower

OUT = Path(__file__).parent.parent / "docs" / "flower.png"


def boundary(axes, model, X, y, title):
    """The probability of the second class as a background, the examples on it."""
    side = np.linspace(-4.6, 4.6, 240)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    probability = model.predict_proba(grid)[:, 1].reshape(240, 240)
    axes.contourf(side, side, probability, levels=np.linspace(0, 1, 11), cmap="RdBu", alpha=0.55)
    axes.contour(side, side, probability, levels=[0.5], colors="black", linewidths=1.2)
    axes.scatter(*X.T, c=np.where(y == 1, "#1f4e8c", "#a11d21"), s=9, linewidths=0)
    axes.set(title=title, xticks=[], yticks=[], aspect="equal", xlabel="$x_1$", ylabel="$x_2$")


def main():
    """Train the two models and draw them beside the cost of the second."""
    X, y = flower(seed=1)
    line = LogisticRegression().fit(X, y)
    network = MLPClassifier(
        (4,), "tanh", solver="sgd", momentum=0.0, learning_rate_init=1.2, alpha=0.0, batch_size="full",
        max_iter=10_000, tol=0.0, n_iter_no_change=np.inf, initialization="normal",
    )  # fmt: skip
    network.fit(X, y)
    figure, axes = plt.subplots(1, 3, figsize=(10, 3.5), layout="constrained", width_ratios=[1, 1, 1.15])
    boundary(axes[0], line, X, y, f"logistic regression: {line.score(X, y):.0%}")
    boundary(axes[1], network, X, y, f"4 tanh units: {network.score(X, y):.1%}")
    axes[2].plot(network.loss_curve_, color="#1f4e8c")
    axes[2].set(title="the cost $J$, every epoch of it", xlabel="epoch", ylabel="$J$", xscale="log")
    axes[2].spines[["top", "right"]].set_visible(False)
    figure.savefig(OUT, dpi=110)


if __name__ == "__main__":
    main()
