"""Floor 3, the loop: epochs, history, when to stop, what to keep; L-BFGS; the solver of the linear models."""

from shoal.training.ending import REASONS, RULES, Ending, constant_cost, ending_of, in_words
from shoal.training.loop import History, Run, Stopping, train

__all__ = [
    "REASONS",
    "RULES",
    "Ending",
    "History",
    "Run",
    "Stopping",
    "constant_cost",
    "ending_of",
    "in_words",
    "train",
]
