"""Floor 8, experiments: each claim of the notes as a small program that measures, judges and draws.

`experiments()` lists them by section of the notes; `run` runs one and returns a `Record`: its numbers, a
verdict that follows from them, and pictures. The command line, the documentation and the tests use these
same programs.
"""

from typing import TYPE_CHECKING

from shoal.base.lazy import lazily

if TYPE_CHECKING:
    from shoal.experiments._catalogue import Experiment as Experiment
    from shoal.experiments._catalogue import experiments as experiments
    from shoal.experiments._record import Record as Record
    from shoal.experiments._record import run as run

_HOMES = {
    "Experiment": "shoal.experiments._catalogue",
    "Record": "shoal.experiments._record",
    "experiments": "shoal.experiments._catalogue",
    "run": "shoal.experiments._record",
}

__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazily(__name__, _HOMES)
