"""Running an experiment, and what comes out of it as text, HTML, JSON and files."""

import json
import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from shoal.base.aligned import wrap
from shoal.base.errors import DataError, UsageError
from shoal.base.files import make_folder, replacing
from shoal.base.numeric import is_whole
from shoal.base.shown import as_html, literal
from shoal.base.texts import text
from shoal.experiments._catalogue import Experiment, find
from shoal.experiments._finding import Array, Finding, Setting, Table

WIDTH = 88  # cells of a line of text


@dataclass(frozen=True)
class Record:
    """An experiment that was run.

    Attributes
    ----------
    experiment : Experiment
        Which one.
    seed : int
        With which seed.
    finding : Finding
        Its numbers, and the panels of its pictures.
    """

    experiment: Experiment
    seed: int
    finding: Finding

    @property
    def holds(self) -> bool:
        """Whether the numbers bear the claim out."""
        return self.finding.holds

    @property
    def numbers(self) -> dict[str, Any]:
        """What was measured."""
        return dict(self.finding.numbers)

    @property
    def claimed(self) -> str:
        """What the notes claim."""
        return self._text("claim")

    @property
    def seen(self) -> str:
        """What was seen, with the numbers."""
        return self._text("seen")

    @property
    def advice(self) -> str:
        """What to change and try."""
        return self._text("try")

    @property
    def verdict(self) -> str:
        """Whether the claim holds here; if not, which part of it does not."""
        if self.holds:
            return text("experiments.holds")
        reasons = [self._text(f"not_{part}") for part in self.finding.failed]
        if not reasons:
            return text("experiments.fails")
        return text("experiments.fails_because", reasons=text("experiments.semicolon").join(reasons))

    def _text(self, part: str) -> str:
        return text(f"experiments.{self.experiment.name}_{part}", **_written(self.numbers))

    def to_dict(self) -> dict[str, Any]:
        """The record as plain JSON values; a number that is not finite is None."""
        return {
            "experiment": self.experiment.name,
            "section": self.experiment.section,
            "seed": self.seed,
            "holds": self.holds,
            "verdict": self.verdict,
            "numbers": _plain(self.numbers),
            "claimed": self.claimed,
            "seen": self.seen,
            "try": self.advice,
        }

    def figure(self, dark: bool = False) -> Any:
        """A figure of matplotlib with its pictures; None if it has none."""
        from shoal.experiments._drawing import figure

        return figure(self, dark) if self.finding.panels else None

    def save(self, folder: str | PathLike[str], dark: bool = False) -> list[Path]:
        """Write the record as JSON and its picture as PNG and SVG into a folder, which is made if need be.

        Returns
        -------
        paths : list of Path
            What was written. Each file is replaced whole or not at all.

        Raises
        ------
        FileError
            If the folder cannot be made, or a file cannot be written.
        """
        from shoal.experiments._drawing import write

        paths = [make_folder(folder) / f"{self.experiment.name}.json"]
        with replacing(paths[0]) as stream:
            content = json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=2)
            stream.write(f"{content}\n".encode())
        for ending in (".png", ".svg") if self.finding.panels else ():
            paths.append(paths[0].with_suffix(ending))
            write(self, paths[-1], dark)
        return paths

    def __str__(self) -> str:
        parts = (("claimed", self.claimed), ("seen", self.seen), ("try", self.advice))
        place = _section(self.experiment)
        lines = [wrap(text("experiments.heading", title=self.experiment.title, place=place), WIDTH), ""]
        lines += [wrap(text(f"experiments.{name}", said=said), WIDTH, indent=2) for name, said in parts]
        return "\n".join([*lines, "", wrap(self.verdict, WIDTH)])

    def __repr__(self) -> str:
        return f"Record({self.experiment.name!r}, seed={self.seed}, holds={self.holds})"

    def _repr_html_(self) -> str:
        """The text, and below it the picture, where matplotlib is installed."""
        if not self.finding.panels or find_spec("matplotlib") is None:
            return as_html(str(self))
        from shoal.experiments._drawing import svg

        return as_html(str(self)) + svg(self)


def run(name: str, *, seed: int = 0, X: Any = None, y: Any = None) -> Record:
    """Run one experiment.

    Parameters
    ----------
    name : str
        Its name; `experiments` lists them.
    seed : int, default=0
        What its random numbers follow from: the same seed gives the same numbers.
    X : array-like or sparse matrix of shape (n_samples, n_features), default=None
        Your own rows, for an experiment that takes data. Columns are standardised.
    y : array-like of shape (n_samples,), default=None
        Their labels, of two classes or more.

    Returns
    -------
    record : Record

    Raises
    ------
    UsageError
        If there is no such experiment, it takes no data, or only one of X and y came.
    DataError, ValueError
        If the rows cannot be learned from.
    """
    experiment = find(name)
    if not (is_whole(seed) and 0 <= seed < 2**32):
        raise UsageError("experiments.seed", got=literal(seed))
    if (X is None) != (y is None):
        raise UsageError("experiments.x_and_y")
    if X is not None and not experiment.takes_data:
        raise UsageError("experiments.no_data", name=name)
    table = None if X is None else _table(X, y)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what goes wrong is what many of them show
        finding = experiment.measure(Setting(int(seed), table))
    return Record(experiment, int(seed), finding)


def _table(X: Any, y: Any) -> Table:
    """A person's rows, checked as by `fit` and standardised."""
    from sklearn.utils.multiclass import type_of_target

    from shoal.estimators import LogisticRegression
    from shoal.estimators._inputs import check_X_y
    from shoal.estimators._targets import classes_in, refuse_mixed_list
    from shoal.inspect._objective import dense
    from shoal.plots._answers import flat

    refuse_mixed_list(y)
    X, y = check_X_y(LogisticRegression(), X, y, reset=True, multi_output=True, numeric=False)
    y = flat(y)
    if len(classes_in(y)) < 2 or type_of_target(y) not in ("binary", "multiclass"):
        raise DataError("experiments.needs_classes")
    return Table(_standardised(dense(X, np.float64)), y)


def _standardised(X: Array) -> Array:
    """Columns with mean 0 and deviation 1; constant columns become 0.

    First a power of two, which rounds nothing, brings each column near 1: the square of 1e200 is infinite.
    """
    from sklearn.preprocessing import StandardScaler

    _, exponents = np.frexp(np.abs(X).max(axis=0))
    return np.asarray(StandardScaler().fit_transform(np.ldexp(X, -exponents)))


def _section(experiment: Experiment) -> str:
    note, _, section = experiment.section.partition(", ")
    return text("experiments.section" if section else "experiments.note", note=note, section=section)


def _written(numbers: dict[str, Any]) -> dict[str, Any]:
    """The numbers as they stand in a sentence: with so many digits that they can be read."""
    return {name: _in_a_sentence(value) for name, value in numbers.items()}


def _in_a_sentence(value: Any) -> Any:
    if value is None:
        return text("experiments.not_reached")
    if isinstance(value, bool | int | str):
        return f"{value:,}" if type(value) is int and abs(value) >= 10_000 else value
    if isinstance(value, float):
        whole = value.is_integer() or abs(value) >= 1000
        return f"{value:,.0f}" if whole and abs(value) < 1e6 else f"{value:.3g}"
    if isinstance(value, list | tuple):
        return text("core.comma").join(str(_in_a_sentence(item)) for item in value)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
