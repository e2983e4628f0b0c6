"""What can be asked of a search over a table: the one place of the defaults, which the command line shows.

It imports nothing heavy, so that `shoal search --help` answers at once.
"""

from dataclasses import dataclass

BUDGETS = ("small", "medium", "large")


@dataclass(frozen=True)
class SearchSettings:
    """What can be asked of a search, beside the grid.

    Attributes
    ----------
    budget : str or None
        How many candidates are tried, one of `BUDGETS`: about 20, 80 or 300; None where a grid is given.
    folds : int
        Each candidate is trained so often, and judged each time by other rows.
    task : str or None
        "classification" or "regression"; None infers it.
    keep, drop : tuple of str
        Columns to use although something was found, and columns to leave out; never the target.
    test_share : float
        The share of rows that the search never sees: they judge what it found.
    epochs, patience : int
        Of networks that are trained in epochs: at most so many passes, and so many without progress on the
        rows that are stopped by.
    seed : int
        Of the split, the folds, the first weights and the order of rows.
    """

    budget: str | None = "small"
    folds: int = 5
    task: str | None = None
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    test_share: float = 0.2
    epochs: int = 300
    patience: int = 15
    seed: int = 0
