"""The estimators: scikit-learn's names and manners over the book's equations.

Changing the import is the whole migration. Three things differ on purpose: ``random_state`` is 0 unless
you say otherwise, so that the same call gives the same network; ``alpha`` means the same for every batch
size (scikit-learn divides it by the rows of a batch, we by those of the training set); and weights start
as Glorot or He say for the layer's activation.
"""

from typing import Any

from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.utils.metaestimators import available_if

from shoal.base.errors import UsageError
from shoal.estimators._base import BaseMLP, trains_by_epochs
from shoal.estimators._fit import is_begun
from shoal.estimators._parameters import keep_arguments, with_names
from shoal.estimators._predict import NetworkClassifier, columns_of, last_layer
from shoal.estimators._targets import LabelTargets, NumberTargets


@with_names
class MLPClassifier(NetworkClassifier, BaseMLP):
    """A neural network that classifies: hidden layers, then a sigmoid or a softmax.

    It minimises the mean cross-entropy J plus L2/(2m) sum W^2 and L1/m sum |W|. Two classes, or several
    labels a row, get sigmoid outputs; three classes or more get a softmax.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(100,)
        Units of each hidden layer; ``()`` is logistic regression.
    activation : str or sequence of str, default="relu"
        One for all hidden layers, or one for each; ``"logistic"`` is another name for ``"sigmoid"``:
        {activations}
    solver : str, default="adam"
        How the cost goes down. ``"sgd"`` follows `momentum` and `nesterovs_momentum`. ``"lbfgs"`` looks
        at all rows at once: often best below a few thousand rows. ``"adagrad"`` wants a larger learning
        rate than the others, 0.01 to 0.1:
        {solvers}
    alpha : float, default=0.0001
        Strength of the L2 penalty, the book's lambda.
    batch_size : int, "auto" or "full", default="auto"
        Rows of a mini-batch; ``"auto"`` is min(200, n_samples). A batch larger than the data is the data.
    learning_rate : str, default="constant"
        ``"constant"``, ``"invscaling"``, ``"adaptive"`` (divide by five instead of stopping), or
        ``"inverse_time"``, ``"step"``, ``"cosine"``: see `shoal.book.optimizers.Schedule`.
    learning_rate_init : float, default=0.001
        The learning rate, at the start of the schedule.
    power_t : float, default=0.5
        For ``learning_rate="invscaling"``.
    max_iter : int, default=200
        Epochs at the most (iterations for ``"lbfgs"``).
    shuffle : bool, default=True
        Take the rows in a new order in each epoch (mini-batches only).
    random_state : int, RandomState instance or None, default=0
        Seed of the first weights, the order of the rows, dropout and the validation split. None takes
        another one each time.
    tol : float, default=1e-4
        Progress smaller than this counts as none (for ``"lbfgs"``: the largest slope at the end).
    verbose : bool, default=False
        Print a line an epoch.
    warm_start : bool, default=False
        `fit` goes on from where the last one ended, with the optimiser's memory.
    momentum, nesterovs_momentum : float, bool, default=0.9, True
        For ``"sgd"``; a momentum of 0 is plain gradient descent.
    early_stopping : bool, default=False
        Watch the score on validation rows, stop when it no longer improves, keep the best epoch.
    validation_fraction : float, default=0.1
        The share of rows set aside for that, class by class, unless `fit` gets `X_val`.
    beta_1, beta_2, epsilon : float, default=0.9, 0.999, 1e-8
        Adam's constants; RMSprop takes beta_2 and epsilon, Adagrad epsilon.
    n_iter_no_change : int, default=10
        Epochs without progress that are waited for.
    max_fun : int, default=15000
        Evaluations of the cost at the most, for ``"lbfgs"``.
    l1 : float, default=0.0
        Strength of the L1 penalty, which pulls the weights that do not help towards zero.
    dropout : float or sequence of float, default=0.0
        The share of hidden units that are left out at each step, for all hidden layers or for each.
    initialization : {"auto", "zeros", "normal", "xavier", "he"}, default="auto"
        How W starts: see `shoal.book.initialization.initialize`.
    initialization_scale : float, default=0.01
        For ``initialization="normal"``.
    weight_decay : float, default=0.0
        For ``"adamw"``: the share of W, times the learning rate, that each step takes away.
    clip_norm : float or None, default=None
        A gradient longer than this is shortened to it.
    decay, decay_every, warm_up : float, int, int, default=0.1, 10, 0
        For the schedules ``"inverse_time"`` and ``"step"``; epochs of warm-up for any schedule.
    scoring : str, callable or None, default=None
        Any scikit-learn scorer for the validation rows; None is accuracy.
    n_restarts : int, default=1
        Networks that are trained together, from the seeds `random_state`, `random_state` + 1, ... They
        share the validation rows.
    restarts : {"best", "average"}, default="best"
        Of several networks, keep the one with the lowest mean loss on the validation rows (without any, the
        lowest cost), or the average of all: their Z[L] is averaged, which is one wider network.
    engine : str or Engine, default="auto"
        What computes: see `shoal.engines.get_engine`.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, multiplied into those of the rows.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted; probabilities stand in this order.
    network_ : Network
        The architecture.
    theta_ : ndarray of shape (p,)
        All parameters; `coefs_` and `intercepts_` are views into it.
    coefs_, intercepts_ : list of ndarray
        W[l].T, of shape (n[l-1], n[l]), and b[l], of shape (n[l],), as scikit-learn has them.
    history_ : History
        Cost, learning rate, gradient norm and validation score of each epoch.
    loss_curve_, validation_scores_ : list of float
        The cost and the score of each epoch (None without validation rows).
    restart_costs_, best_restart_ : list of float, int (with several restarts)
        What the restarts were compared by, infinite for one that diverged; the lowest one's number, whose
        history is shown.
    loss_, best_loss_, best_validation_score_ : float
        The last cost, the best one, the best score.
    n_iter_, t_ : int
        Epochs, and rows seen.
    stopped_ : str
        Why training ended: ``"no_change"``, ``"max_epochs"``, ``"max_evaluations"`` (of L-BFGS),
        ``"asked"`` (by a callback) or ``"interrupted"`` (by Ctrl-C; `warm_start` goes on).
    n_features_in_, n_layers_, n_outputs_, out_activation_, feature_names_in_
        As in scikit-learn.

    See Also
    --------
    shoal.book.equations : The equations that are being solved.

    References
    ----------
    The course's weeks 2 and 3 (`docs/notes.md` says where each section lives); Kingma and Ba 2015 (Adam).

    Examples
    --------
    >>> from shoal import MLPClassifier
    >>> from shoal.datasets import load
    >>> flower = load("flower")
    >>> model = MLPClassifier((8,), activation="tanh", solver="lbfgs", alpha=0.1, max_iter=500)
    >>> bool(model.fit(flower.X, flower.y).score(flower.X, flower.y) > 0.85)
    True
    """

    _targets = LabelTargets(multilabel=True)

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = 0,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        l1: float = 0.0,
        dropout: Any = 0.0,
        initialization: str = "auto",
        initialization_scale: float = 0.01,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
        decay: float = 0.1,
        decay_every: int = 10,
        warm_up: int = 0,
        scoring: Any = None,
        n_restarts: int = 1,
        restarts: str = "best",
        engine: Any = "auto",
        class_weight: Any = None,
    ) -> None:
        keep_arguments(self, locals())

    @available_if(trains_by_epochs)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Any:
        """Train one more epoch, over these rows; for data that comes in pieces.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The rows of this piece.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Their labels.
        classes : array-like of shape (n_classes,), default=None
            All classes there will ever be; needed in the first call.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each row counts.

        Returns
        -------
        self : object
        """
        if self.class_weight == "balanced":
            raise UsageError("fit.partial_balanced")
        if classes is None and not is_begun(self):
            raise UsageError("fit.first_classes")
        self._train_one_more_epoch(X, y, classes, sample_weight)
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class MLPRegressor(MultiOutputMixin, RegressorMixin, BaseMLP):  # type: ignore[misc]
    """A neural network that predicts numbers: hidden layers, then as many identity outputs as y has columns.

    It minimises the mean of 1/2 sum_j (A_j - Y_j)^2, plus L2/(2m) sum W^2 and L1/m sum |W|. Training is
    easiest when y is standardised (`sklearn.compose.TransformedTargetRegressor`).

    The parameters and attributes are those of `MLPClassifier`, without what concerns classes; None for
    `scoring` is R^2.

    Examples
    --------
    >>> import numpy as np
    >>> from shoal import MLPRegressor
    >>> x = np.linspace(-3, 3, 200).reshape(-1, 1)
    >>> model = MLPRegressor((20,), activation="tanh", solver="lbfgs", max_iter=1000, tol=1e-3)
    >>> bool(model.fit(x, np.sin(x).ravel()).score(x, np.sin(x).ravel()) > 0.99)
    True
    """

    _targets = NumberTargets()

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = 0,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        l1: float = 0.0,
        dropout: Any = 0.0,
        initialization: str = "auto",
        initialization_scale: float = 0.01,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
        decay: float = 0.1,
        decay_every: int = 10,
        warm_up: int = 0,
        scoring: Any = None,
        n_restarts: int = 1,
        restarts: str = "best",
        engine: Any = "auto",
    ) -> None:
        keep_arguments(self, locals())

    @available_if(trains_by_epochs)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Train one more epoch, over these rows; for data that comes in pieces.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The rows of this piece.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their numbers.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each row counts.

        Returns
        -------
        self : object
        """
        self._train_one_more_epoch(X, y, None, sample_weight)
        return self

    def predict(self, X: Any) -> Any:
        """The number, or the numbers, of each row.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows with the columns that `fit` saw.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        """
        A = last_layer(self, "A", columns_of(self, X))
        return A[0] if len(A) == 1 else A.T
