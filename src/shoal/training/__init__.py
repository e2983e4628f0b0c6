"""Floor 3, the loop: epochs, history, when to stop, what to keep; and the solver of the linear models."""
