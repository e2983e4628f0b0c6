"""The pictures by name, for the command line: which there are, and how each is made of a model and rows.

Names and what they mean stand in `_names` and in the catalogue; the function of a picture is called as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import numpy as np

from shoal.plots._figure import Drawing, Drawn
from shoal.plots._names import check_features, check_name
from shoal.tables.encode._number import NumberEncoder

if TYPE_CHECKING:
    from shoal.tables._estimator import TableEstimator


class Subject(NamedTuple):
    """A fitted model and rows of a table: what a picture is made of."""

    model: "TableEstimator"
    X: Any  # (m, n_features), as the estimator reads it
    y: Any  # (m,), as the estimator learns it
    features: Sequence[str]  # those that a person asked for; empty for the picture's own choice

    @property
    def estimator(self) -> Any:
        """What is inside the model."""
        return self.model.estimator_

    @property
    def names(self) -> Sequence[str]:
        """What the columns of X are called."""
        return self.model.encoder_.feature_names

    def in_own_units(self) -> tuple[Any, Any]:
        """The estimator with the standardisation of numbers in front, and X in the units of the table."""
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        mean, deviation = np.zeros(self.X.shape[1]), np.ones(self.X.shape[1])
        place = 0
        for column in self.model.encoder_.columns:
            if isinstance(column, NumberEncoder):
                mean[place], deviation[place] = column.scale.mean, column.scale.deviation
            place += len(column.feature_names)
        X = self.X * deviation + mean
        scaler = StandardScaler().fit(X[:1])
        scaler.mean_, scaler.scale_, scaler.var_ = mean, deviation, deviation**2
        return make_pipeline(scaler, self.estimator), X


def _cost(subject: Subject, **how: Unpack[Drawing]) -> Drawn:
    from shoal.plots._cost_curves import CostCurves

    return CostCurves.from_estimator(subject.estimator, **how)


def _boundary(subject: Subject, **how: Unpack[Drawing]) -> Drawn:
    from shoal.plots._boundary import DecisionBoundary

    estimator, X = subject.in_own_units()
    pair: Any = subject.features or None
    return DecisionBoundary.from_estimator(
        estimator, X, subject.y, features=pair, feature_names=subject.names, **how
    )


def _network(subject: Subject, **how: Unpack[Drawing]) -> Drawn:
    from shoal.plots._diagram import NetworkDiagram

    return NetworkDiagram.from_estimator(subject.estimator, feature_names=subject.names, **how)


def _weights(subject: Subject, **how: Unpack[Drawing]) -> Drawn:
    from shoal.plots._weight_map import WeightMap

    return WeightMap.from_estimator(subject.estimator, feature_names=subject.names, **how)


def _activations(subject: Subject, **how: Unpack[Drawing]) -> Drawn:
    from shoal.plots._activation_map import ActivationMap

    return ActivationMap.from_estimator(subject.estimator, subject.X, subject.y, **how)


def _functions(subject: Subject, **how: Unpack[Drawing]) -> Drawn:
    from shoal.plots._functions import ActivationFunctions

    return ActivationFunctions.from_estimator(subject.estimator, subject.X, **how)


def _gradients(subject: Subject, **how: Unpack[Drawing]) -> Drawn:
    from shoal.plots._gradient_flow import GradientFlow

    return GradientFlow.from_estimator(subject.estimator, subject.X, subject.y, **how)


def _confusion(subject: Subject, **how: Unpack[Drawing]) -> Drawn:
    from shoal.plots._confusion import ConfusionMatrix

    return ConfusionMatrix.from_estimator(subject.estimator, subject.X, subject.y, **how)


def _roc(subject: Subject, **how: Unpack[Drawing]) -> Drawn:
    from shoal.plots._ranking import RocCurve

    return RocCurve.from_estimator(subject.estimator, subject.X, subject.y, **how)


def _precision_recall(subject: Subject, **how: Unpack[Drawing]) -> Drawn:
    from shoal.plots._ranking import PrecisionRecall

    return PrecisionRecall.from_estimator(subject.estimator, subject.X, subject.y, **how)


def _calibration(subject: Subject, **how: Unpack[Drawing]) -> Drawn:
    from shoal.plots._calibration import Calibration

    return Calibration.from_estimator(subject.estimator, subject.X, subject.y, **how)


def _surface(subject: Subject, **how: Unpack[Drawing]) -> Drawn:
    from shoal.plots._surface import CostSurface

    feature = subject.features[0] if subject.features else 0
    return CostSurface.from_estimator(
        subject.estimator, subject.X, subject.y, feature=feature, feature_names=subject.names, **how
    )


def _errors(subject: Subject, **how: Unpack[Drawing]) -> Drawn:
    from shoal.plots._answers import require_numbers
    from shoal.plots._prediction_error import PredictionErrorPlot

    require_numbers(subject.estimator, "errors")
    model = subject.model
    y = model.scale_.restore(subject.y)
    return PredictionErrorPlot.from_predictions(y, model.outputs(subject.X), name=model.target_.name, **how)


_MAKERS = (
    _cost,
    _boundary,
    _network,
    _weights,
    _activations,
    _functions,
    _gradients,
    _confusion,
    _roc,
    _precision_recall,
    _calibration,
    _surface,
    _errors,
)
PICTURES: Mapping[str, Callable[..., Drawn]] = MappingProxyType(
    {maker.__name__.lstrip("_"): maker for maker in _MAKERS}
)


def picture(what: str, subject: Subject, **how: Unpack[Drawing]) -> Drawn:
    """Make the picture of this name, one of `_names.NAMES`.

    Raises
    ------
    UsageError
        If there is no such picture, or it cannot be made of this model.
    DataError
        If it cannot be made of these rows.
    """
    check_name(what)
    check_features(what, subject.features)
    return PICTURES[what](subject, **how)
