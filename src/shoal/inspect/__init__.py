"""Above training: what is seen of a network, its data and its training. It computes from plain arrays.

The estimators' methods of the same names call these functions; what they take is the book's: columns are
examples.

    trace             every Z, A, dZ, dA, dW, db, loss, cost: all that one pass forward and back computes
    Recording         what `fit(..., record=...)` keeps, so that any epoch can be traced afterwards
    check_gradients   the gradient derived three times; a planted bug is found and located
    check_activation  an activation of your own against its derivative
    diagnose          why a network does not learn: the doctor looks at a `Case`
"""

from typing import TYPE_CHECKING

from shoal.base.lazy import lazily

if TYPE_CHECKING:
    from shoal.inspect._activation import ActivationCheck as ActivationCheck
    from shoal.inspect._activation import check_activation as check_activation
    from shoal.inspect._bugs import BUGS as BUGS
    from shoal.inspect._check import GradientCheck as GradientCheck
    from shoal.inspect._check import check_gradients as check_gradients
    from shoal.inspect._example import ExampleTrace as ExampleTrace
    from shoal.inspect._recording import RecordedFit as RecordedFit
    from shoal.inspect._recording import Recording as Recording
    from shoal.inspect._trace import Trace as Trace
    from shoal.inspect._trace import trace as trace
    from shoal.inspect._unit import UnitTrace as UnitTrace
    from shoal.inspect.doctor._case import Case as Case
    from shoal.inspect.doctor._diagnose import DISEASES as DISEASES
    from shoal.inspect.doctor._diagnose import diagnose as diagnose
    from shoal.inspect.doctor._finding import Diagnosis as Diagnosis
    from shoal.inspect.doctor._finding import Finding as Finding
    from shoal.inspect.doctor._finding import Severity as Severity

_HOMES = {
    "ActivationCheck": "shoal.inspect._activation",
    "BUGS": "shoal.inspect._bugs",
    "Case": "shoal.inspect.doctor._case",
    "DISEASES": "shoal.inspect.doctor._diagnose",
    "Diagnosis": "shoal.inspect.doctor._finding",
    "ExampleTrace": "shoal.inspect._example",
    "Finding": "shoal.inspect.doctor._finding",
    "GradientCheck": "shoal.inspect._check",
    "RecordedFit": "shoal.inspect._recording",
    "Recording": "shoal.inspect._recording",
    "Severity": "shoal.inspect.doctor._finding",
    "Trace": "shoal.inspect._trace",
    "UnitTrace": "shoal.inspect._unit",
    "check_activation": "shoal.inspect._activation",
    "check_gradients": "shoal.inspect._check",
    "diagnose": "shoal.inspect.doctor._diagnose",
    "trace": "shoal.inspect._trace",
}

__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazily(__name__, _HOMES)
