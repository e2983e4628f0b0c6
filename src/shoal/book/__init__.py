"""Floor 1, what is computed: the course's equations in the book's letters, as plain functions of arrays.

Nothing here trains, reads a file or knows scikit-learn. Read `notation`, then `equations`, then `network`.

    notation         the symbols and their shapes
    equations        activations, losses, forward, cost, backward
    network          the architecture; theta and its views W[l], b[l]
    initialization   where training starts
    optimizers       from a gradient to a step; learning rates
    batches          the order of the examples, and dropout
    graph            the computation graph: a second derivation, with every step explained
    helpers          small functions on matrices from the notes
"""

from typing import TYPE_CHECKING

from shoal.base.lazy import lazily

if TYPE_CHECKING:
    from shoal.book import batches as batches
    from shoal.book import equations as equations
    from shoal.book import graph as graph
    from shoal.book import helpers as helpers
    from shoal.book import initialization as initialization
    from shoal.book import network as network
    from shoal.book import notation as notation
    from shoal.book import optimizers as optimizers
    from shoal.book.equations import ACTIVATIONS as ACTIVATIONS
    from shoal.book.equations import OUTPUTS as OUTPUTS
    from shoal.book.equations import activations_gradient as activations_gradient
    from shoal.book.equations import backward as backward
    from shoal.book.equations import binary_cross_entropy as binary_cross_entropy
    from shoal.book.equations import categorical_cross_entropy as categorical_cross_entropy
    from shoal.book.equations import forward as forward
    from shoal.book.equations import half_poisson_deviance as half_poisson_deviance
    from shoal.book.equations import half_squared_error as half_squared_error
    from shoal.book.equations import mean_loss as mean_loss
    from shoal.book.equations import penalty as penalty
    from shoal.book.equations import shares as shares
    from shoal.book.helpers import broadcast_shapes as broadcast_shapes
    from shoal.book.helpers import flatten_images as flatten_images
    from shoal.book.helpers import loss_of_probabilities as loss_of_probabilities
    from shoal.book.helpers import normalize_rows as normalize_rows
    from shoal.book.helpers import one_hot as one_hot
    from shoal.book.initialization import initialize as initialize
    from shoal.book.network import Network as Network
    from shoal.book.network import averaged as averaged
    from shoal.book.optimizers import Optimizer as Optimizer
    from shoal.book.optimizers import Schedule as Schedule
    from shoal.book.optimizers import update as update

_HOMES = {
    "ACTIVATIONS": "shoal.book.equations",
    "Network": "shoal.book.network",
    "OUTPUTS": "shoal.book.equations",
    "Optimizer": "shoal.book.optimizers",
    "Schedule": "shoal.book.optimizers",
    "activations_gradient": "shoal.book.equations",
    "averaged": "shoal.book.network",
    "backward": "shoal.book.equations",
    "batches": "shoal.book.batches",
    "binary_cross_entropy": "shoal.book.equations",
    "broadcast_shapes": "shoal.book.helpers",
    "categorical_cross_entropy": "shoal.book.equations",
    "equations": "shoal.book.equations",
    "flatten_images": "shoal.book.helpers",
    "forward": "shoal.book.equations",
    "graph": "shoal.book.graph",
    "half_poisson_deviance": "shoal.book.equations",
    "half_squared_error": "shoal.book.equations",
    "helpers": "shoal.book.helpers",
    "initialization": "shoal.book.initialization",
    "initialize": "shoal.book.initialization",
    "loss_of_probabilities": "shoal.book.helpers",
    "mean_loss": "shoal.book.equations",
    "network": "shoal.book.network",
    "normalize_rows": "shoal.book.helpers",
    "notation": "shoal.book.notation",
    "one_hot": "shoal.book.helpers",
    "optimizers": "shoal.book.optimizers",
    "penalty": "shoal.book.equations",
    "shares": "shoal.book.equations",
    "update": "shoal.book.optimizers",
}

__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazily(__name__, _HOMES)
