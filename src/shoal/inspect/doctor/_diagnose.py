"""The examination: every disease that can be looked for in this case is looked for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from shoal.base.errors import DataError
from shoal.book.equations import OUTPUTS
from shoal.engines._blas import deterministic
from shoal.inspect.doctor import _answers, _course, _inputs, _rows, _signals, _units
from shoal.inspect.doctor._case import Case
from shoal.inspect.doctor._finding import Diagnosis, Finding, Severity


class Disease(NamedTuple):
    """How one disease is looked for."""

    look: Callable[[Case], Iterable[Finding]]
    needs: tuple[str, ...] = ()  # of NEEDS, in the order in which a lack is told


NEEDS: Mapping[str, Callable[[Case], bool]] = MappingProxyType(
    {
        "finite": lambda case: not any(_signals.not_finite(case)),
        "hidden": lambda case: case.network.L > 1,
        "classes": lambda case: case.has_classes,
        "outputs": lambda case: OUTPUTS[case.network.output].probabilities,
        "numbers": lambda case: case.network.output == "identity",
        "history": lambda case: case.history is not None and len(case.history.cost) > 0 and case.one_curve,
        "ending": lambda case: case.ending is not None,
        "scores": lambda case: case.history is not None and len(case.history.score) > 0,
        "held_out": lambda case: case.X_val is not None,
        "steps": lambda case: case.steps,
        "spread": lambda case: (
            len(case.standardised) > 0 and bool(np.count_nonzero(case.q) > 2) and case.constant_loss > 0
        ),
    }
)
"""What a check may need of a case, by the name that the catalogue explains."""

DISEASES: Mapping[str, Disease] = MappingProxyType(
    {
        disease.look.__name__: disease
        for disease in (
            Disease(_signals.not_finite),
            Disease(_inputs.unscaled_features, ("steps",)),
            Disease(_inputs.unscaled_targets, ("numbers", "steps")),
            Disease(_course.rate_too_large, ("steps", "history")),
            Disease(_course.exploded, ("ending",)),
            Disease(_answers.separable, ("classes", "finite")),
            Disease(_signals.huge_weights, ("finite",)),
            Disease(_units.identical_units, ("hidden", "finite")),
            Disease(_signals.exploding_gradients, ("finite",)),
            Disease(_units.saturated_units, ("hidden", "finite")),
            Disease(_units.dead_units, ("hidden", "finite")),
            Disease(_units.linear_collapse, ("hidden", "finite")),
            Disease(_signals.vanishing_gradients, ("hidden", "finite")),
            Disease(_answers.nothing_there, ("finite", "spread")),
            Disease(_course.rate_too_small, ("steps", "history", "ending")),
            Disease(_course.plateau, ("ending",)),
            Disease(_course.not_converged, ("ending",)),
            Disease(_answers.nothing_learned, ("finite", "spread")),
            Disease(_answers.saturated_output, ("outputs", "finite")),
            Disease(_answers.wrong_size, ("finite", "spread")),
            Disease(_answers.underfitting, ("finite", "spread")),
            Disease(_answers.line_as_good, ("hidden", "finite", "spread")),
            Disease(_answers.overfitting, ("finite", "held_out")),
            Disease(_answers.overtrained, ("scores",)),
            Disease(_answers.many_parameters, ("finite",)),
            Disease(_rows.leak),
            Disease(_answers.imbalance, ("classes", "finite")),
            Disease(_rows.label_suspects, ("finite",)),
            Disease(_rows.contradictory_rows, ("classes",)),
            Disease(_inputs.dominating_weights),
            Disease(_inputs.constant_features),
            Disease(_inputs.duplicate_features),
        )
    }
)
"""Every disease by its name; causes stand before what follows from them."""

_STUCK = ("plateau", "nothing_learned", "wrong_size", "underfitting", "line_as_good")
_SLOW = ("rate_too_small", "not_converged", *_STUCK)
_UNITS = ("identical_units", "saturated_units", "dead_units", "linear_collapse", "vanishing_gradients")
_WILD = ("exploded", "huge_weights", "exploding_gradients", "saturated_output", *_UNITS, *_STUCK)

FOLLOWS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "unscaled_features": ("rate_too_large", *_WILD, *_SLOW),
        "unscaled_targets": ("rate_too_large", *_WILD, *_SLOW),
        "rate_too_large": _WILD,
        "exploded": _WILD[1:],
        "separable": ("huge_weights", "saturated_units"),
        "huge_weights": ("exploding_gradients", "saturated_output", *_UNITS, *_STUCK),
        "identical_units": ("dead_units", "linear_collapse", "vanishing_gradients", *_SLOW),
        "exploding_gradients": ("saturated_output", *_UNITS[1:], *_STUCK),
        "saturated_units": ("vanishing_gradients", *_SLOW),
        "dead_units": ("linear_collapse", *_SLOW),
        "linear_collapse": ("underfitting", "line_as_good"),
        "vanishing_gradients": _SLOW,
        "nothing_there": (*_SLOW, "overfitting", "overtrained", "many_parameters"),
        "rate_too_small": _SLOW[1:],
        "plateau": _STUCK[1:],
        "not_converged": _STUCK[1:],
        "nothing_learned": ("underfitting", "line_as_good"),
        "saturated_output": ("wrong_size", "underfitting"),
        "wrong_size": ("underfitting", "line_as_good"),
        "underfitting": ("line_as_good",),
    }
)
"""What a disease often brings about. A cause stands before its effects in DISEASES."""


@deterministic
def diagnose(case: Case) -> Diagnosis:
    """Look for every disease that can be looked for in this case.

    Parameters
    ----------
    case : Case
        The network, its rows, and how it was trained.

    Returns
    -------
    Diagnosis
        What was found, the gravest first; what was looked for; what could not be.

    Raises
    ------
    ShapeError
        If X, Y and theta do not fit the network.
    DataError
        If X or Y is empty, or holds NaN or infinity.

    Examples
    --------
    >>> import numpy as np
    >>> from shoal.book import Network
    >>> from shoal.inspect import Case, diagnose
    >>> X, Y = np.array([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]]), np.array([[0.0, 1.0, 1.0, 0.0]])
    >>> network = Network((2, 3, 1), ("tanh",), "sigmoid")
    >>> diagnosis = diagnose(Case(network, np.zeros(network.p), X, Y))
    >>> diagnosis.gravest[0].name
    'identical_units'
    >>> print(diagnosis.headline())
    The doctor says: identical units (error)
    """
    for symbol, array in (("X", case.x), ("Y", case.y)):
        if not array.size or not np.isfinite(array).all():
            raise DataError("doctor.not_finite_rows", symbol=symbol)
    lacking = {need for need, holds in NEEDS.items() if not holds(case)}
    findings: list[Finding] = []
    skipped = {}
    for name, disease in DISEASES.items():
        missing = next((need for need in disease.needs if need in lacking), None)
        if missing is None:
            findings += (
                replace(each, no_hidden=case.network.L == 1, table=case.table) for each in disease.look(case)
            )
        else:
            skipped[name] = missing
    checked = tuple(name for name in DISEASES if name not in skipped)
    unit = case.kind and ("standardised" if case.table else case.kind)
    unit = "count" if case.network.output == "exp" else unit
    return Diagnosis(_in_order(findings), checked, skipped, case.m, case.X.shape[1], unit)


def _in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Each with its cause, if that was found too; a cause is as grave as what it brings about.

    A note that follows from something graver says nothing new and is left out.
    """
    grave = [finding for finding in findings if finding.severity is not Severity.NOTE]
    rank = {severity: place for place, severity in enumerate(Severity)}
    worst: dict[str, Severity] = {}
    explained = []
    for finding in findings:
        cause = next((f.name for f in grave if finding.name in FOLLOWS.get(f.name, ())), None)
        explained.append(replace(finding, because=cause))
        if cause is not None:
            worst[cause] = min(worst.get(cause, Severity.NOTE), finding.severity, key=rank.__getitem__)
    raised = [
        replace(f, severity=min(f.severity, worst.get(f.name, f.severity), key=rank.__getitem__))
        for f in explained
        if f.because is None or f.severity is not Severity.NOTE
    ]
    return tuple(sorted(raised, key=lambda f: (rank[f.severity], f.because is not None)))
