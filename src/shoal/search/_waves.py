"""Which candidates are trained together: waves, small enough for the memory.

A wave is some candidates on all of their folds, and is trained in one call. There are several waves only to
bound the memory, to report the progress, and to keep what is finished.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.search._candidates import Candidate
from shoal.training._lbfgs import PAIRS

if TYPE_CHECKING:
    from shoal.search._folds import SearchData

FEWEST_FITS, MOST_FITS = 16, 320  # in a wave: so threads do not wait for each other, nor people for news
MOST_BYTES = 2**27  # of parameters and the optimisers' memory in a wave
MOST_WORK = 4e10  # parameters x rows x epochs: a few seconds


def waves(candidates: Sequence[Candidate], data: "SearchData") -> Iterator[list[int]]:
    """The numbers of the candidates, wave by wave; candidates that share their input come together."""
    order_of = {shared: k for k, shared in enumerate(dict.fromkeys(c.shared for c in candidates))}
    order = sorted(range(len(candidates)), key=lambda k: order_of[candidates[k].shared])
    folds, width = len(data.folds), _width(data.X)
    rows = sum(len(train) for train, _ in data.folds)
    wave: list[int] = []
    n_bytes, work = 0.0, 0.0
    for k in order:
        size = _size(candidates[k], width)
        is_new = not wave or candidates[k].shared != candidates[wave[-1]].shared
        own_bytes = _numbers(candidates[k]) * 8 * size * folds
        own_work = size * rows * _epochs(candidates[k])
        if is_new and candidates[k].shared.place:
            own_bytes += 8 * rows * width  # the tables that transformers make
        fits = len(wave) * folds
        long = fits >= FEWEST_FITS and work + own_work > MOST_WORK
        if wave and (long or fits + folds > MOST_FITS or n_bytes + own_bytes > MOST_BYTES):
            yield wave
            wave, n_bytes, work = [], 0.0, 0.0
        n_bytes, work = n_bytes + own_bytes, work + own_work
        wave.append(k)
    if wave:
        yield wave


def _width(X: Any) -> int:
    """The number of columns of X; 100 where it cannot be seen, as of a list or of texts."""
    shape: tuple[int, ...] = getattr(X, "shape", ())
    return shape[1] if len(shape) > 1 else 100


def _size(candidate: Candidate, width: int) -> float:
    """About how many parameters its networks have, if they get as many columns as the table has."""
    if candidate.refused is not None:
        return 0.0
    sizes = getattr(candidate.network, "hidden_layer_sizes", ())
    n = (width, *(sizes if np.iterable(sizes) else (sizes,)), 1)
    restarts = getattr(candidate.network, "n_restarts", 1)
    return float(restarts * sum((before + 1) * after for before, after in pairwise(n)))


def _numbers(candidate: Candidate) -> int:
    """About how many numbers a parameter comes with: itself, its slope and what the solver remembers."""
    lbfgs = not candidate.shared.separate and getattr(candidate.network, "solver", None) == "lbfgs"
    return 2 * PAIRS + 4 if lbfgs else 4


def _epochs(candidate: Candidate) -> float:
    return 0.0 if candidate.refused is not None else float(candidate.network.max_iter)
