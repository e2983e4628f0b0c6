"""What can be asked of the training on a table: the one place of the defaults, which the command line shows.

It imports nothing heavy, so that `shoal train --help` answers at once.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What can be asked of the training; the defaults suit tables of 100 to 100,000 rows.

    Attributes
    ----------
    hidden : tuple of int
        Units of each hidden layer; empty for logistic or linear regression, which is solved to its minimum:
        what only belongs to training in epochs must then stay at its default.
    activation : str
        Of the hidden layers.
    task : str or None
        "classification" or "regression"; None infers it.
    keep, drop : tuple of str
        Columns to use although something was found, and columns to leave out; never the target.
    test_share : float
        The share of rows held out to judge the model.
    epochs, patience : int
        At most so many passes, and so many without progress on the validation rows.
    learning_rate : float
        Adam's.
    batch_size : int or None
        Rows of a mini-batch; None chooses by the number of rows.
    l2 : float or None
        Penalty against overfitting; None is 1, or without hidden layers what suits the rows best.
    dropout : float
        Share of hidden units left out, against overfitting too.
    seed : int
        Of the split, the first weights and the order of rows.
    """

    hidden: tuple[int, ...] = (64,)
    activation: str = "relu"
    task: str | None = None
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    test_share: float = 0.2
    epochs: int = 300
    patience: int = 15
    learning_rate: float = 2e-3
    batch_size: int | None = None
    l2: float | None = None
    dropout: float = 0.0
    seed: int = 0
