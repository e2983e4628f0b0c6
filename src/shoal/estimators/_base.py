"""What the two multilayer perceptrons share: `fit`, which takes the steps of `_fit`, and the attributes.

Each of them says with its `_targets` what its y is.
"""

from contextlib import nullcontext
from functools import cache
from typing import Any, ClassVar

from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.exceptions import ConvergenceWarning

from shoal.base.errors import UsageError, warn
from shoal.base.texts import page, text
from shoal.book.network import Network
from shoal.engines.base import Data
from shoal.estimators._callbacks import EpochCallbacks
from shoal.estimators._doctor import DoctorMixin
from shoal.estimators._fit import begin, is_begun
from shoal.estimators._inputs import Array, hold_out, prepare, tell_scales
from shoal.estimators._inside import InsideMixin
from shoal.estimators._parameters import LOGISTIC, check_parameters
from shoal.estimators._predict import matrices, unchanged_if_it_fails
from shoal.estimators._recorded import recorded_fit
from shoal.estimators._runs import State, seed_of
from shoal.estimators._targets import TargetKind
from shoal.estimators._to_sklearn import ToSklearnMixin
from shoal.estimators._weights import Biases, Layers, set_layers, set_said
from shoal.estimators._worth import doubt
from shoal.training.ending import Ending, in_words
from shoal.training.loop import History


def trains_by_epochs(estimator: Any) -> bool:
    """Whether there is a `partial_fit`: L-BFGS has no epochs, and of several restarts only one is kept.

    scikit-learn turns the error into the AttributeError of a missing method, with this one as its cause.
    """
    if estimator.n_restarts != 1:
        raise UsageError("fit.restarts_continue")
    return bool(estimator.solver != "lbfgs")


def tell_ending(estimator: Any, data: Data, rows: Array) -> None:
    """Warn if training ended before it converged, or to no avail on these rows; and say what can be done."""
    ending = estimator.ending_
    advice = ending.rule if ending.reason == "limit" else ending.reason
    if advice == "max_epochs" and estimator.solver == "lbfgs":  # it has no learning rate to raise
        advice = "max_iterations"
    values = {"max_iter": estimator.max_iter, "max_fun": estimator.max_fun}
    if (found := doubt(estimator, ending, data, rows)) is not None:
        advice, values = found
    if advice in page("fit"):
        said = text(f"fit.{advice}", ending=in_words(ending), rate=estimator.learning_rate_init, **values)
        warn(said, ConvergenceWarning)


class BaseMLP(InsideMixin, DoctorMixin, ToSklearnMixin, CallbackSupportMixin, BaseEstimator):  # type: ignore[misc]
    """A feedforward network behind scikit-learn's `fit` and attributes.

    The methods that depend on what y is (`predict`, `partial_fit`) are those of the subclasses.
    """

    network_: Network
    theta_: Array
    history_: History
    ending_: Ending
    t_: int
    _targets: ClassVar[TargetKind]
    _state: State  # see _fit.state_of

    @classmethod
    @cache
    def _get_param_names(cls) -> list[str]:
        """The names of the parameters; scikit-learn would read them off the signature in every call."""
        names: list[str] = super()._get_param_names()
        return names

    @with_callbacks  # type: ignore[untyped-decorator]
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        *,
        record: Any = None,
        stop_by: Any = None,
    ) -> Any:
        """Train the network.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The rows to learn from. float32 is kept, everything else becomes float64.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their targets: labels for a classifier (or a 0/1 column for each label), numbers for a regressor.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each row counts; a weight of k is k copies of the row, 0 leaves it out.
        X_val, y_val : array-like, default=None
            Your own validation rows. They are scored after each epoch (`validation_scores_`); early stopping
            watches them instead of a split of X, and restarts are compared on them.
        record : int, "all" or shoal.inspect.Recording, default=None
            Keep snapshots in `recording_`, so that any of these epochs can be looked at later: every so many
            epochs, or all. Start and end are always kept; with early stopping the end is not the model, which
            has the parameters of ``recording_.best``. It changes no bit of the fit; None costs nothing. A
            search passes it on: after ``GridSearchCV(...).fit(X, y, record=10)`` every fit was recorded, and
            `best_estimator_` has its `recording_`.
        stop_by : callable, default=None
            Which rows early stopping sets aside, where rows belong together: ``stop_by(rows, share, seed)``
            is given the numbers of the rows to learn from, and returns those to set aside, or None to have
            them drawn. It is not called without early stopping or with `X_val`.

        Returns
        -------
        self : object

        Raises
        ------
        UsageError
            If a parameter does not have one of its possible values, or two of them contradict each other.
        DataError, ValueError
            If X, y or the weights cannot be learned from; the message says where and what to do.
        DivergedError
            If the cost stops being a finite number.

        Warns
        -----
        UserWarning
            If the columns of X differ so much in scale, or lie so far from 0, that a network cannot use them.
        ConvergenceWarning
            If training ended before it converged: at `max_iter` or `max_fun`, on a plateau, or with a cost
            that rose and stayed high; or if one answer for all rows would be as good. `ending_` has the
            numbers.
        """
        check_parameters(self)
        with unchanged_if_it_fails(self):
            continues = self.warm_start and is_begun(self)
            seed = seed_of(self.random_state)
            examples = prepare(self, X, y, sample_weight, reset=not continues)
            tell_scales(self, examples.X)
            split = hold_out(self, examples, seed, X_val, y_val, stop_by)
            fitting = begin(self, examples, split, seed, continues=continues)
            epochs = self.max_iter * len(fitting.runs)
            callbacks = EpochCallbacks(self, examples.X, examples.y, sample_weight, epochs)
            self.__dict__.pop("recording_", None)
            with nullcontext() if record is None else recorded_fit(fitting, record):
                fitting.train(callbacks)
        tell_ending(self, examples.data, split.rows)
        return self

    _fit_in_steps = fit  # a subclass with another `fit` is fitted by that one: see _trainable.fits_in_steps

    @property
    def _penalties(self) -> tuple[float, float]:
        """The strengths of L1 and L2."""
        return float(self.l1), float(self.alpha)

    # ------------------------------------------------------------------ attributes

    @property
    def stopped_(self) -> str:
        """Why training ended: the reason of `ending_`."""
        return self.ending_.reason

    @property
    def n_epochs_(self) -> int:
        """All epochs of the network: with `warm_start` or `partial_fit` those of all fits."""
        return self._state.epoch

    @property
    def loss_curve_(self) -> list[float]:
        """The cost of each epoch."""
        return self.history_.cost

    @property
    def loss_(self) -> float | None:
        """The cost of the last epoch; None if Ctrl-C came in the first one."""
        return self.history_.cost[-1] if self.history_.cost else None

    @property
    def best_loss_(self) -> float | None:
        """The lowest cost; None with early stopping, which watches the score, or without an epoch."""
        return None if self.early_stopping else min(self.history_.cost, default=None)

    @property
    def validation_scores_(self) -> list[float] | None:
        """The score of each epoch on the validation rows; None if there were none."""
        return self.history_.score or None

    @property
    def best_validation_score_(self) -> float | None:
        """The highest score on the validation rows; None if there were none."""
        return max(self.history_.score, default=None)

    @property
    def n_layers_(self) -> int:
        """The number of layers as scikit-learn counts them, the input included: L + 1."""
        return self.network_.L + 1

    @n_layers_.setter
    def n_layers_(self, value: int) -> None:
        set_said(self, "n_layers_", value)

    @property
    def n_outputs_(self) -> int:
        """The number of output units, n_y."""
        return self.network_.n[-1]

    @n_outputs_.setter
    def n_outputs_(self, value: int) -> None:
        set_said(self, "n_outputs_", value)

    @property
    def out_activation_(self) -> str:
        """The last activation, by scikit-learn's name: "logistic", "softmax", "identity" or "exp".

        Beside weights of your own it says whether a row has one of the classes or several labels.
        """
        return LOGISTIC if self.network_.output == "sigmoid" else self.network_.output

    @out_activation_.setter
    def out_activation_(self, value: str) -> None:
        set_said(self, "out_activation_", value)

    @property
    def coefs_(self) -> Layers:
        """The weights, W[l].T as in scikit-learn: a list of (n[l-1], n[l]), views into `theta_`.

        The list, or a layer of it, can be set, also before `fit`: ``model.coefs_[0] = W``.
        """
        W, _ = matrices(self, "coefs_")
        return Layers(W_l.T for W_l in W[1:])

    @coefs_.setter
    def coefs_(self, values: Any) -> None:
        set_layers(self, "coefs_", values)

    @property
    def intercepts_(self) -> Layers:
        """The biases: a list of (n[l],), views into `theta_`; they can be set as `coefs_` can."""
        _, b = matrices(self, "intercepts_")
        return Biases(b_l[:, 0] for b_l in b[1:])

    @intercepts_.setter
    def intercepts_(self, values: Any) -> None:
        set_layers(self, "intercepts_", values)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
