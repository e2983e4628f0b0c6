"""The contract of engines accepts the right one and refuses each of many wrong ones."""

import pytest
import wrong_engines as wrong

from shoal.engines import checks
from shoal.engines import numpy as numpy_engine
from shoal.engines.checks import EngineContractError, check_engine
from shoal.engines.numpy import NumpyEngine

pytestmark = pytest.mark.unchecked_shapes  # a wrong engine must meet the contract's own complaint

# The mistake, and the check that is there to see it
SEEN_BY = {
    "forgets the weights": "gradient",
    "a sum where the mean should be": "gradient",
    "one db a layer": "gradient",
    "slope of units after dropout": "trajectory",
    "dropout only on the way forward": "trajectory",
    "another leak": "predict",
    "Z is not kept under dropout": "dropout",
    "L2 without its half": "gradient",
    "L1 with a slope at zero": "kinks",
    "relu has a slope at zero": "kinks",
    "a sigmoid that overflows": "extremes",
    "a softmax that overflows": "extremes",
    "each batch by its own weights": "trajectory",
    "multiplies weights": "weights",
    "adam without its correction": "trajectory",
    "adamw lets biases decay": "trajectory",
    "the last small batch is dropped": "trajectory",
    "every epoch in the first one's order": "trajectory",
    "an order from another seed": "trajectory",
    "dropout is not inverted": "trajectory",
    "the same mask at every update": "trajectory",
    "the same mask in every layer": "trajectory",
    "gradient lengths squared": "trajectory",
    "ignores dropout": "trajectory",
    "ignores L1": "trajectory",
    "L2 by the batch": "trajectory",
    "ignores clip_norm": "trajectory",
    "ignores momentum": "trajectory",
    "ignores weight_decay": "trajectory",
    "shuffles always": "trajectory",
    "shuffles never": "trajectory",
    "all examples in one batch": "trajectory",
    "trains on all rows": "trajectory",
    "starts each call at the first epoch": "resume",
    "starts each call at the first update": "resume",
    "starts each call with empty slots": "resume",
}
HABITS = {
    wrong.PenalisesBiases: "gradient",
    wrong.LooksAtItsNeighbours: "population",
    wrong.WritesIntoX: "arguments",
    wrong.ShufflesRowsInPlace: "arguments",
    wrong.ForgetsToCount: "trajectory",
    wrong.GoesOnAfterDivergence: "divergence",
    wrong.StopsAllWithTheFirst: "divergence",
    wrong.CostAfterTheUpdate: "trajectory",
    wrong.TrainsACopy: "trajectory",
    wrong.AnswersInFloat64: "predict",
    wrong.GradientInFloat64: "gradient",
    wrong.ComputesInFloat32: "gradient",
    wrong.ShiftsSparseExamples: "gradient",
    wrong.PredictsBeforeTheOutput: "predict",
}


def planted(mistake, monkeypatch):
    """The numpy engine with this mistake; a planted one is gone after the test."""
    if mistake in wrong.MISREADINGS:
        return wrong.Misreads(wrong.MISREADINGS[mistake])
    if mistake in wrong.TEXTBOOKS:
        monkeypatch.setattr(numpy_engine, "equations", wrong.TEXTBOOKS[mistake])
    for name, helper in wrong.HELPERS.get(mistake, {}).items():
        monkeypatch.setattr(numpy_engine, name, helper)
    return NumpyEngine()


def is_refused(engine, check, monkeypatch):
    """Refused, and by this check alone (each begins with a random generator of its own)."""
    monkeypatch.setattr(checks, "CHECKS", (getattr(checks, f"check_{check}"),))
    with pytest.raises(EngineContractError):
        check_engine(engine)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_numpy_engine_keeps_the_contract(seed):
    check_engine(NumpyEngine(), seed=seed)


@pytest.mark.parametrize("mistake", SEEN_BY)
def test_an_engine_with_a_mistake_is_refused(mistake, monkeypatch):
    is_refused(planted(mistake, monkeypatch), SEEN_BY[mistake], monkeypatch)


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.__name__)
def test_an_engine_with_a_wrong_habit_is_refused(habit, monkeypatch):
    is_refused(habit(), HABITS[habit], monkeypatch)


def test_every_mistake_is_tried_and_every_check_has_one_to_see():
    assert SEEN_BY.keys() == wrong.TEXTBOOKS.keys() | wrong.HELPERS.keys() | wrong.MISREADINGS.keys()
    assert {f"check_{name}" for name in [*SEEN_BY.values(), *HABITS.values()]} == {
        check.__name__ for check in checks.CHECKS
    }


def test_the_complaint_says_what_was_compared(monkeypatch):
    with pytest.raises(EngineContractError, match=r"dtheta, gradient of .*weighted=.*: off by .* in float64"):
        check_engine(planted("one db a layer", monkeypatch))


def test_an_engine_without_float32_can_be_checked_in_float64_alone():
    check_engine(wrong.AnswersInFloat64(), dtypes=("float64",))
    with pytest.raises(EngineContractError, match="keeps the precision float32"):
        check_engine(wrong.AnswersInFloat64())
