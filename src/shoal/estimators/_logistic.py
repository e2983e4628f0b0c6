"""Logistic regression, binary and multinomial: the network without a hidden layer, solved to its minimum."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.exceptions import ConvergenceWarning

from shoal.base.errors import UsageError, warn
from shoal.base.texts import text
from shoal.book.network import Network
from shoal.engines import get_engine
from shoal.engines.base import Data
from shoal.estimators._callbacks import EpochCallbacks
from shoal.estimators._doctor import DoctorMixin
from shoal.estimators._inputs import Array, Examples, prepare
from shoal.estimators._inside import InsideMixin
from shoal.estimators._parameters import LOGISTIC_REGRESSION, check_parameters, keep_arguments, share_of_l1
from shoal.estimators._predict import NetworkClassifierMixin, matrices, unchanged_if_it_fails
from shoal.estimators._recorded import Snapshot, recorded
from shoal.estimators._targets import LabelTargets
from shoal.estimators._to_sklearn import ToSklearnMixin
from shoal.estimators._weights import set_line
from shoal.training._linear_solver import minimum
from shoal.training.ending import decided
from shoal.training.loop import History

# The solver's words for why it ended, as the rules of `training.Ending`; and what is said of an end before
# the minimum. One that a callback stopped did what it was told.
ENDED = {"minimum": "no_change", "max_iter": "max_epochs", "precision": "precision", "callback": "asked"}
UNFINISHED = {"limit": "fit.not_converged_convex", "precision": "fit.not_converged_precision"}


class LogisticRegression(
    NetworkClassifierMixin,
    InsideMixin,
    DoctorMixin,
    ToSklearnMixin,
    CallbackSupportMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """Logistic regression, for two classes or more (softmax).

    It minimises sum of the losses + ((1 - l1_ratio)/2 sum w^2 + l1_ratio sum |w|) / C, as scikit-learn
    does; the intercept is not penalised. Columns of very different scale need no scaling first: the solver
    scales them inside, and the minimum is that of the columns as they are. With three classes or more there
    may be several minima: the weights of a column may be shifted alike for all classes. Of these it is the
    one with the smallest sum of w^2.

    All parameters of scikit-learn's class are taken. Those that choose how the minimum is found (`solver`,
    `random_state`, `n_jobs`, `verbose`) change nothing, because there is one minimum and one solver here.
    What differs: `tol` and `max_iter` have other defaults, since they count in the scaled columns and end at
    the minimum (so the last decimals are other ones than where a solver of scikit-learn's stopped); any
    penalty goes with any `solver`, and no warning depends on it; a callback is told of one task fewer; and
    the bias is never penalised, which scikit-learn's ``"liblinear"`` does.

    Parameters
    ----------
    penalty : {"l1", "l2", "elasticnet"} or None, default="deprecated"
        scikit-learn's older way to say what `l1_ratio` and `C` say: "l1" is ``l1_ratio=1``, "l2" is
        ``l1_ratio=0``, None is ``C=np.inf``, "elasticnet" takes `l1_ratio`. The default leaves it to them.
    C : float, default=1.0
        Inverse strength of the penalty; ``np.inf`` for none.
    l1_ratio : float or None, default=0.0
        The share of L1 in the penalty: 0 is L2 (ridge), 1 is L1 (lasso), which makes weights exactly 0. None
        is 0.
    dual : bool, default=False
        Only False: the minimum of the dual problem would be the same.
    tol : float, default=1e-6
        The largest slope of the mean cost that may remain, in scaled columns. Where L1 holds a weight at 0,
        what counts is by how much the slope of the rest exceeds that of the penalty. With L1 the search goes
        on below `tol` as long as that costs little.
    fit_intercept : bool, default=True
        Whether there is a bias.
    intercept_scaling : float, default=1
        Only 1: the bias is not penalised, so there is nothing to scale.
    class_weight : dict, "balanced" or None, default=None
        A weight for each class, multiplied into the sample weights. ``"balanced"`` gives all classes the same
        total weight.
    random_state : int, RandomState instance or None, default=None
        Without effect: nothing is drawn at random.
    solver : str, default="lbfgs"
        One of scikit-learn's names. Without effect: see above.
    max_iter : int, default=1000
        The largest number of iterations.
    verbose : int, default=0
        Without effect.
    warm_start : bool, default=False
        Whether `fit` starts from the last solution instead of zero. It saves iterations; the minimum is the
        same.
    n_jobs : int or None, default=None
        Without effect; `shoal.engines` says how many threads compute.
    engine : str or Engine, default="auto"
        What computes: see `shoal.engines.get_engine`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        W[1], a view into `theta_`; after `sparsify` a CSR matrix. It can be set, also before `fit`.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        b[1], a view into `theta_`. It can be set, also before `fit`.
    network_, theta_ : Network, ndarray of shape (p,)
        The architecture and its parameters.
    n_iter_ : ndarray of shape (1,)
        The number of iterations, in an array as scikit-learn has it.
    ending_ : Ending
        Why the solver ended: see `shoal.training.Ending`.
    loss_curve_ : list of float
        The cost after each iteration: the mean loss plus the penalty, divided by the (weighted) rows.
    n_features_in_ : int
        The number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        The names of X's columns; only if all of them are strings.

    See Also
    --------
    MLPClassifier : The same with hidden layers.

    References
    ----------
    The course's week 2 (`docs/notes.md`); Zhu, Byrd, Lu and Nocedal 1997 (L-BFGS-B, without L1); Friedman,
    Hastie and Tibshirani 2010, Yuan, Ho and Lin 2012, Lee, Sun and Saunders 2014 (proximal Newton, with L1).

    Examples
    --------
    >>> from shoal import LogisticRegression
    >>> from shoal.datasets import load
    >>> iris = load("iris")
    >>> bool(LogisticRegression().fit(iris.X, iris.y).score(iris.X, iris.y) > 0.95)
    True
    """

    network_: Network
    theta_: Array
    loss_curve_: list[float]
    _targets = LabelTargets(multilabel=False, single=False)
    _is_sparse = False  # see sparsify

    _own_rules: ClassVar = LOGISTIC_REGRESSION

    def __init__(
        self,
        penalty: str | None = "deprecated",
        *,
        C: float = 1.0,
        l1_ratio: float | None = 0.0,
        dual: bool = False,
        tol: float = 1e-6,
        fit_intercept: bool = True,
        intercept_scaling: float = 1,
        class_weight: Any = None,
        random_state: Any = None,
        solver: str = "lbfgs",
        max_iter: int = 1000,
        verbose: int = 0,
        warm_start: bool = False,
        n_jobs: int | None = None,
        engine: Any = "auto",
    ) -> None:
        keep_arguments(self, locals())

    @with_callbacks  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, record: Any = None) -> Any:
        """Find the minimum of the cost.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The rows to learn from. float32 is kept, everything else becomes float64.
        y : array-like of shape (n_samples,)
            Their labels.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each row counts; a weight of k is k copies of the row.
        record : int, "all" or shoal.inspect.Recording, default=None
            Keep snapshots in `recording_`, so that any of these iterations can be looked at later: every so
            many, or all. Start and end are always kept. It changes no bit of the fit; None costs nothing.

        Returns
        -------
        self : object

        Raises
        ------
        UsageError
            If a parameter does not have one of its possible values.
        DataError, ValueError
            If X, y or the weights cannot be learned from; the message says where and what to do.

        Warns
        -----
        ConvergenceWarning
            If `max_iter` iterations did not reach the minimum to `tol`.
        """
        check_parameters(self)
        _tell_contradictions(self)
        with unchanged_if_it_fails(self):
            before = vars(self).get("classes_")
            examples = prepare(self, X, y, sample_weight)
            network = Network((examples.X.shape[1], len(examples.data.Y)), (), examples.output)
            callbacks = EpochCallbacks(self, examples.X, examples.y, sample_weight, None)
            start = self._start(network, before)
            for name in ("recording_", "_is_sparse"):
                self.__dict__.pop(name, None)
            recording = nullcontext() if record is None else self._recorded(record, network, start, examples)
            with recording as see:
                self._minimize(network, start, examples.data, callbacks, see)
        return self

    def _recorded(
        self, record: Any, network: Network, start: Array, examples: Examples
    ) -> AbstractContextManager[Snapshot]:
        """A block in which `_minimize` takes snapshots of `theta_`."""
        self.network_, self.theta_, self.loss_curve_ = network, start, []

        def now() -> tuple[int, Array]:
            return len(self.loss_curve_), self.theta_

        return recorded(self, record, network, examples.data, examples.rows, now, epochs=self.max_iter)

    def _start(self, network: Network, classes_before: Array | None) -> Array:
        """Where the solver starts: at zero, or with `warm_start` at the last solution. The cost is convex."""
        same = self.warm_start and hasattr(self, "theta_") and self.network_ == network
        if same and classes_before is not None and np.array_equal(self.classes_, classes_before):
            return np.asarray(self.theta_)
        return np.zeros(network.p)

    def _minimize(
        self, network: Network, start: Any, data: Data, callbacks: EpochCallbacks, see: Snapshot | None
    ) -> None:
        self.network_, self.loss_curve_ = network, []

        def after_iteration(theta: Any, cost: float) -> bool:
            self.loss_curve_.append(cost)
            if see is not None:
                self.theta_ = theta
                see()
            if not callbacks.registered:
                return False
            return callbacks.end_epoch(callbacks.begin_epoch(), lambda: {"theta_": theta})

        l1, l2 = self._penalties
        found = minimum(
            network,
            start,
            data,
            get_engine(self.engine),
            l1=l1,
            l2=l2,
            intercept=self.fit_intercept,
            tol=self.tol,
            max_iter=self.max_iter,
            callback=after_iteration,
        )
        self.theta_ = found.theta.astype(data.X.dtype, copy=False)
        self.n_iter_ = np.array([found.iterations], dtype=np.int32)
        self.ending_ = decided(ENDED[found.ended], History(self.loss_curve_))
        callbacks.end_fit(lambda: {"theta_": self.theta_})
        if self.ending_.reason in UNFINISHED:
            message = text(
                UNFINISHED[self.ending_.reason], tol=self.tol, iterations=found.iterations, slope=found.slope
            )
            warn(message, ConvergenceWarning)

    @property
    def _penalties(self) -> tuple[float, float]:
        """The strengths of L1 and L2."""
        share = share_of_l1(self)
        strength = 0.0 if self.penalty is None else 1.0 / self.C
        return share * strength, (1 - share) * strength

    @property
    def coef_(self) -> Any:
        """W[1]."""
        W = matrices(self, "coef_")[0][1]
        return sparse.csr_array(W) if self._is_sparse else W

    @coef_.setter
    def coef_(self, value: Any) -> None:
        set_line(self, "coef_", value.toarray() if sparse.issparse(value) else value)

    @property
    def intercept_(self) -> Any:
        """b[1]."""
        return matrices(self, "intercept_")[1][1][:, 0]

    @intercept_.setter
    def intercept_(self, value: Any) -> None:
        set_line(self, "intercept_", value)

    def sparsify(self) -> Any:
        """Let `coef_` be a CSR matrix from now on, as in scikit-learn; predictions stay the same.

        Returns
        -------
        self : object
        """
        matrices(self, "coef_")
        self._is_sparse = True
        return self

    def densify(self) -> Any:
        """Let `coef_` be an array again.

        Returns
        -------
        self : object
        """
        matrices(self, "coef_")
        self._is_sparse = False
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _tell_contradictions(estimator: LogisticRegression) -> None:
    """Warn if `penalty` and the parameters that replace it say different things, as scikit-learn does.

    Raises
    ------
    UsageError
        If the share of L1 is missing.
    """
    penalty, l1_ratio = estimator.penalty, estimator.l1_ratio
    if penalty == "elasticnet" and l1_ratio is None:
        raise UsageError("parameters.no_l1_ratio")
    if l1_ratio not in (None, 0, share_of_l1(estimator)):  # 0 is the default, which says nothing
        warn(text("parameters.two_penalties", penalty=penalty, l1_ratio=l1_ratio), UserWarning)
    if penalty is None and estimator.C not in (1.0, np.inf):
        warn(text("parameters.no_penalty", C=estimator.C), UserWarning)
