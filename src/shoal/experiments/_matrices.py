"""What note 5 does with matrices: sums and their axes, lengths of rows, softmax, and NumPy's products."""

from typing import Any

import numpy as np

from shoal.book import Network, backward, forward, normalize_rows, shares
from shoal.book.equations import softmax as book_softmax
from shoal.book.graph import network_graph
from shoal.experiments._finding import Array, Finding, Panel, Series, Setting, cells, curve
from shoal.experiments._measure import gap, refused


def reductions(setting: Setting) -> Finding:
    """axis says which way is summed, keepdims keeps a matrix a matrix; db without axis is a wrong number."""
    random = np.random.default_rng(setting.seed)
    x = random.integers(0, 10, (3, 4)).astype(float)
    network, m = Network((2, 4, 1), ("tanh",), "sigmoid"), 6
    theta, X = random.normal(size=network.p), random.normal(size=(2, m))
    Y, q = random.integers(0, 2, (1, m)).astype(float), shares(np.ones((1, m)))
    W, b = network.views(theta)
    Z, A = forward(W, b, X, network.g)
    dZ, _, db = backward(W, Z, A, Y, network.g, q)
    graph = network_graph(network, theta, X, Y)
    by_graph = graph["b[1]"].derivative
    of_note = float(np.sum(dZ[1])) / m  # one number for all units
    moved = b[1] - 0.1 * np.sum(dZ[1], axis=1) / m  # without keepdims
    numbers: dict[str, Any] = {
        "down": [str(x.sum(axis=0).shape), str(x.sum(axis=0, keepdims=True).shape)],
        "across": [str(x.sum(axis=1).shape), str(x.sum(axis=1, keepdims=True).shape)],
        "all": str(x.sum().shape),
        "axis_difference": gap(x.sum(axis=0), [sum(column) for column in x.T]),
        "db": db[1].ravel().tolist(),
        "db_of_note": of_note,
        "difference": gap(db[1], by_graph),
        "difference_of_note": gap(of_note, by_graph),
        "last_layer_difference": gap(np.sum(dZ[2]) / m, graph["b[2]"].derivative),
        "shape_without_keepdims": str(moved.shape),
        "refused": refused(forward, W, [None, moved, b[2]], X, network.g),
    }
    forms = {"graph": by_graph, "axis=1": db[1], "without_axis": np.full((4, 1), of_note)}
    bars = [Series(name, "1234", values.ravel().tolist()) for name, values in forms.items()]
    panels = [
        Panel("cells", _with_sums(x), title="x", reach=float(x.sum())),
        Panel("bars", bars, y="units", title="db"),
    ]
    right = max(numbers[f"{name}difference"] for name in ("", "axis_", "last_layer_")) < 1e-12
    trap = numbers["shape_without_keepdims"] == "(4, 4)" and numbers["refused"]
    return Finding(right and trap and numbers["difference_of_note"] > 1e-3, numbers, panels)


def _with_sums(x: Array) -> list[Series]:
    """A matrix with the sums of its columns below, of its rows beside, and of all in the corner."""
    below = x.sum(axis=0, keepdims=True)
    table = np.block([[x, x.sum(axis=1, keepdims=True)], [below, x.sum(keepdims=True)]])
    return cells(table, [*[""] * len(x), "axis=0"], [*[""] * x.shape[1], "axis=1"])


# --------------------------------------------------------------------------- normalizeRows


def row_lengths(setting: Setting) -> Finding:
    """Each row divided by its length has length 1; a row of zeros has no direction."""
    random = np.random.default_rng(setting.seed)
    x = random.normal(size=(30, 2)) * random.uniform(0.3, 3, (30, 1))
    zero, huge = np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([[3e200, 4e200]])
    ours, whole = normalize_rows(x), x / np.linalg.norm(x)
    numbers: dict[str, Any] = {
        "worked": normalize_rows([[0, 3, 4], [1, 6, 4]]).ravel().tolist(),
        "largest_length_error": gap(np.linalg.norm(ours, axis=1), 1),
        "difference_of_note": gap(ours, _of_note(x)),
        "zero_of_note": str(_of_note(zero)[0].tolist()),
        "zero": str(normalize_rows(zero)[0].tolist()),
        "huge_of_note": str(_of_note(huge)[0].tolist()),
        "huge": str(normalize_rows(huge)[0].tolist()),
        "length_of_whole": float(np.linalg.norm(whole)),
        "longest_row_of_whole": float(np.linalg.norm(whole, axis=1).max()),
    }
    after = curve("after", *ours.T)
    panels = [
        Panel("points", [curve("before", *x.T), after], x="x1", y="x2", title="rows", equal=True),
        Panel("points", [after, curve("whole", *whole.T)], x="x1", y="x2", title="whole", equal=True),
    ]
    same = max(numbers["largest_length_error"], numbers["difference_of_note"]) < 1e-12
    safe = numbers["zero"] == "[0.0, 0.0]" and "nan" in numbers["zero_of_note"]
    return Finding(same and safe and gap(numbers["length_of_whole"], 1) < 1e-12, numbers, panels)


def _of_note(x: Array) -> Array:
    """The note's normalizeRows."""
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))


# --------------------------------------------------------------------------- softmax

_ROW = np.array([9.0, 2.0, 5.0, 0.0, 0.0])  # the course's numbers


def softmax(setting: Setting) -> Finding:
    """Positive and adding up to 1, like shares; but a shift changes nothing, and a factor changes all."""
    x = np.random.default_rng(setting.seed).normal(size=(2, 5)) * 2
    s = book_softmax(x, axis=1)
    numbers: dict[str, Any] = {
        "worked": book_softmax(_ROW).tolist(),
        "shares": _share(_ROW).tolist(),
        "row_totals": s.sum(axis=1).tolist(),
        "difference_of_note": gap(s, _softmax_of_note(x)),
        "difference_turned": gap(s, book_softmax(x.T).T),
        "shift": gap(book_softmax(x + 100, axis=1), s),
        "factor": gap(book_softmax(2 * x, axis=1), s),
        "share_shift": gap(_share(_ROW + 100), _share(_ROW)),
        "share_factor": gap(_share(2 * _ROW), _share(_ROW)),
        "ratio_error": gap(np.log(s[:, :1] / s), x[:, :1] - x),
        "note_at_1000": str(_softmax_of_note(np.array([[1000.0, 0.0]]))[0].tolist()),
        "at_1000": str(book_softmax([1000.0, 0.0]).tolist()),
    }
    names, factors = [f"x{j + 1} = {value:.0f}" for j, value in enumerate(_ROW)], np.linspace(0, 3, 61)
    both = [Series("softmax", names, numbers["worked"]), Series("share", names, numbers["shares"])]
    by_factor = zip((3, 2, 1), book_softmax(np.outer([3.0, 2.0, 1.0], factors)), strict=True)
    rising = [curve(f"x = {top}", factors, a) for top, a in by_factor]
    panels = [
        Panel("bars", both, title="both"),
        Panel("lines", rising, x="times", y="softmax", title="factor"),
    ]
    small = ("difference_of_note", "difference_turned", "shift", "share_factor", "ratio_error")
    same = max(numbers[name] for name in small) < 1e-10 and gap(numbers["row_totals"], 1) < 1e-12
    unlike = min(numbers["factor"], numbers["share_shift"]) > 0.01
    return Finding(same and unlike and "nan" in numbers["note_at_1000"], numbers, panels)


def _share(row: Array) -> Array:
    return np.asarray(row / row.sum())


def _softmax_of_note(x: Array) -> Array:
    """The note's softmax, of each row."""
    return np.asarray(np.exp(x) / np.exp(x).sum(axis=1, keepdims=True))


# --------------------------------------------------------------------------- products


def products(setting: Setting) -> Finding:
    """dot, outer, multiply and power against loops; what squeeze takes away."""
    random = np.random.default_rng(setting.seed)
    A, B = random.integers(-5, 6, (2, 2, 2)).astype(float)
    u, v = random.integers(1, 10, (2, 3)).astype(float)
    four = np.zeros((1, 3, 1, 1))
    numbers: dict[str, Any] = {
        **{f"difference_{name}": difference for name, difference in _against_loops(A, B, u, v).items()},
        "star_is_multiply": bool(np.array_equal(A * B, np.multiply(A, B))),
        "star_and_product": gap(A * B, A @ B),
        "dot_of_vectors": float(np.dot(u, v)),
        "sum_of_multiply": float(np.multiply(u, v).sum()),
        "flattens": str(np.outer(np.ones((2, 3)), np.ones((2, 2))).shape),
        "squeezed": [str(np.squeeze(four).shape), str(np.squeeze(four, axis=0).shape)],
    }
    numbers["difference"] = max(value for name, value in numbers.items() if name.startswith("difference_"))
    heads = [[f"{each:.0f}" for each in vector] for vector in (u, v)]
    panels = [
        Panel("cells", cells(np.hstack([A, B]), columns="AABB"), title="given"),
        Panel("cells", cells(np.dot(A, B)), title="np.dot(A, B)"),
        Panel("cells", cells(np.multiply(A, B)), title="np.multiply(A, B)"),
        Panel("cells", cells(np.outer(u, v), *heads), title="np.outer(u, v)"),
    ]
    same = numbers["difference"] == 0 and numbers["dot_of_vectors"] == numbers["sum_of_multiply"]
    shapes = numbers["flattens"] == "(6, 4)" and numbers["squeezed"] == ["(3,)", "(3, 1, 1)"]
    unlike = numbers["star_is_multiply"] and numbers["star_and_product"] > 0
    return Finding(same and shapes and unlike, numbers, panels)


def _against_loops(A: Array, B: Array, u: Array, v: Array) -> dict[str, float]:
    """How far NumPy's functions are from loops over the entries; whole numbers are exact."""
    places = [(i, j) for i in range(2) for j in range(2)]
    return {
        "dot": gap(np.dot(A, B).ravel(), [sum(A[i, k] * B[k, j] for k in range(2)) for i, j in places]),
        "multiply": gap(np.multiply(A, B).ravel(), [A[i, j] * B[i, j] for i, j in places]),
        "power": gap(np.power(A, 2).ravel(), [A[i, j] * A[i, j] for i, j in places]),
        "outer": gap(np.outer(u, v), [[u_i * v_j for v_j in v] for u_i in u]),
    }
