"""What the two multilayer perceptrons share: `fit`, which calls the steps of `_fit`, and the attributes.

Each says with its `_targets` how y becomes Y.
"""

import warnings
from functools import cache
from typing import Any, ClassVar

from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.exceptions import ConvergenceWarning

from shoal.base.errors import UsageError
from shoal.base.texts import text
from shoal.estimators._callbacks import EpochHooks
from shoal.estimators._fit import begin, hold_out, is_begun, one_more_epoch, prepare
from shoal.estimators._parameters import LOGISTIC, check_parameters
from shoal.estimators._predict import FittedNetwork, unchanged_if_it_fails
from shoal.estimators._runs import State, seed_of
from shoal.estimators._targets import TargetKind
from shoal.training.loop import History


def trains_by_epochs(estimator: Any) -> bool:
    """Whether `partial_fit` makes sense: L-BFGS has no epochs, and of several networks not all are kept."""
    if estimator.n_restarts != 1:
        raise UsageError("fit.restarts_continue")  # scikit-learn says no such attribute, because of this
    return bool(estimator.solver != "lbfgs")


class BaseMLP(FittedNetwork, CallbackSupportMixin, BaseEstimator):  # type: ignore[misc]
    """A feedforward network behind scikit-learn's `fit` and `predict`."""

    history_: History
    t_: int
    _targets: ClassVar[TargetKind]
    _state: State  # see _fit.state_of

    @classmethod
    @cache
    def _get_param_names(cls) -> list[str]:
        """The parameters' names, which scikit-learn reads off the constructor each time that it asks."""
        names: list[str] = super()._get_param_names()
        return names

    @with_callbacks  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any, sample_weight: Any = None, X_val: Any = None, y_val: Any = None) -> Any:
        """Train the network.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The rows to learn from. float32 is kept, everything else becomes float64.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their targets.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each row counts; a weight of k is k copies of the row, 0 leaves it out.
        X_val, y_val : array-like, default=None
            Your own validation rows: scored after each epoch (`validation_scores_`), and what early
            stopping watches instead of a split of X.

        Returns
        -------
        self : object

        Raises
        ------
        UsageError
            If a parameter is not one of its possible values.
        DataError
            If X, y or the weights cannot be learned from; the message says where and what to do.
        DivergedError
            If the cost stops being a finite number.
        """
        check_parameters(self)
        with unchanged_if_it_fails(self):
            continues = self.warm_start and is_begun(self)
            seed = seed_of(self.random_state)
            examples = prepare(self, X, y, sample_weight, reset=not continues)
            split = hold_out(self, examples, seed, X_val, y_val)
            fitting = begin(self, examples, split, seed, continues=continues)
            metadata = {} if sample_weight is None else {"sample_weight": sample_weight}
            epochs = self.max_iter * len(fitting.runs)
            fitting.train(EpochHooks(self, examples.X, examples.y, metadata, epochs))
        if self.stopped_ in ("max_epochs", "max_evaluations"):
            limit = self.max_iter if self.stopped_ == "max_epochs" else self.max_fun
            warnings.warn(text(f"fit.{self.stopped_}", limit=limit), ConvergenceWarning, stacklevel=3)
        return self

    def _train_one_more_epoch(self, X: Any, y: Any, classes: Any, sample_weight: Any) -> None:
        """The body of `partial_fit`, whose arguments the estimators name."""
        check_parameters(self)
        with unchanged_if_it_fails(self):
            one_more_epoch(self, X, y, classes, sample_weight)

    # ------------------------------------------------------------------ what can be seen afterwards

    @property
    def loss_curve_(self) -> list[float]:
        """The cost of each epoch."""
        return self.history_.cost

    @property
    def loss_(self) -> float:
        """The cost of the last epoch."""
        return self.history_.cost[-1]

    @property
    def best_loss_(self) -> float | None:
        """The lowest cost; None with early stopping, which watches the score."""
        return None if self.early_stopping else min(self.history_.cost)

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

    @property
    def n_outputs_(self) -> int:
        """The number of output units, n_y."""
        return self.network_.n[-1]

    @property
    def out_activation_(self) -> str:
        """The last activation, by scikit-learn's name."""
        return LOGISTIC if self.network_.output == "sigmoid" else self.network_.output

    @property
    def coefs_(self) -> list[Any]:
        """The weights as scikit-learn turns them: a list of (n[l-1], n[l]), views into `theta_`."""
        W, _ = self._matrices("coefs_")
        return [W_l.T for W_l in W[1:]]

    @property
    def intercepts_(self) -> list[Any]:
        """The biases: a list of (n[l],), views into `theta_`."""
        _, b = self._matrices("intercepts_")
        return [b_l[:, 0] for b_l in b[1:]]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
