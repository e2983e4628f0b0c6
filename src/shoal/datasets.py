"""Data sets to begin with: toy sets in the plane, made from a seed, and real tables that come with shoal.

The same name, size, noise and seed give the same points on every machine. Nothing is downloaded. In X each
row is an example, (n_samples, n_features). The flower is the one of the course, number for number; moons,
circles, blobs and the real tables are those of scikit-learn.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from shoal.base.errors import UsageError
from shoal.base.numeric import is_number, is_whole

TaskName = Literal["classification", "regression"]
Points = tuple[NDArray[np.float64], NDArray[np.int64]]

_LARGEST_SEED = 2**32 - 1
_BLOB_CENTRES = ((0.0, 3.0), (-3.0, -2.0), (3.0, -2.0))


@dataclass(frozen=True)
class Dataset:
    """A data set: X (n_samples, n_features), y (n_samples,), and their names."""

    name: str
    X: NDArray[np.float64]
    y: NDArray[Any]
    feature_names: tuple[str, ...]
    target_name: str
    task: TaskName
    description: str  # a key of the catalogue of messages


@dataclass(frozen=True)
class CatalogueEntry:
    """What is known about a data set before it is loaded; of a toy set, `rows` is the default."""

    rows: int
    features: int
    target_name: str
    task: TaskName
    make: Callable[..., Points] | None = None  # a toy set's function; None for a real table


# --- toy sets --------------------------------------------------------------------------------------


def flower(n_samples: int = 400, noise: float = 0.2, seed: int = 0) -> Points:
    """Return the planar flower of the course (week 3): petals of two classes, four rays long.

    Class j has angles t = linspace(3.12 j, 3.12 (j + 1)) + noise and radii r = 4 sin(4 t) + noise, and
    points (r sin t, r cos t); class 0 comes first. ``flower(seed=1)`` is the set of the notebooks.
    """
    counts = _counts(n_samples, 2, noise, seed)
    random = np.random.RandomState(seed)
    parts = []
    for j, count in enumerate(counts):
        t = np.linspace(j * 3.12, (j + 1) * 3.12, count) + noise * random.randn(count)
        r = 4 * np.sin(4 * t) + noise * random.randn(count)
        parts.append(np.column_stack([r * np.sin(t), r * np.cos(t)]))
    return np.concatenate(parts), _labels(counts)


def spirals(n_samples: int = 400, noise: float = 0.1, seed: int = 0) -> Points:
    """Return two spiral arms, each one and a half turns, half a turn apart; class 0 comes first.

    With u uniform on [0, 1) and s = sqrt(u), so that the points lie evenly over the disc, arm j is
    3 s (cos(3 pi s + pi j), sin(3 pi s + pi j)) plus normal noise. The distance between the arms is 1.
    """
    counts = _counts(n_samples, 2, noise, seed)
    random = np.random.default_rng(seed)
    parts = []
    for j, count in enumerate(counts):
        s = np.sqrt(random.random(count))
        angle = 3 * np.pi * s + np.pi * j
        arm = 3 * s[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        parts.append(arm + noise * random.standard_normal((count, 2)))
    return np.concatenate(parts), _labels(counts)


def moons(n_samples: int = 400, noise: float = 0.2, seed: int = 0) -> Points:
    """Return two interleaved half circles (scikit-learn's `make_moons`)."""
    from sklearn.datasets import make_moons

    _counts(n_samples, 2, noise, seed)
    return _points(make_moons(n_samples, noise=noise, random_state=seed))


def circles(n_samples: int = 400, noise: float = 0.1, seed: int = 0) -> Points:
    """Return a circle of radius 0.5 in one of radius 1 (scikit-learn's `make_circles`)."""
    from sklearn.datasets import make_circles

    _counts(n_samples, 2, noise, seed)
    return _points(make_circles(n_samples, noise=noise, factor=0.5, random_state=seed))


def blobs(n_samples: int = 400, noise: float = 1.0, seed: int = 0) -> Points:
    """Return three normal clouds around fixed centres; `noise` is their standard deviation."""
    from sklearn.datasets import make_blobs

    _counts(n_samples, 3, noise, seed)
    made = make_blobs(n_samples, centers=_BLOB_CENTRES, cluster_std=noise, random_state=seed)
    return _points(made)


def _counts(n_samples: int, classes: int, noise: float, seed: int) -> list[int]:
    """The number of examples of each class; a UsageError if the arguments are not possible."""
    if not is_whole(n_samples) or n_samples < classes:
        raise UsageError("data.bad_samples", least=classes, got=n_samples)
    if not is_number(noise) or not 0 <= noise < math.inf:
        raise UsageError("data.bad_noise", got=noise)
    if not is_whole(seed) or not 0 <= seed <= _LARGEST_SEED:
        raise UsageError("data.bad_seed", most=_LARGEST_SEED, got=seed)
    return [len(part) for part in np.array_split(range(n_samples), classes)]


def _labels(counts: list[int]) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(counts), dtype=np.int64), counts)


def _points(made: tuple[Any, Any]) -> Points:
    X, y = made
    return X.astype(np.float64, copy=False), y.astype(np.int64, copy=False)


# --- the registry ----------------------------------------------------------------------------------


CATALOGUE: dict[str, CatalogueEntry] = {
    "flower": CatalogueEntry(400, 2, "petal", "classification", flower),
    "moons": CatalogueEntry(400, 2, "moon", "classification", moons),
    "circles": CatalogueEntry(400, 2, "circle", "classification", circles),
    "spirals": CatalogueEntry(400, 2, "arm", "classification", spirals),
    "blobs": CatalogueEntry(400, 2, "blob", "classification", blobs),
    "breast_cancer": CatalogueEntry(569, 30, "diagnosis", "classification"),
    "digits": CatalogueEntry(1797, 64, "digit", "classification"),
    "wine": CatalogueEntry(178, 13, "cultivar", "classification"),
    "iris": CatalogueEntry(150, 4, "species", "classification"),
    "diabetes": CatalogueEntry(442, 10, "progression", "regression"),
}
NAMES = tuple(CATALOGUE)

# scikit-learn calls the blood serum measurements s1 to s6; its description has these names for them
_SERUM = {
    "bp": "blood_pressure",
    "s1": "total_cholesterol",
    "s2": "ldl",
    "s3": "hdl",
    "s4": "cholesterol_hdl_ratio",
    "s5": "log_triglycerides",
    "s6": "glucose",
}


def load(
    name: str,
    seed: int | None = None,
    *,
    n_samples: int | None = None,
    noise: float | None = None,
) -> Dataset:
    """Return one of the sets in `NAMES`.

    A toy set is generated with this size, noise and seed (default 0). A real table is always the same and
    refuses all three arguments; its labels are the names of the classes, and its measurements have their own
    units.

    Raises
    ------
    UsageError
        If there is no such set, or an argument is not possible for it.
    """
    if name not in CATALOGUE:
        raise UsageError("data.unknown", name=name, known=", ".join(NAMES))
    asked = {"seed": seed, "n_samples": n_samples, "noise": noise}
    asked = {option: value for option, value in asked.items() if value is not None}
    entry = CATALOGUE[name]
    if entry.make:
        X, y = entry.make(**asked)
        return _dataset(name, X, y, ("x1", "x2"))
    for option in asked:
        toys = ", ".join(toy for toy in NAMES if CATALOGUE[toy].make)
        raise UsageError("data.only_toys", option=option, name=name, toys=toys)
    return _real(name)


def _real(name: str) -> Dataset:
    from sklearn import datasets

    options = {"scaled": False} if name == "diabetes" else {}
    bunch = getattr(datasets, f"load_{name}")(**options)
    y = bunch.target
    if CATALOGUE[name].task == "classification":
        y = np.asarray(bunch.target_names)[y]
    return _dataset(name, bunch.data, y, _readable(bunch.feature_names))


def _readable(names: Iterable[str]) -> tuple[str, ...]:
    """Column names that need no quotes on a command line: ``sepal_length_cm``."""
    plain = (str(name).replace("(", "").replace(")", "").replace(" ", "_") for name in names)
    return tuple(_SERUM.get(name, name) for name in plain)


def _dataset(name: str, X: NDArray[Any], y: NDArray[Any], names: tuple[str, ...]) -> Dataset:
    entry = CATALOGUE[name]
    X = np.asarray(X, dtype=np.float64)
    return Dataset(name, X, y, names, entry.target_name, entry.task, f"data.{name}")
