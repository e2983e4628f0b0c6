"""A recording of a fit: snapshots of theta, from which every Z, A, dZ, dW of any of these epochs follows.

Only what cannot be computed again is kept. A snapshot is a copy, so recording changes no bit of the fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shoal.base.aligned import table
from shoal.base.errors import UsageError
from shoal.base.numeric import is_number, is_whole
from shoal.base.shown import as_html, literal
from shoal.base.texts import text
from shoal.book.network import Network
from shoal.engines import get_engine
from shoal.engines.base import Data
from shoal.inspect._numbers import memory, number, values
from shoal.inspect._trace import Trace, trace

QUANTITIES = ("theta", "slots")
MOST_ROWS = 12  # of the table that a recording prints as


@dataclass(frozen=True)
class Recording:
    """What ``fit(X, y, record=...)`` keeps of a fit.

    ``record=10`` is short for ``Recording(every=10)``, ``record="all"`` for ``Recording(every=1)``.

    Parameters
    ----------
    every : int, default=10
        Epochs (iterations, for L-BFGS and for the linear models) from one snapshot to the next. The start,
        before the first update, and the end are always kept. With early stopping the end is not the model:
        that is the best epoch, which need not be among the snapshots.
    keep : sequence of str, default=("theta",)
        ``"theta"``, the parameters: everything else of a pass is computed from them. ``"slots"``, what the
        optimiser remembers, such as Adam's two averages; nothing else could give these back.
    limit_mb : float, default=256
        More megabytes than this are refused before training begins; `megabytes` says how many it would be.

    Raises
    ------
    UsageError
        If a value is not possible.
    """

    every: int = 10
    keep: tuple[str, ...] = ("theta",)
    limit_mb: float = 256

    def __post_init__(self) -> None:
        if not is_whole(self.every) or self.every < 1:
            raise UsageError("recording.every", got=literal(self.every))
        object.__setattr__(self, "keep", _quantities(self.keep))
        if not is_number(self.limit_mb) or self.limit_mb <= 0:
            raise UsageError("recording.limit", got=literal(self.limit_mb))

    @classmethod
    def of(cls, record: Any) -> Recording:
        """The recording that the argument `record` of `fit` asks for."""
        if isinstance(record, cls):
            return record
        if isinstance(record, str) and record == "all":
            return cls(every=1)
        if is_whole(record) and record >= 1:
            return cls(every=int(record))
        raise UsageError("recording.record", got=literal(record))

    def snapshots(self, epochs: int) -> int:
        """How many snapshots a fit of so many epochs gives, start and end included."""
        return 1 + -(-epochs // self.every)

    def megabytes(self, network: Network, epochs: int, n_slots: int = 0, dtype: Any = np.float64) -> float:
        """How many megabytes these snapshots take, at most.

        Parameters
        ----------
        network : Network
            The architecture.
        epochs : int
            The largest number of epochs.
        n_slots : int, default=0
            How many vectors as long as theta the optimiser remembers: 2 for Adam.
        dtype : dtype, default=float64
            The precision of theta.
        """
        numbers = network.p * (1 + n_slots * ("slots" in self.keep))
        return float(self.snapshots(epochs) * numbers * np.dtype(dtype).itemsize / 1e6)


def _quantities(keep: Any) -> tuple[str, ...]:
    """What to keep, in the order of QUANTITIES; one name may stand alone."""
    listed = [keep] if isinstance(keep, str) else keep
    named = set(listed) if isinstance(listed, list | tuple | set | frozenset) and _all_text(listed) else set()
    if QUANTITIES[0] not in named or not named <= set(QUANTITIES):
        raise UsageError("recording.keep", got=literal(keep))
    return tuple(name for name in QUANTITIES if name in named)


def _all_text(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


@dataclass(repr=False)
class RecordedFit:
    """The snapshots of a fit: the attribute `recording_` of the estimator.

    Printed, it is a table of the cost and of the gradient's length in each layer.

    Attributes
    ----------
    network : Network
        The architecture.
    recording : Recording
        What was asked for.
    epochs : list of int
        The epochs after which there is a snapshot; 0 is the start, before the first update. A fit that
        continued another begins with the epoch at which it went on.
    best : int or None
        With early stopping, the epoch whose parameters the model has; None where it has the last ones.
    """

    network: Network
    recording: Recording
    l1: float
    l2: float
    names: Sequence[str] | None
    classes: Sequence[Any] | None
    _data: Data | None
    _rows: Any
    _theta: dict[int, Any] = field(default_factory=dict)
    _slots: dict[int, Any] = field(default_factory=dict)
    best: int | None = None

    @property
    def epochs(self) -> list[int]:
        """The epochs that were recorded."""
        return list(self._theta)

    @property
    def nbytes(self) -> int:
        """The memory that the snapshots take."""
        return sum(array.nbytes for kept in (self._theta, self._slots) for array in kept.values())

    def theta(self, epoch: int) -> Any:
        """The parameters after an epoch, (p,), read-only.

        Raises
        ------
        UsageError
            If this epoch was not recorded; the message names the nearest that were.
        """
        return self._at(epoch, self._theta)

    def slots(self, epoch: int) -> Any:
        """What the optimiser remembered after an epoch, (n_slots, p), read-only.

        Raises
        ------
        UsageError
            If this epoch was not recorded, or ``"slots"`` not kept.
        """
        if "slots" not in self.recording.keep:
            raise UsageError("recording.no_slots")
        return self._at(epoch, self._slots)

    def trace(self, epoch: int, *, dtype: str = "float64") -> Trace:
        """Everything that the network computed after an epoch, for the rows that it learned from.

        For other rows, ask the estimator: ``model.trace(X, y, epoch=...)``.

        Parameters
        ----------
        epoch : int
            One of `epochs`.
        dtype : {"float64", "float32"}, default="float64"
            The precision to compute in.

        Returns
        -------
        Trace
            In evaluation: without mini-batches and dropout.

        Raises
        ------
        UsageError
            If this epoch was not recorded, or the recording was pickled, which leaves out the rows.
        """
        theta, (X, Y, v) = self.theta(epoch), self._examples()
        people: dict[str, Any] = {"names": self.names, "classes": self.classes}
        return trace(self.network, theta, X, Y, v=v, l1=self.l1, l2=self.l2, dtype=dtype, **people)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        head = {"count": len(self.epochs), "p": self.network.p, "size": memory(self.nbytes)}
        first = text("recording.head", **head)
        if self.best is not None:
            first = f"{first}\n{text('recording.best', epoch=self.best)}"
        if self._data is None:
            return f"{first}\n{text('recording.rows_gone')}"
        lengths = [f"‖dW[{l}]‖" for l in range(1, self.network.L + 1)]
        rows = [[text("recording.epoch"), "J", *lengths]]
        for epoch in self._shown():
            J, norms = self._progress(epoch)
            rows.append([str(epoch), number(J), *map(number, norms)])
        numbers = range(len(rows[0]))
        return "\n".join([first, text("recording.meaning"), table(rows, right=numbers, indent=2)])

    def _repr_html_(self) -> str:
        return as_html(str(self))

    def to_dict(self) -> dict[str, Any]:
        """The table in JSON's types, with every epoch."""
        progress = [] if self._data is None else [(epoch, *self._progress(epoch)) for epoch in self.epochs]
        entries = [
            {"epoch": epoch, "J": values(J), "dW_norms": values(norms)} for epoch, J, norms in progress
        ]
        size = {"snapshots": len(self.epochs), "parameters": self.network.p, "bytes": self.nbytes}
        asked = {"every": self.recording.every, "epochs": self.epochs, "best": self.best}
        return {**size, **asked, "progress": entries}

    def __getstate__(self) -> dict[str, Any]:
        """A pickle holds the snapshots but not the rows: a file of a model must not carry its data away."""
        return vars(self) | {"_data": None, "_rows": None}

    def __copy__(self) -> RecordedFit:
        """A copy in memory keeps the rows, which nobody changes."""
        other = object.__new__(type(self))
        vars(other).update(vars(self) | {"_theta": dict(self._theta), "_slots": dict(self._slots)})
        return other

    def __deepcopy__(self, memo: Any) -> RecordedFit:
        """The same: snapshots are read-only, and the rows are not written to."""
        return self.__copy__()

    def _at(self, epoch: int, kept: Mapping[int, Any]) -> Any:
        if not is_whole(epoch) or epoch not in kept:
            known = np.array(self.epochs)
            nearest = (
                sorted(known[np.argsort(np.abs(known - epoch))[:2]].tolist()) if is_number(epoch) else []
            )
            shown = text("core.comma").join(map(str, nearest or self.epochs[:2]))
            raise UsageError("recording.no_epoch", got=literal(epoch), nearest=shown)
        return kept[epoch]

    def _examples(self) -> Data:
        """The rows that were learned from."""
        if self._data is None:
            raise UsageError("recording.rows_gone")
        X, Y, v = self._data
        return Data(X[:, self._rows], Y[:, self._rows], None if v is None else v[:, self._rows])

    def _shown(self) -> list[int]:
        """The epochs in the printed table: all, or some at equal distances."""
        places = np.linspace(0, len(self.epochs) - 1, min(MOST_ROWS, len(self.epochs)))
        return [self.epochs[int(place)] for place in np.unique(np.round(places))]

    def _progress(self, epoch: int) -> tuple[float, list[float]]:
        """J over the rows that were learned from, and the length of dJ/dW[l] in each layer."""
        assert self._data is not None
        J, dtheta = get_engine("numpy").gradient(
            self.network, self.theta(epoch), self._data, self._rows, l1=self.l1, l2=self.l2
        )
        return J, [float(np.linalg.norm(dW)) for dW in self.network.views(dtheta)[0][1:]]


class Recorder:
    """Takes the snapshots while a fit runs; `fitted` is what it has taken.

    Raises
    ------
    UsageError
        When it is made: if the snapshots may take more memory than the recording allows, or the optimiser
        remembers nothing that could be kept.
    """

    def __init__(self, fitted: RecordedFit, epochs: int, n_slots: int, dtype: Any) -> None:
        recording, network = fitted.recording, fitted.network
        if "slots" in recording.keep and n_slots == 0:
            raise UsageError("recording.nothing_remembered")
        needed = recording.megabytes(network, epochs, n_slots, dtype)
        if needed > recording.limit_mb:
            per_snapshot = needed / recording.snapshots(epochs)
            fitting = int(recording.limit_mb / per_snapshot) - 1
            every = -(-epochs // fitting) if fitting > 0 else None
            sizes = {"needed": memory(1e6 * needed), "limit": f"{recording.limit_mb:g}", "p": network.p}
            counts = {"count": recording.snapshots(epochs), "epochs": epochs, "every": every}
            raise UsageError("recording.too_large" if every else "recording.one_too_large", **sizes, **counts)
        self.fitted = fitted
        self._first: int | None = None

    def see(self, epoch: int, theta: Any, slots: Any = None, *, last: bool = False) -> None:
        """Keep a copy if this epoch is due: the first that is seen, every k-th from there, and the last."""
        self._first = epoch if self._first is None else self._first
        if not last and (epoch - self._first) % self.fitted.recording.every:
            return
        kept = [(self.fitted._theta, theta)]
        if "slots" in self.fitted.recording.keep:
            kept.append((self.fitted._slots, slots))
        for arrays, array in kept:
            arrays[epoch] = np.array(array)
            arrays[epoch].flags.writeable = False
