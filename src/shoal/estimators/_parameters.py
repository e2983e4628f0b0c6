"""The values that the parameters of the estimators may have: a table, and the function that checks them.

As in scikit-learn, constructors accept anything and `fit` checks. A value that is accepted is obeyed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Integral
from textwrap import fill
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import numpy as np

from shoal.base.errors import UsageError
from shoal.base.numeric import is_number, is_whole
from shoal.base.shown import literal
from shoal.base.texts import text
from shoal.book.equations import ACTIVATIONS
from shoal.book.initialization import METHODS
from shoal.book.optimizers import RULES as OPTIMIZER_RULES
from shoal.engines.base import NAMES as ENGINES

SGD = ("gradient_descent", "momentum", "nesterov")  # the rules behind scikit-learn's solver "sgd"
SOLVERS = (*(rule for rule in OPTIMIZER_RULES if rule not in SGD), "sgd", "lbfgs")
RATES = ("constant", "invscaling", "adaptive", "inverse_time", "step", "cosine")
_Class = TypeVar("_Class")
LOGISTIC = "logistic"  # scikit-learn's name for sigmoid


class Allowed(NamedTuple):
    """Which values a parameter may have, as a test and in words."""

    holds: Callable[[Any], bool]
    words: str  # an entry of the catalogue's page "parameters"
    values: Mapping[str, Any] = MappingProxyType({})  # what fills its named places

    @property
    def wanted(self) -> str:
        """The values that are allowed, in the language in force."""
        return text(f"parameters.{self.words}", **self.values)


def _list_of(holds: Callable[[Any], bool], x: Any) -> bool:
    return not isinstance(x, str) and isinstance(x, Iterable) and all(map(holds, x))


def _one_of(*names: str) -> Allowed:
    return Allowed(lambda x: isinstance(x, str) and x in names, "one_of", {"names": ", ".join(names)})


def _activation_name(x: Any) -> bool:
    return isinstance(x, str) and (x in ACTIVATIONS or x == LOGISTIC)


def _share(x: Any) -> bool:
    return is_number(x) and 0 <= x < 1


POSITIVE = Allowed(lambda x: is_number(x) and 0 < x < np.inf, "positive")
NOT_NEGATIVE = Allowed(lambda x: is_number(x) and 0 <= x < np.inf, "not_negative")
COUNT = Allowed(lambda x: is_whole(x) and x >= 1, "count")
FLAG = Allowed(lambda x: isinstance(x, bool | np.bool_), "flag")
SHARE = Allowed(_share, "share")

ALLOWED: Mapping[str, Allowed] = {
    "hidden_layer_sizes": Allowed(
        lambda x: (is_whole(x) and x >= 1) or _list_of(lambda n: is_whole(n) and n >= 1, x), "sizes"
    ),
    "activation": Allowed(
        lambda x: _activation_name(x) or _list_of(_activation_name, x),
        "activation",
        {"names": ", ".join(ACTIVATIONS)},
    ),
    "solver": _one_of(*SOLVERS),
    "alpha": NOT_NEGATIVE,
    "l1": NOT_NEGATIVE,
    "batch_size": Allowed(
        lambda x: (isinstance(x, str) and x in ("auto", "full")) or (is_whole(x) and x >= 1), "batch_size"
    ),
    "learning_rate": _one_of(*RATES),
    "learning_rate_init": POSITIVE,
    "power_t": NOT_NEGATIVE,
    "decay": POSITIVE,
    "decay_every": Allowed(lambda x: x is None or (is_whole(x) and x >= 1), "count_or_none"),
    "warm_up": Allowed(lambda x: is_whole(x) and x >= 0, "count_0"),
    "max_iter": COUNT,
    "max_fun": COUNT,
    "shuffle": FLAG,
    "tol": NOT_NEGATIVE,
    "verbose": Allowed(lambda x: isinstance(x, bool | np.bool_ | Integral), "flag"),
    "warm_start": FLAG,
    "momentum": SHARE,
    "nesterovs_momentum": FLAG,
    "early_stopping": FLAG,
    "validation_fraction": Allowed(lambda x: is_number(x) and 0 < x < 1, "open_share"),
    "beta_1": SHARE,
    "beta_2": SHARE,
    "epsilon": Allowed(
        lambda x: is_number(x) and 1e-30 <= x < np.inf, "epsilon"
    ),  # native/binding.cpp asks the same
    "n_iter_no_change": Allowed(lambda x: is_number(x) and x >= 1, "patience"),
    "dropout": Allowed(lambda x: _share(x) or _list_of(_share, x), "share"),
    "weight_decay": NOT_NEGATIVE,
    "clip_norm": Allowed(lambda x: x is None or (is_number(x) and x > 0), "positive_or_none"),
    "initialization": Allowed(
        lambda x: x in METHODS if isinstance(x, str) else callable(x) or isinstance(x, Sequence | np.ndarray),
        "initialization",
        {"names": ", ".join(METHODS)},
    ),
    "initialization_scale": Allowed(
        lambda x: x is None or (is_number(x) and 0 < x < np.inf), "positive_or_none"
    ),
    "engine": Allowed(
        lambda x: hasattr(x, "epochs") or (isinstance(x, str) and x in ENGINES),
        "one_of",
        {"names": ", ".join(ENGINES)},
    ),
    "C": Allowed(lambda x: is_number(x) and x > 0, "positive_or_inf"),
    "l1_ratio": Allowed(lambda x: is_number(x) and 0 <= x <= 1, "closed_share"),
    "fit_intercept": FLAG,
    "class_weight": Allowed(
        lambda x: x is None or isinstance(x, dict) or (isinstance(x, str) and x == "balanced"), "class_weight"
    ),
    "random_state": Allowed(
        lambda x: x is None or (is_whole(x) and 0 <= x < 2**32) or isinstance(x, np.random.RandomState),
        "seed",
    ),
    "n_restarts": COUNT,
    "restarts": _one_of("best", "average"),
    "scoring": Allowed(lambda x: x is None or isinstance(x, str) or callable(x), "scoring"),
}


LOSSES: Mapping[str, str] = MappingProxyType({"squared_error": "identity", "poisson": "exp"})
"""The losses of `MLPRegressor`, by scikit-learn's names, and the book's outputs that they belong to."""

REGRESSOR: Mapping[str, Allowed] = {"loss": _one_of(*LOSSES)}

# What differs for `LogisticRegression`, which takes all of scikit-learn's parameters. Its minimum is unique,
# so it does not matter which solver finds it; what would lead to another minimum is refused.
LOGISTIC_REGRESSION: Mapping[str, Allowed] = {
    "penalty": Allowed(
        lambda x: x is None or (isinstance(x, str) and x in ("deprecated", "l1", "l2", "elasticnet")), "norm"
    ),
    "l1_ratio": Allowed(lambda x: x is None or (is_number(x) and 0 <= x <= 1), "closed_share"),
    "dual": Allowed(lambda x: isinstance(x, bool | np.bool_) and not x, "primal"),
    "intercept_scaling": Allowed(lambda x: is_number(x) and x == 1, "unscaled"),
    "solver": _one_of("lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"),
    "max_iter": Allowed(lambda x: is_whole(x) and x >= 0, "count_0"),
    "n_jobs": Allowed(lambda x: x is None or is_whole(x), "whole_or_none"),
}


def share_of_l1(estimator: Any) -> float:
    """The share of L1 in the penalty of a logistic regression: `penalty` says it, or else `l1_ratio`."""
    return {"l1": 1.0, "l2": 0.0}.get(str(estimator.penalty), estimator.l1_ratio or 0.0)


def with_names(estimator: type[_Class]) -> type[_Class]:
    """Put the names of the tables where the docstring of a class says {activations} and {solvers}."""
    for place, names in (("{activations}", ACTIVATIONS), ("{solvers}", SOLVERS)):
        listed = fill(", ".join(f'``"{name}"``' for name in names) + ".", 100, subsequent_indent=" " * 8)
        estimator.__doc__ = (estimator.__doc__ or "").replace(place, listed)
    return estimator


def keep_arguments(estimator: Any, arguments: dict[str, Any]) -> None:
    """Make every argument of a constructor the attribute of its name, unchanged, as scikit-learn requires.

    A constructor calls it with its `locals()`. One assignment for each parameter would repeat the signature,
    and could forget a parameter.
    """
    for name, value in arguments.items():
        if name not in ("self", "__class__"):
            setattr(estimator, name, value)


def check_parameters(estimator: Any) -> None:
    """Refuse the first parameter of an estimator whose value is not allowed.

    A subclass may have parameters of its own, which it checks itself.

    Raises
    ------
    UsageError
        The message names the parameter, the values that are allowed and the one that came.
    """
    rules = {**ALLOWED, **getattr(estimator, "_own_rules", {})}
    for name, value in estimator.get_params(deep=False).items():
        allowed = rules.get(name)
        if allowed is not None and not allowed.holds(value):
            sizes = name == "loss" and ALLOWED["hidden_layer_sizes"].holds(value)  # as up to scikit-learn 1.6
            key = "parameters.sizes_for_loss" if sizes else "parameters.refused"
            raise UsageError(key, name=name, wanted=allowed.wanted, got=literal(value))


def one_each(name: str, value: Any, hidden: int) -> tuple[Any, ...]:
    """A value for each hidden layer, of a parameter that is given once for all of them or as a list.

    Raises
    ------
    UsageError
        If the list has another length.
    """
    if isinstance(value, str) or not isinstance(value, Iterable):
        return (value,) * hidden
    values = tuple(value)
    if len(values) != hidden:
        raise UsageError("parameters.one_each", name=name, hidden=hidden, got=len(values))
    return values
