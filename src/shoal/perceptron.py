"""What the two multilayer perceptrons share: one fit, which calls the floors below in order.

The estimators in `estimators` say how y becomes Y and how A[L] becomes a prediction; here is the rest.
"""

import copy
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from itertools import compress
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import check_scoring

from shoal import fitting
from shoal.engines import get_engine
from shoal.errors import UsageError
from shoal.fitting import Examples, Split
from shoal.hooks import EpochHooks, epoch_line
from shoal.messages import text
from shoal.network import side_by_side
from shoal.parameters import LOGISTIC, check_parameters
from shoal.prediction import FittedNetwork, predicts_as_ours, unchanged_if_it_fails
from shoal.scoring import truth_of, usual
from shoal.training import History, Run, Stopping, train


def trains_by_epochs(estimator: Any) -> bool:
    """Whether `partial_fit` makes sense: L-BFGS has no epochs, and of several networks not all are kept."""
    if estimator.n_restarts != 1:
        raise UsageError("fit.restarts_continue")  # scikit-learn says no such attribute, because of this
    return bool(estimator.solver != "lbfgs")


class Perceptron(FittedNetwork, CallbackSupportMixin, BaseEstimator):  # type: ignore[misc]
    """A feedforward network behind scikit-learn's `fit` and `predict`."""

    history_: History
    t_: int
    _state: fitting.State

    @classmethod
    @cache
    def _get_param_names(cls) -> list[str]:
        """The parameters' names, which scikit-learn reads off the constructor each time that it asks."""
        names: list[str] = super()._get_param_names()
        return names

    # ------------------------------------------------------------------ what a subclass says

    def _check_targets(
        self, X: Any, y: Any, *, reset: bool, classes: Any = None, symbol: str = "X"
    ) -> tuple[Any, Any]:
        """X and y, checked; y as the person sees it: labels or numbers."""
        raise TypeError(f"{type(self).__name__} does not say what its targets are")

    def _encode(self, y: Any, dtype: Any) -> tuple[Any, str]:
        """Y, (n_y, m), and the name of the output."""
        raise TypeError(f"{type(self).__name__} does not say how its targets become Y")

    def _weigh(self, y: Any, weights: Any, dtype: Any) -> Any:
        """The weights of the rows, (m,) or None, with whatever the estimator adds to them."""
        return weights

    def _groups(self, y: Any) -> Any:
        """What a validation split keeps the shares of, (m,), or None."""
        return None

    # ------------------------------------------------------------------ fit

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
            continues = self.warm_start and hasattr(self, "_state")
            seed = fitting.seed_of(self.random_state)
            examples = self._examples(X, y, sample_weight, reset=not continues)
            split = self._split(examples, seed, X_val, y_val)
            runs = self._begin(examples, split, seed, continues)
            metadata = {} if sample_weight is None else {"sample_weight": sample_weight}
            epochs = self.max_iter * len(runs)
            self._train(runs, split, EpochHooks(self, examples.X, examples.y, metadata, epochs))
        if self.stopped_ in ("max_epochs", "max_evaluations"):
            limit = self.max_iter if self.stopped_ == "max_epochs" else self.max_fun
            warnings.warn(text(f"fit.{self.stopped_}", limit=limit), ConvergenceWarning, stacklevel=3)
        return self

    def _examples(
        self, X: Any, y: Any, sample_weight: Any = None, *, reset: bool = True, classes: Any = None
    ) -> Examples:
        """What is learned from, checked; what X and y are like is written down in the attributes."""
        X, y = self._check_targets(X, y, reset=reset, classes=classes)
        given = None if sample_weight is None else fitting.check_weights(sample_weight, X)
        weights = self._weigh(y, given, X.dtype)
        Y, output = self._encode(y, X.dtype)
        rows = np.arange(X.shape[0]) if weights is None else np.flatnonzero(weights > 0)
        return Examples(X, y, given, fitting.columns(X, Y, weights), output, rows)

    def _split(self, examples: Examples, seed: int, X_val: Any = None, y_val: Any = None) -> Split:
        """The rows to train on; and X, y and weights to validate on, if there are any."""
        if (X_val is None) != (y_val is None):
            raise UsageError("fit.x_val_alone")
        if X_val is not None:
            checked = self._check_targets(X_val, y_val, reset=False, symbol="X_val")
            return Split(examples.rows, (*checked, None))
        if not self.early_stopping:
            return Split(examples.rows, None)
        rows, held = fitting.split_rows(
            examples.rows, self._groups(examples.y), self.validation_fraction, seed
        )
        given = None if examples.given is None or callable(self.scoring) else examples.given[held]
        return Split(rows, (examples.X[held], examples.y[held], given))

    def _fit_once(self, X: Any, y: Any, classes: Any, sample_weight: Any) -> None:
        """One more epoch, over these rows: the body of `partial_fit`."""
        check_parameters(self)
        if self.early_stopping:
            raise UsageError("fit.partial_early")
        with unchanged_if_it_fails(self):
            continues = hasattr(self, "_state")
            examples = self._examples(X, y, sample_weight, reset=not continues, classes=classes)
            seed = self._seed if continues else fitting.seed_of(self.random_state)
            split = Split(examples.rows, None)
            (run,) = self._begin(examples, split, seed, continues)
            run.stopping = Stopping(max_epochs=1, patience=np.inf)
            run.schedule_begins = run.member.epoch
            if self.learning_rate == "cosine":  # which ends: begin anew, as its authors' warm restarts do
                run.schedule_begins %= self.max_iter
            self._train([run], split, None)

    def _begin(self, examples: Examples, split: Split, seed: int, continues: bool = False) -> list[Run]:
        """The runs, one a restart; from here on the attributes show the first as it is being trained."""
        if self.warm_start and self.n_restarts > 1:
            raise UsageError("fit.restarts_continue")
        network = fitting.network_of(self, examples.X.shape[1], len(examples.data.Y), examples.output)
        dtype = examples.X.dtype
        runs = []
        for k in range(self.n_restarts):
            if continues:
                state = fitting.go_on(self, self._state, network, dtype)
            else:
                state = fitting.start(self, network, seed + k, dtype)
            run = fitting.run_of(self, state, examples.data, split.rows, seed + k)
            if continues:
                run.history = copy.deepcopy(self.history_)
            if split.validation is not None:
                run.score = self._scorer(run, *split.validation)
            runs.append(run)
        self._seed, self._rows_seen = seed, self.t_ if continues else 0
        self._show(runs[0])
        return runs

    def _show(self, run: Run) -> None:
        """Let the attributes show the network of a run as it is now."""
        self.network_, self.theta_, self.history_ = run.member.network, run.member.theta, run.history

    def _allow(self, runs: list[Run], max_iter: int) -> None:
        """Give the runs of this fit so many epochs; they may have ended with fewer, and then go on."""
        self.max_iter = max_iter
        for run in runs:
            run.allow(max_iter)

    def _scorer(self, run: Run, X: Any, y: Any, weights: Any) -> Callable[[], float]:
        """The score of the network as it is at the moment, on the validation rows."""
        scorer = check_scoring(self, scoring=self.scoring)
        watched = copy.copy(self)
        watched._show(run)  # shares theta, which training changes in place
        watched.__dict__.pop("feature_names_in_", None)  # the rows were checked, and are arrays by now
        named = {} if weights is None else {"sample_weight": weights}

        def ask() -> float:
            return float(scorer(watched, X, y, **named))

        twin = usual(scorer, self) if predicts_as_ours(self) else None
        classes = getattr(self, "classes_", None)
        truth = (
            None if twin is None else truth_of(y, weights, output=run.member.network.output, classes=classes)
        )
        if twin is None or truth is None:
            return ask
        columns = fitting.cast("X_val", X, run.member.theta.dtype).T

        def score() -> float:
            value = float(twin(watched._last(twin.wants, columns)[None], truth)[0])
            return ask() if np.isnan(value) else value

        return score

    def _train(self, runs: list[Run], split: Split, hooks: EpochHooks | None) -> None:
        """Run the engine; Ctrl-C leaves the attributes telling how far it came."""
        self._listen(runs, hooks)
        try:
            train(runs, get_engine(self.engine))
        except BaseException:
            with suppress(Exception):
                self._end(runs, split)
            raise
        self._end(runs, split)
        if hooks is not None:
            hooks.close(lambda: {"theta_": self.theta_.copy()})

    def _listen(self, runs: list[Run], hooks: EpochHooks | None) -> None:
        """Have the runs tell callbacks, and who asked for words, of each epoch."""
        if hooks is not None and not hooks.wanted:
            hooks = None
        for run in runs if hooks is not None or self.verbose else ():
            run.after_epoch = self._epoch_teller(run, hooks)

    def _epoch_teller(self, run: Run, hooks: EpochHooks | None) -> Callable[[], bool]:
        epoch = hooks.begin() if hooks is not None else None

        def after_epoch() -> bool:
            nonlocal epoch
            if self.verbose:
                print(epoch_line(run))
            if hooks is None:
                return False
            asked = hooks.end(epoch, lambda: {"theta_": run.member.theta.copy()})
            if not asked and run.stopped is None and run.epochs_left:
                epoch = hooks.begin()
            return asked

        return after_epoch

    def _end(self, runs: list[Run], split: Split) -> None:
        """Write down what the runs have come to; raises what went wrong if none of them is of use."""
        good = [run.error is None and run.epochs_done > 0 for run in runs]  # Ctrl-C: some were not begun
        costs, best = [], 0
        if len(runs) > 1:
            pairs = zip(runs, good, strict=True)
            costs = [self._final_cost(run, split) if of_use else np.inf for run, of_use in pairs]
            best = min(range(len(runs)), key=lambda k: (not good[k], costs[k]))
        self.restart_costs_, self.best_restart_ = costs, best
        self._publish(runs[best])
        if self.restarts == "average" and sum(good) > 1:
            thetas = [run.theta for run in compress(runs, good)]
            self.network_, self.theta_ = side_by_side(self.network_, thetas)
            self._state = self._state._replace(network=self.network_, theta=self.theta_, slots=None)
        for run in runs:
            if run.error is not None and (not any(good) or run.stopped == "failed"):
                raise run.error

    def _final_cost(self, run: Run, split: Split) -> float:
        """What restarts are compared by: the mean loss on the validation rows; without any, the cost J."""
        member = run.member
        data, rows, penalties = member.data, member.rows, {"l1": member.l1, "l2": member.l2}
        if split.validation is not None:
            X, y, weights = split.validation
            Y, _ = self._encode(y, run.theta.dtype)
            X = fitting.cast("X_val", X, run.theta.dtype)
            data, rows, penalties = fitting.columns(X, Y, weights), None, {}
        cost, _ = get_engine(self.engine).gradient(member.network, run.theta, data, rows, **penalties)
        return np.inf if np.isnan(cost) else float(cost)

    def _publish(self, run: Run) -> None:
        """Write down what a run has come to."""
        self._show(run)
        member = run.member
        self._state = fitting.State(
            member.network, member.optimizer, member.theta, member.slots, member.t, member.epoch
        )
        self.theta_ = run.theta
        self.stopped_ = run.stopped or "interrupted"
        self.n_iter_ = member.epoch
        self.t_ = self._rows_seen + run.epochs_done * len(member.rows)

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
