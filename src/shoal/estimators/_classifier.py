"""MLPClassifier: its parameters and attributes, and what makes it a classifier."""

from typing import Any

from sklearn.utils.metaestimators import available_if

from shoal.base.errors import UsageError
from shoal.estimators._base import BaseMLP, trains_by_epochs
from shoal.estimators._fit import is_begun, one_more_epoch
from shoal.estimators._parameters import keep_arguments, with_names
from shoal.estimators._predict import NetworkClassifierMixin
from shoal.estimators._targets import LabelTargets


@with_names
class MLPClassifier(NetworkClassifierMixin, BaseMLP):
    """A neural network that classifies: hidden layers, then a sigmoid or a softmax.

    It minimises the mean cross-entropy plus alpha/(2m) sum W^2 and l1/m sum |W|. Two classes, or several
    labels for each row, get sigmoid outputs; three classes or more get a softmax.

    Names and defaults are scikit-learn's, so changing the import is the whole migration. What differs on
    purpose: `random_state` is 0 by default, so that the same call gives the same network. `alpha` means the
    same for every batch size: scikit-learn divides it by the rows of a batch, shoal by those of the training
    set. Weights start as Glorot or He recommend for the layer's activation. A cost that stops being finite is
    a DivergedError (a ValueError, too), where scikit-learn may return a network without an answer. With
    `warm_start`, y may lack some of the classes of the fit before. Of two probabilities that both round to 1,
    `predict_log_proba` still tells the larger one. Warnings and errors have their own words.

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
        The share of the rows that early stopping sets aside, the same share of each class, unless `fit`
        gets `X_val`.
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
        Any scikit-learn scorer for the validation rows; None is accuracy.
    n_restarts : int, default=1
        Networks that are trained together, from the seeds `random_state`, `random_state` + 1, ... They
        share the validation rows.
    restarts : {"best", "average"}, default="best"
        What becomes of several networks. ``"best"`` keeps the one with the lowest mean loss on the validation
        rows (without any, the lowest cost). ``"average"`` averages their Z[L], which is one wider network.
    engine : str or Engine, default="auto"
        What computes: see `shoal.engines.get_engine`.
    class_weight : dict, "balanced" or None, default=None
        A weight for each class, multiplied into the sample weights. ``"balanced"`` gives all classes the same
        total weight.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted; probabilities stand in this order.
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
    MLPRegressor : The same for numbers.
    LogisticRegression : The network without a hidden layer, solved to its minimum.
    shoal.book.equations : The equations that are computed.

    References
    ----------
    The course's weeks 2 and 3 (`docs/notes.md` says where each section lives); Kingma and Ba 2015 (Adam);
    Loshchilov and Hutter 2019 (AdamW); Srivastava et al. 2014 (dropout).

    Examples
    --------
    >>> from shoal import MLPClassifier
    >>> from shoal.datasets import load
    >>> flower = load("flower")
    >>> model = MLPClassifier((8,), activation="tanh", solver="lbfgs", alpha=0.1, max_iter=500)
    >>> bool(model.fit(flower.X, flower.y).score(flower.X, flower.y) > 0.85)
    True
    """

    _targets = LabelTargets(multilabel=True, single=True)

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
        class_weight: Any = None,
    ) -> None:
        keep_arguments(self, locals())

    @available_if(trains_by_epochs)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Any:
        """Train one more epoch, over these rows; for data that comes in pieces.

        It exists unless ``solver="lbfgs"`` or `n_restarts` is above 1.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The rows of this piece.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Their labels.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each row counts.
        classes : array-like of shape (n_classes,), default=None
            All classes that there will ever be; needed in the first call.

        Returns
        -------
        self : object

        Raises
        ------
        UsageError
            If a parameter does not have one of its possible values, if the first call lacks
            `classes`, with ``class_weight="balanced"``, or with
            ``early_stopping=True``: one piece of the data has no validation rows.
        DataError, ValueError
            If X, y or the weights cannot be learned from.
        DivergedError
            If the cost stops being a finite number.
        """
        if self.class_weight == "balanced":
            raise UsageError("fit.partial_balanced")
        if classes is None and not is_begun(self):
            raise UsageError("fit.first_classes")
        one_more_epoch(self, X, y, sample_weight, classes)
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
