"""Random problems with L1, and their judge: the conditions of a minimum, in float64, from the model alone."""

import numpy as np
from scipy import sparse
from scipy.special import expit, softmax


def problem(seed):
    """X, y, weights and the parameters of LogisticRegression: all kinds that differ for the solver."""
    random = np.random.default_rng(seed)
    m, n_x, k = random.integers(60, 401), random.integers(2, 12), random.integers(2, 5)
    S = random.standard_normal((m, n_x))
    y = np.argmax(S @ random.standard_normal((n_x, k)) + 2 * random.gumbel(size=(m, k)), axis=1)
    y[:k] = np.arange(k)
    X = S * 10.0 ** random.uniform(-1, 1, n_x) + 2 * random.uniform(-1, 1, n_x)
    if random.random() < 0.3:
        X *= random.random(X.shape) < 0.4
    weights = random.integers(0, 4, m).astype(float) if random.random() < 0.3 else None
    parameters = {
        "C": 10 ** random.uniform(-2, 2),
        "l1_ratio": 1.0 if random.random() < 0.5 else random.uniform(0.05, 0.95),
        "tol": 1e-6 if random.random() < 0.5 else 1e-12,
        "fit_intercept": bool(random.random() < 0.7),
    }
    return (sparse.csr_matrix(X) if random.random() < 0.3 else X), y, weights, parameters


def missed(model, X, y, weights=None):
    """The largest violation of the conditions of a minimum over max(1, the largest slope at 0).

    Both are slopes of the mean cost in w and b as the model has them, of columns as they are: unscaled.
    """
    X = (X.toarray() if sparse.issparse(X) else X).astype(np.float64)
    q = np.full(len(y), 1.0) if weights is None else weights
    total = q.sum()
    Y = (y[:, None] == model.classes_).astype(float)
    Y = Y[:, 1:] if len(model.classes_) == 2 else Y

    def slope(W, b):
        Z = X @ W.T + b
        dZ = ((expit(Z) if Z.shape[1] == 1 else softmax(Z, axis=1)) - Y) * (q / total)[:, None]
        return dZ.T @ X, dZ.sum(axis=0) * model.fit_intercept

    W, b = model.coef_.astype(np.float64), model.intercept_.astype(np.float64)
    dW, db = slope(W, b)
    dW += (1 - model.l1_ratio) / model.C / total * W
    l1 = model.l1_ratio / model.C / total
    of_W = np.where(W != 0, np.abs(dW + l1 * np.sign(W)), np.maximum(np.abs(dW) - l1, 0))
    at_zero = [np.abs(part).max() for part in slope(0 * W, 0 * b)]
    return max(of_W.max(), np.abs(db).max()) / max(1.0, *at_zero)
