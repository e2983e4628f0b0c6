"""The settings of `train_table` and `search_table`; all defaults stand here.

It imports nothing heavy, so that `shoal train --help` and `shoal search --help` answer at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from shoal.base.errors import UsageError
from shoal.base.shown import quoted

KINDS = (
    "number",
    "category",
    "date",
    "date-day-first",
    "date-month-first",
    "date-year-first",
    "boolean",
    "text",
    "identifier",
)
"""What somebody may say that a column is; of 3/4/2020 the one says 3 April, the other March 4.
"date-year-first" says of 20/3/17 that it is 17 March 2020."""

BUDGETS = ("small", "medium", "large")

CLASS_WEIGHTS = ("balanced",)
LOG_TARGET = ("auto", "yes", "no")
LOSSES = ("squared_error", "poisson")


def check_loss(loss: str | None) -> None:
    """Refuse a loss that a number cannot have."""
    if loss not in (None, *LOSSES):
        raise UsageError("training.unknown_loss", loss=quoted(loss), known=", ".join(LOSSES))


@dataclass(frozen=True, kw_only=True)
class TableSettings:
    """Settings that both have; the defaults suit tables of 100 to 100,000 rows.

    Attributes
    ----------
    task : str or None
        "classification" or "regression"; None infers it.
    keep, drop : tuple of str
        Columns to use although a problem was found, and columns to leave out; never the target.
    columns : mapping
        What columns are, by name, where they look like something else, one of `KINDS`; "text" and
        "identifier" are left out.
    missing : mapping
        Values that mean "missing", by column: ``{"income": ("-999",)}``.
    group : str or None
        A column whose equal values belong together (a patient, a shop): all rows of a group are on one side
        of every split. It is not learned from.
    order : str or None
        A column of time: the last rows judge, and of the others the last ones stop the training.
    weight : str or None
        A column of weights of the rows, in training and in scores. It is not learned from.
    test : path, table or None
        A table that judges; then nothing of the table to learn from is held out.
    class_weight : str or None
        "balanced" gives every class the same weight, however rare it is.
    cost : mapping
        What it costs to miss a class, by label: ``{"yes": 10}``. All else costs 1.
    log_target : str
        "yes" learns the logarithm of the target, "no" does not, and "auto" does where the target is skewed
        and it wins on rows that were not learned from.
    loss : str or None
        Of a number, one of `LOSSES`: "poisson" is for counts, which are at least 0 and are learned as they
        are. None is the squared error.
    test_share : float
        The share of rows held out to judge the model: neither the training nor the search sees them.
    epochs, patience : int
        The most passes over the rows, and the most passes without progress on the validation rows.
    seed : int
        The seed of the split, the folds, the first weights and the order of rows.
    refit : bool
        Whether the model that was judged is trained again, on all rows.
    """

    task: str | None = None
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    group: str | None = None
    order: str | None = None
    weight: str | None = None
    test: Any = None
    class_weight: str | None = None
    cost: Mapping[str, float] = field(default_factory=dict)
    log_target: str = "auto"
    loss: str | None = None
    test_share: float = 0.2
    epochs: int = 300
    patience: int = 15
    seed: int = 0
    refit: bool = True

    @property
    def stops_early(self) -> bool:
        """Whether validation rows are set aside for early stopping."""
        return False

    @property
    def counts(self) -> bool:
        """Whether the target is learned as a count."""
        return self.loss == "poisson"


@dataclass(frozen=True)
class TrainSettings(TableSettings):
    """Settings of `train_table`.

    Attributes
    ----------
    hidden : tuple of int
        Units of each hidden layer. Empty for logistic or linear regression, which is solved to its minimum:
        settings that only mean something for training in epochs must then stay at their defaults.
    activation : str
        The activation of the hidden layers.
    learning_rate : float
        The learning rate of Adam.
    batch_size : int or None
        Rows of a mini-batch; None chooses by the number of rows.
    l2 : float or None
        Penalty against overfitting; None is 1, or without hidden layers the value that suits the rows best.
    dropout : float
        Share of hidden units left out, also against overfitting.
        task, keep, drop, columns, missing, group, order, weight, test, class_weight, cost, log_target,
        loss
        See `TableSettings`.
    test_share, epochs, patience, seed, refit
        See `TableSettings`.
    """

    hidden: tuple[int, ...] = (64,)
    activation: str = "relu"
    learning_rate: float = 2e-3
    batch_size: int | None = None
    l2: float | None = None
    dropout: float = 0.0

    @property
    def stops_early(self) -> bool:
        """Without hidden layers the minimum is found at once: there is nothing to stop."""
        return bool(self.hidden)


@dataclass(frozen=True)
class SearchSettings(TableSettings):
    """Settings of `search_table`, apart from the grid.

    Each network sets aside its own validation rows. `epochs` and `patience` apply only to networks that are
    trained in epochs.

    Attributes
    ----------
    budget : str or None
        How many candidates are tried, one of `BUDGETS`: about 20, 80 or 300; None where a grid is given.
    folds : int
        How many times each candidate is trained; each time other rows judge it.
        task, keep, drop, columns, missing, group, order, weight, test, class_weight, cost, log_target,
        loss
        See `TableSettings`.
    test_share, epochs, patience, seed, refit
        See `TableSettings`.
    """

    budget: str | None = "small"
    folds: int = 5

    def of_a_network(self) -> TrainSettings:
        """The settings by which `train_table` would train a network of this search."""
        shared: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(TableSettings)}
        return TrainSettings(**shared)
