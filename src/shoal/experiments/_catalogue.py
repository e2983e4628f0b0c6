"""The list of the experiments, by section of the notes. It imports none of them.

An experiment is a function of a `Setting` that returns a `Finding`, in the module named here, under its own
name. Its texts are on the page ``experiments`` of the catalogue: a title, the claim, what was seen, and what
to change and try.
"""

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from shoal.base.errors import UsageError
from shoal.base.shown import literal
from shoal.base.texts import text
from shoal.experiments._finding import Finding, Setting


class Experiment(NamedTuple):
    """One claim of the notes.

    Attributes
    ----------
    name : str
        What it is called on the command line.
    section : str
        Where the notes make the claim: ``"3, 2.5"`` is section 2.5 of note 3.
    module : str
        Where its function is.
    takes_data : bool
        Whether it can be run on a person's own table.
    """

    name: str
    section: str
    module: str
    takes_data: bool = False

    @property
    def title(self) -> str:
        """What it is about, in the language in force."""
        return text(f"experiments.{self.name}_title")

    @property
    def measure(self) -> Callable[[Setting], Finding]:
        """The function that runs it."""
        found: Callable[[Setting], Finding]
        found = getattr(import_module(f"shoal.experiments.{self.module}"), self.name)
        return found


_ALL = (
    Experiment("squared_error", "3, 2.3", "_derivatives"),
    Experiment("descent", "3, 2.4", "_derivatives"),
    Experiment("learning_rates", "3, 2.4", "_steps", takes_data=True),
    Experiment("nudge", "3, 2.5", "_derivatives"),
    Experiment("graph", "3, 2.7", "_graphs"),
    Experiment("dz", "3, 2.9", "_graphs"),
    Experiment("examples_loop", "3, 2.10", "_loops"),
    Experiment("vectorised", "3, 2.11", "_loops"),
    Experiment("broadcasting", "3, 2.15", "_shapes"),
    Experiment("rank_one", "3, 2.16", "_shapes"),
    Experiment("likelihood", "3, 2.18", "_likelihood"),
    Experiment("flower_units", "3, 3.2", "_hidden"),
    Experiment("unit", "3, 3.3", "_passes"),
    Experiment("layers_as_products", "3, 3.4", "_loops"),
    Experiment("activations", "3, 3.6", "_activations", takes_data=True),
    Experiment("saturation", "3, 3.6", "_activations"),
    Experiment("dead_units", "3, 3.6", "_activations"),
    Experiment("linear_collapse", "3, 3.7", "_activations", takes_data=True),
    Experiment("cache", "3, 3.9", "_passes"),
    Experiment("gradient_check", "3, 3.9", "_landscape"),
    Experiment("weights_shape", "3, 3.11", "_shapes"),
    Experiment("starts", "3, 3.11", "_starts", takes_data=True),
    Experiment("zero_start", "3, 3.11", "_starts"),
    Experiment("weight_size", "3, 3.11", "_starts"),
    Experiment("rows_or_columns", "4", "_shapes"),
    Experiment("tanh_is_sigmoid", "4", "_functions"),
    Experiment("saturated_output", "4", "_steps"),
    Experiment("convexity", "4", "_landscape"),
    Experiment("coordinates", "4", "_hidden"),
    Experiment("depth", "4", "_hidden", takes_data=True),
    Experiment("reductions", "5", "_matrices"),
    Experiment("row_lengths", "5", "_matrices"),
    Experiment("softmax", "5", "_matrices"),
    Experiment("overflow", "5", "_functions"),
    Experiment("products", "5", "_matrices"),
    Experiment("hyperparameters", "5", "_settings"),
    Experiment("optimizers", "5", "_steps", takes_data=True),
    Experiment("batch_sizes", "5", "_steps", takes_data=True),
    Experiment("penalties", "5", "_settings", takes_data=True),
)


def experiments() -> tuple[Experiment, ...]:
    """All experiments, in the order of the notes."""
    return _ALL


def find(name: str) -> Experiment:
    """The experiment of this name.

    Raises
    ------
    UsageError
        If there is none; the message lists the names.
    """
    for experiment in _ALL:
        if experiment.name == name:
            return experiment
    raise UsageError("experiments.unknown", name=literal(name), names=", ".join(e.name for e in _ALL))
