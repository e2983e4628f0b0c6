"""The toy sets and the bundled tables."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn import datasets as judge
from sklearn.neighbors import KNeighborsClassifier

from shoal import datasets
from shoal.base.errors import UsageError
from shoal.base.texts import page

TOYS = {
    "flower": datasets.flower,
    "moons": datasets.moons,
    "circles": datasets.circles,
    "spirals": datasets.spirals,
    "blobs": datasets.blobs,
}


def test_the_flower_is_the_one_of_the_course():
    X, y = datasets.flower(400, seed=1)
    # the fingerprint of the course's recipe, with the legacy generator seeded with 1
    np.testing.assert_allclose(X[0], [1.204442292254319, 3.5761141481288448], rtol=1e-12)
    np.testing.assert_allclose(X[399], [0.7307808250007513, 3.0683292081876545], rtol=1e-12)
    np.testing.assert_allclose(X.sum(axis=0), [-17.33836367040442, 27.426346947846085], rtol=1e-12)
    squares = [1549.1512884145136, 1607.6325009348952]
    np.testing.assert_allclose((X**2).sum(axis=0), squares, rtol=1e-12)
    assert y.tolist() == [0] * 200 + [1] * 200


@pytest.mark.parametrize("name", TOYS)
@pytest.mark.parametrize("n_samples", [3, 40, 101])
def test_a_toy_set_has_the_size_that_was_asked_for(name, n_samples):
    X, y = TOYS[name](n_samples)
    assert X.shape == (n_samples, 2)
    assert X.dtype == np.float64
    assert y.shape == (n_samples,)
    assert y.dtype == np.int64
    counts = np.bincount(y)
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize("name", TOYS)
def test_a_seed_makes_the_same_points_again_and_another_makes_others(name):
    first, again, other = (TOYS[name](60, seed=seed)[0] for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(np.sort(first, axis=0), np.sort(other, axis=0))


@pytest.mark.parametrize("name", TOYS)
def test_making_a_toy_set_leaves_the_global_generator_alone(name):
    np.random.seed(0)
    expected = np.random.rand()
    np.random.seed(0)
    TOYS[name](50)
    assert np.random.rand() == expected


def test_moons_and_circles_are_those_of_scikit_learn():
    np.testing.assert_array_equal(
        datasets.moons(90, noise=0.3, seed=5)[0],
        judge.make_moons(90, noise=0.3, random_state=5)[0],
    )
    np.testing.assert_array_equal(
        datasets.circles(90, noise=0.3, seed=5)[0],
        judge.make_circles(90, noise=0.3, factor=0.5, random_state=5)[0],
    )


def test_without_noise_the_spirals_lie_on_their_curve():
    X, y = datasets.spirals(300, noise=0, seed=2)
    radius = np.hypot(X[:, 0], X[:, 1])
    angle = np.pi * radius + np.pi * y
    np.testing.assert_allclose(X[:, 0], radius * np.cos(angle), atol=1e-12)
    np.testing.assert_allclose(X[:, 1], radius * np.sin(angle), atol=1e-12)
    assert radius.max() < 3


def test_the_spirals_are_apart_and_noise_mixes_them():
    def score(noise):
        X, y = datasets.spirals(1000, noise=noise)
        return KNeighborsClassifier(5).fit(X[::2], y[::2]).score(X[1::2], y[1::2])

    assert score(0.1) > 0.98
    assert score(2.0) < 0.7


def test_the_centres_of_the_blobs_do_not_move_with_the_seed():
    for seed in (0, 9):
        X, y = datasets.blobs(9000, seed=seed)
        means = [X[y == label].mean(axis=0) for label in range(3)]
        np.testing.assert_allclose(means, [(0, 3), (-3, -2), (3, -2)], atol=0.1)


@pytest.mark.parametrize("name", datasets.NAMES)
def test_the_catalogue_says_what_is_loaded(name):
    entry, data = datasets.CATALOGUE[name], datasets.load(name)
    assert data.X.shape == (entry.rows, entry.features)
    assert data.X.dtype == np.float64
    assert data.y.shape == (entry.rows,)
    assert len(data.feature_names) == entry.features == len(set(data.feature_names))
    assert data.target_name not in data.feature_names
    assert data.task == entry.task
    assert np.isfinite(data.X).all()
    group, key = data.description.split(".")
    assert key in page(group)
    for column in data.feature_names:
        assert not set(column) & set(" ()'\",")


def test_load_passes_size_noise_and_seed_on():
    data = datasets.load("moons", 7, n_samples=50, noise=0.01)
    X, y = datasets.moons(50, noise=0.01, seed=7)
    np.testing.assert_array_equal(data.X, X)
    np.testing.assert_array_equal(data.y, y)


@pytest.mark.parametrize("name", ["breast_cancer", "digits", "wine", "iris"])
def test_labels_of_real_tables_are_the_names_of_the_classes(name):
    bunch = getattr(judge, f"load_{name}")()
    data = datasets.load(name)
    np.testing.assert_array_equal(data.X, bunch.data)
    expected = [bunch.target_names[label] for label in bunch.target]
    assert data.y.tolist() == expected


def test_diabetes_is_in_the_units_of_the_clinic():
    bunch = judge.load_diabetes(scaled=False)
    data = datasets.load("diabetes")
    np.testing.assert_array_equal(data.X, bunch.data)
    np.testing.assert_array_equal(data.y, bunch.target)
    assert data.X[:, data.feature_names.index("age")].min() >= 18


@pytest.mark.parametrize("option", ["seed", "n_samples", "noise"])
def test_a_real_table_refuses_what_is_for_toys(option):
    with pytest.raises(UsageError, match=rf"{option} is for the toy sets \(flower, moons.*iris"):
        datasets.load("iris", **{option: 10})


def test_an_unknown_set_names_the_known_ones():
    with pytest.raises(UsageError, match=r"no data set \{x\}.*flower.*diabetes"):
        datasets.load("{x}")


@pytest.mark.parametrize("name", TOYS)
@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("n_samples", 1),
        ("n_samples", 10.0),
        ("n_samples", True),
        ("noise", -0.1),
        ("noise", float("nan")),
        ("noise", float("inf")),
        ("noise", "much"),
        ("seed", -1),
        ("seed", 2**32),
        ("seed", 0.5),
    ],
)
def test_a_senseless_argument_is_named(name, option, value):
    with pytest.raises(UsageError, match=option):
        TOYS[name](**{option: value})


def test_importing_the_module_does_not_import_scikit_learn():
    code = "import sys, shoal.datasets as d; d.flower(); sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_spirals_lie_evenly_over_their_disc():
    X, _ = datasets.spirals(20_000, noise=0)
    within = (np.hypot(X[:, 0], X[:, 1]) < 1.5).mean()
    assert abs(within - 0.25) < 0.02  # half the radius holds a quarter of the area
