"""The computation graph of the notes (2.7, 2.8): every node with its value, its derivative and the reason.

parse               a formula that somebody typed, with values for its letters
Graph, Node, apply  the same in Python: named variables, operators, functions
Explanation, Step   the chain rule in letters, numbers and words; one step of the way back
logistic_graph      logistic regression on one example
network_graph       any network with its cost
parameter_gradient  the gradient of any network, derived a second time
"""

from typing import TYPE_CHECKING

from shoal.base.lazy import lazily

if TYPE_CHECKING:
    from shoal.book.graph._explain import Explanation as Explanation
    from shoal.book.graph._explain import Step as Step
    from shoal.book.graph._formula import parse as parse
    from shoal.book.graph._graph import Graph as Graph
    from shoal.book.graph._networks import logistic_graph as logistic_graph
    from shoal.book.graph._networks import network_graph as network_graph
    from shoal.book.graph._networks import parameter_gradient as parameter_gradient
    from shoal.book.graph._nodes import Node as Node
    from shoal.book.graph._nodes import apply as apply

_HOMES = {
    "Explanation": "shoal.book.graph._explain",
    "Graph": "shoal.book.graph._graph",
    "Node": "shoal.book.graph._nodes",
    "Step": "shoal.book.graph._explain",
    "apply": "shoal.book.graph._nodes",
    "logistic_graph": "shoal.book.graph._networks",
    "network_graph": "shoal.book.graph._networks",
    "parameter_gradient": "shoal.book.graph._networks",
    "parse": "shoal.book.graph._formula",
}

__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazily(__name__, _HOMES)
