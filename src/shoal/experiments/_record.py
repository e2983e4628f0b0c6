"""Running an experiment, and what comes out of it as text, HTML, JSON and files."""

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
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
from shoal.experiments._finding import Finding, Setting, Table

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
        """Whether the claim holds here."""
        return text("experiments.holds" if self.holds else "experiments.fails")

    def _text(self, part: str) -> str:
        return text(f"experiments.{self.experiment.name}_{part}", **_written(self.numbers))

    def to_dict(self) -> dict[str, Any]:
        """The record as plain JSON values; a number that is not finite is None."""
        return {
            "experiment": self.experiment.name,
            "section": self.experiment.section,
            "seed": self.seed,
            "holds": self.holds,
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
        heads = [text(f"experiments.{name}") for name, _ in parts]
        lines = [f"{self.experiment.title} ({_section(self.experiment)})", ""]
        for head, (_, sentence) in zip(heads, parts, strict=True):
            lines.append(wrap(f"{head} {sentence}", WIDTH, indent=2))
        return "\n".join([*lines, "", self.verdict])

    def _repr_html_(self) -> str:
        return as_html(str(self))


def run(
    name: str, *, seed: int = 0, X: Any = None, y: Any = None, names: Sequence[str] | None = None
) -> Record:
    """Run one experiment.

    Parameters
    ----------
    name : str
        Its name; `experiments` lists them.
    seed : int, default=0
        What its random numbers follow from: the same seed gives the same numbers.
    X : array-like of shape (n_samples, n_features), default=None
        Your own rows, for an experiment that takes data. Columns are standardised.
    y : array-like of shape (n_samples,), default=None
        Their labels, of two classes or more.
    names : sequence of str, default=None
        Of the columns of X.

    Returns
    -------
    record : Record

    Raises
    ------
    UsageError
        If there is no such experiment, it takes no data, or only one of X and y came.
    DataError
        If the rows cannot be learned from.
    """
    experiment = find(name)
    if not (is_whole(seed) and 0 <= seed < 2**32):
        raise UsageError("experiments.seed", got=literal(seed))
    if (X is None) != (y is None):
        raise UsageError("experiments.x_and_y")
    if X is not None and not experiment.takes_data:
        raise UsageError("experiments.no_data", name=name)
    table = None if X is None else _table(X, y, names)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what goes wrong is what many of them show
        finding = experiment.measure(Setting(int(seed), table))
    return Record(experiment, int(seed), finding)


def _table(X: Any, y: Any, names: Sequence[str] | None) -> Table:
    """A person's rows, checked and standardised; constant columns become 0."""
    from sklearn.preprocessing import StandardScaler
    from sklearn.utils.multiclass import type_of_target
    from sklearn.utils.validation import check_X_y

    names = tuple(names if names is not None else map(str, getattr(X, "columns", ())))
    X, y = check_X_y(X, y, dtype=np.float64)
    if type_of_target(y) not in ("binary", "multiclass") or len(np.unique(y)) < 2:
        raise DataError("experiments.needs_classes")
    scaled = StandardScaler().fit_transform(X)
    return Table(scaled, y, names or tuple(f"x{j + 1}" for j in range(X.shape[1])))


def _section(experiment: Experiment) -> str:
    note, _, section = experiment.section.partition(", ")
    return text("experiments.section" if section else "experiments.note", note=note, section=section)


def _written(numbers: dict[str, Any]) -> dict[str, Any]:
    """The numbers as they stand in a sentence: with so many digits that they can be read."""
    return {name: _in_a_sentence(value) for name, value in numbers.items()}


def _in_a_sentence(value: Any) -> Any:
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
