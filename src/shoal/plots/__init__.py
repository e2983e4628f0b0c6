"""Floor 7, pictures: a model, its data and its errors, drawn with matplotlib.

Each display is as scikit-learn's are: ``from_estimator`` (or ``from_predictions``, ``from_data``) computes
and draws, ``plot(ax=)`` draws again, and the data stay on the object. Nothing global is touched: no pyplot,
no setting of matplotlib. A notebook shows a display by itself; `write` makes a PNG, SVG or PDF of it.
"""

from typing import TYPE_CHECKING

from shoal.base.lazy import lazily

if TYPE_CHECKING:
    from shoal.plots._activation_map import ActivationMap as ActivationMap
    from shoal.plots._boundary import DecisionBoundary as DecisionBoundary
    from shoal.plots._calibration import Calibration as Calibration
    from shoal.plots._confusion import ConfusionMatrix as ConfusionMatrix
    from shoal.plots._cost_curves import CostCurves as CostCurves
    from shoal.plots._diagram import NetworkDiagram as NetworkDiagram
    from shoal.plots._figure import write as write
    from shoal.plots._functions import ActivationFunctions as ActivationFunctions
    from shoal.plots._gradient_flow import GradientFlow as GradientFlow
    from shoal.plots._prediction_error import PredictionErrorPlot as PredictionErrorPlot
    from shoal.plots._ranking import PrecisionRecall as PrecisionRecall
    from shoal.plots._ranking import RocCurve as RocCurve
    from shoal.plots._surface import CostSurface as CostSurface
    from shoal.plots._weight_map import WeightMap as WeightMap

_HOMES = {
    "ActivationFunctions": "shoal.plots._functions",
    "ActivationMap": "shoal.plots._activation_map",
    "Calibration": "shoal.plots._calibration",
    "ConfusionMatrix": "shoal.plots._confusion",
    "CostCurves": "shoal.plots._cost_curves",
    "CostSurface": "shoal.plots._surface",
    "DecisionBoundary": "shoal.plots._boundary",
    "GradientFlow": "shoal.plots._gradient_flow",
    "NetworkDiagram": "shoal.plots._diagram",
    "PrecisionRecall": "shoal.plots._ranking",
    "PredictionErrorPlot": "shoal.plots._prediction_error",
    "RocCurve": "shoal.plots._ranking",
    "WeightMap": "shoal.plots._weight_map",
    "write": "shoal.plots._figure",
}

__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazily(__name__, _HOMES)
