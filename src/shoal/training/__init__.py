"""Floor 3, the loop: epochs, history, when to stop, what to keep; and the solver of the linear models."""

from shoal.training.loop import STOPPED, History, Run, Stopping, train

__all__ = ["STOPPED", "History", "Run", "Stopping", "train"]
