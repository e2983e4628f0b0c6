"""MLPRegressor: its parameters and attributes, and what makes it a regressor."""

from typing import Any, ClassVar

from sklearn.base import MultiOutputMixin
from sklearn.utils.metaestimators import available_if

from shoal.estimators._base import BaseMLP, trains_by_epochs
from shoal.estimators._fit import one_more_epoch
from shoal.estimators._parameters import REGRESSOR, keep_arguments, with_names
from shoal.estimators._predict import columns_of, last_layer
from shoal.estimators._scorers import NumberScoreMixin
from shoal.estimators._targets import NumberTargets


@with_names
class MLPRegressor(MultiOutputMixin, NumberScoreMixin, BaseMLP):  # type: ignore[misc]
    """A neural network that predicts numbers: hidden layers, then an output for each column of y.

    It minimises the mean of its loss, plus alpha/(2m) sum W^2 and l1/m sum |W|. With the squared error,
    training is easiest when y is standardised (`sklearn.compose.TransformedTargetRegressor`); counts, for
    which there is ``loss="poisson"``, stay as they are.

    Names and defaults are scikit-learn's; `MLPClassifier` says what differs on purpose.

    Parameters
    ----------
    loss : {"squared_error", "poisson"}, default="squared_error"
        ``"squared_error"`` is 1/2 sum_j (A_j - Y_j)^2 with A = Z. ``"poisson"`` is for counts (visits,
        claims, sales: y is at least 0, its variance grows with its mean): A = e^Z is never negative, and the
        loss is half the Poisson deviance, sum_j (Y_j log(Y_j / A_j) - Y_j + A_j).
    hidden_layer_sizes : int or sequence of int, default=(100,)
        Units of each hidden layer; ``()`` is linear regression, or Poisson regression.
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
        Rows of a mini-batch. ``"auto"`` is min(200, n_samples), ``"full"`` all rows; a batch larger than the
        data is the data.
    learning_rate : str, default="constant"
        The schedule: ``"constant"``, ``"invscaling"``, ``"adaptive"`` (divide the rate by five instead of
        stopping), or ``"inverse_time"``, ``"step"``, ``"cosine"``: see `shoal.book.optimizers.Schedule`.
    learning_rate_init : float, default=0.001
        The learning rate at the start of the schedule. The default is Adam's; ``"sgd"`` usually needs a
        larger one.
    power_t : float, default=0.5
        The power in ``learning_rate="invscaling"``.
    max_iter : int, default=200
        The largest number of epochs (of iterations for ``"lbfgs"``).
    shuffle : bool, default=True
        Whether each epoch takes the rows in a new order (mini-batches only).
    random_state : int, RandomState instance or None, default=0
        Seed of the first weights, the order of the rows, dropout and the validation split. The default gives
        the same network in every call; None takes another seed each time.
    tol : float, default=1e-4
        An epoch that improves by less than this counts as no improvement. For ``"lbfgs"`` it is the largest
        slope that may remain.
    verbose : bool, default=False
        Whether to print a line after each epoch.
    warm_start : bool, default=False
        Whether `fit` goes on from where the last one ended, with the optimiser's memory. That of ``"lbfgs"``
        is dropped if the cost or its gradient is no longer the same there, to the last bit: because of other
        rows, weights, penalties or parameters, or of another engine. It is about twenty numbers for each
        parameter, in a pickle too; `shoal.save` leaves it out.
    momentum : float, default=0.9
        For ``"sgd"``: how much of the last step is kept; 0 is plain gradient descent.
    nesterovs_momentum : bool, default=True
        For ``"sgd"``: Nesterov's form of momentum.
    early_stopping : bool, default=False
        Whether to watch the score on validation rows, stop when it no longer improves, and keep the best
        epoch.
    validation_fraction : float, default=0.1
        The share of the rows that early stopping sets aside, unless `fit` gets `X_val`.
    beta_1, beta_2 : float, default=0.9, 0.999
        How slowly Adam's averages of the gradient and of its square forget; RMSprop uses beta_2.
    epsilon : float, default=1e-8
        Keeps the division of Adam, AdamW, RMSprop and Adagrad finite; at least 1e-30.
    n_iter_no_change : float, default=10
        How many epochs without improvement are tolerated; infinity never stops.
    max_fun : int, default=15000
        For ``"lbfgs"``: after so many evaluations of the cost in one fit no other iteration begins.
    l1 : float, default=0.0
        Strength of the L1 penalty, which pulls weights that do not help towards zero.
    dropout : float or sequence of float, default=0.0
        The share of hidden units that each update leaves out, for all hidden layers or for each.
    initialization : str, sequence or callable, default="auto"
        How W starts: ``"auto"``, which suits each layer's activation, ``"zeros"``, ``"ones"``, ``"normal"``,
        ``"lecun"``, ``"xavier"`` or ``"he"``; or your own start, as a list of (W[l], b[l]), a flat theta, or
        a function of (network, random): see `shoal.book.initialization.initialize`.
    initialization_scale : float or None, default=None
        What every first weight is multiplied by. None is the course's 0.01 for ``"normal"``, and 1 for all
        others.
    weight_decay : float, default=0.0
        For ``"adamw"``: the share of W, times the learning rate, that each update takes away.
    clip_norm : float or None, default=None
        A gradient longer than this is shortened to it.
    decay : float, default=0.1
        For the schedules ``"inverse_time"`` and ``"step"``: how fast the learning rate falls.
    decay_every : int or None, default=None
        For the schedules ``"inverse_time"`` and ``"step"``: epochs from one fall to the next. None is 1 for
        ``"inverse_time"``, and 10 for ``"step"``.
    warm_up : int, default=0
        Epochs in which the learning rate climbs to `learning_rate_init`, before any schedule begins.
    scoring : str, callable or None, default=None
        Any scikit-learn scorer for the validation rows; None is R^2, with either loss.
    n_restarts : int, default=1
        Networks that are trained together, from the seeds `random_state`, `random_state` + 1, ... They
        share the validation rows.
    restarts : {"best", "average"}, default="best"
        What becomes of several networks. ``"best"`` keeps the one with the lowest mean loss on the validation
        rows (without any, the lowest cost). ``"average"`` averages their Z[L], which is one wider network.
    engine : str or Engine, default="auto"
        What computes: see `shoal.engines.get_engine`.

    Attributes
    ----------
    network_ : Network
        The architecture.
    theta_ : ndarray of shape (p,)
        All parameters of the network, in float32 if X was float32. With early stopping, those of the best
        epoch.
    coefs_ : list of ndarray of shape (n[l-1], n[l])
        W[l].T of each layer, as in scikit-learn; views into `theta_`.
    intercepts_ : list of ndarray of shape (n[l],)
        b[l] of each layer; views into `theta_`.
    history_ : History
        Cost, learning rate, gradient norm and validation score of each epoch: see `shoal.training.History`.
    loss_curve_ : list of float
        The cost of each epoch.
    validation_scores_ : list of float or None
        The score of each epoch; None without validation rows.
    loss_, best_loss_, best_validation_score_ : float or None
        The last cost, the lowest cost (None with early stopping), the highest score (None without validation
        rows).
    restart_costs_ : list of float
        What the restarts were compared by, infinite for one that diverged; empty for one network.
    best_restart_ : int
        The number of the restart with the lowest of them, whose history is shown.
    n_iter_ : int
        Epochs of the last `fit` or `partial_fit`.
    n_epochs_ : int
        All epochs, with `warm_start` and `partial_fit` those of all fits.
    t_ : int
        Rows seen so far; a row counts once in each epoch.
    ending_ : Ending
        Why training ended, with the numbers that say so: see `shoal.training.Ending`.
    stopped_ : str
        Its reason: ``"converged"``, ``"limit"`` (`max_iter` or `max_fun`), ``"plateau"`` (it stopped where
        nothing, or little, was learned), ``"exploded"`` (the cost rose and stayed high), ``"asked"`` (by a
        callback) or ``"interrupted"`` (by Ctrl-C; `warm_start` goes on).
    n_features_in_, n_layers_, n_outputs_ : int
        The number of columns of X, of layers with the input counted, of output units.
    out_activation_ : str
        The last activation by scikit-learn's name.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        The names of X's columns; only if all of them are strings.

    See Also
    --------
    MLPClassifier : The same for labels.
    shoal.book.equations : The equations that are computed.

    References
    ----------
    The course's weeks 2 and 3 (`docs/notes.md` says where each section lives); Kingma and Ba 2015 (Adam);
    Loshchilov and Hutter 2019 (AdamW); Srivastava et al. 2014 (dropout); McCullagh and Nelder 1989, chapter 6
    (the Poisson deviance).

    Examples
    --------
    >>> import numpy as np
    >>> from shoal import MLPRegressor
    >>> x = np.linspace(-3, 3, 200).reshape(-1, 1)
    >>> options = {"activation": "tanh", "solver": "lbfgs", "max_iter": 1000, "tol": 1e-3}
    >>> model = MLPRegressor(hidden_layer_sizes=(20,), **options)
    >>> bool(model.fit(x, np.sin(x).ravel()).score(x, np.sin(x).ravel()) > 0.99)
    True
    """

    _targets = NumberTargets()
    _own_rules: ClassVar = REGRESSOR

    def __init__(
        self,
        loss: str = "squared_error",
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
        initialization: Any = "auto",
        initialization_scale: float | None = None,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
        decay: float = 0.1,
        decay_every: int | None = None,
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

        It exists unless ``solver="lbfgs"`` or `n_restarts` is above 1.

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

        Raises
        ------
        UsageError
            If a parameter does not have one of its possible values, or with
            ``early_stopping=True``: one piece of the data has no validation rows.
        DataError, ValueError
            If X, y or the weights cannot be learned from.
        DivergedError
            If the cost stops being a finite number.
        """
        one_more_epoch(self, X, y, sample_weight)
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
            In the units of the y that `fit` saw.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        DataError, ValueError
            If X has other columns than in `fit`, or holds NaN or infinity.
        """
        A = last_layer(self, "A", columns_of(self, X))
        return A[0] if len(A) == 1 else A.T

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = self.loss == "poisson"
        return tags
