"""Above training: what is seen of a network, its data and its training. It computes from plain arrays.

The estimators' methods of the same names call these functions; what they take is the book's: columns are
examples.

    trace             every Z, A, dZ, dA, dW, db, loss, cost: all that one pass forward and back computes
"""

from typing import TYPE_CHECKING

from shoal.base.lazy import lazily

if TYPE_CHECKING:
    from shoal.inspect._example import ExampleTrace as ExampleTrace
    from shoal.inspect._trace import Trace as Trace
    from shoal.inspect._trace import trace as trace
    from shoal.inspect._unit import UnitTrace as UnitTrace

_HOMES = {
    "ExampleTrace": "shoal.inspect._example",
    "Trace": "shoal.inspect._trace",
    "UnitTrace": "shoal.inspect._unit",
    "trace": "shoal.inspect._trace",
}

__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazily(__name__, _HOMES)
