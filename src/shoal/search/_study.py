"""A search on disk: what is finished is kept, wave by wave, and not trained again.

`study.json` names what is searched: the estimator, the rows, the folds, the scores and who computes, as
hashes. Another search in the same folder is refused; one with more candidates goes on with those that are
new. Each wave adds a file with its candidates' results, whole or not at all, and names its study in it, so
results never get into another search's hands. A file is plain JSON with a digest of what it says; nothing in
it is believed before it has been looked at.
"""

import hashlib
import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import CodeType, FunctionType, MethodType
from typing import Any, Self

import numpy as np
import scipy
import sklearn
from joblib.hashing import NumpyHasher
from sklearn.base import clone

from shoal.base import schema
from shoal.base.errors import DataError, FileError, UsageError
from shoal.base.files import replacing
from shoal.base.texts import text
from shoal.engines import native_is_built
from shoal.estimators._sklearn import is_multimetric, scorers_by_name
from shoal.search._population import Candidate, Curve
from shoal.search._scoring import Judge

SUBJECT = "study.json"
WAVE = "finished-"
FORMAT = "shoal study 1"


@dataclass(frozen=True)
class Finished:
    """A candidate that was judged on all folds."""

    results: list[dict[str, Any]]  # a fold each, as scikit-learn's `_fit_and_score` returns them
    curves: list[Curve | None]
    reached_limit: int  # fits that ended at `max_iter`

    def mean(self, score: Any) -> float:
        """The mean score on the rows that judge, of this name or of the first one there is."""
        scores = [result["test_scores"] for result in self.results]
        names = next((list(each) for each in scores if isinstance(each, dict)), None)
        if names is not None:  # a fit that failed may be worth a plain number all the same
            name = score if score in names else names[0]
            scores = [each[name] if isinstance(each, dict) else each for each in scores]
        return float(np.mean(scores))

    def to_dict(self) -> dict[str, Any]:
        """In JSON's types."""
        curves = [None if c is None else [c.cost.tolist(), c.score.tolist()] for c in self.curves]
        results = [{name: _plain(value) for name, value in result.items()} for result in self.results]
        return {"results": results, "curves": curves, "reached_limit": self.reached_limit}

    @classmethod
    def from_dict(cls, document: Any, expected: "Expected") -> Self:
        """What `to_dict` wrote; a ValueError for anything else."""
        results, curves, reached_limit = _entries(document, "results", "curves", "reached_limit")
        folds = len(expected.rows)
        return cls(
            list(map(expected.result, _list(results, folds), range(folds))),
            list(map(_curve, _list(curves, folds))),
            schema.count(reached_limit),
        )


@dataclass
class Study:
    """What is finished so far, and where it is kept."""

    folder: Path
    subject: Mapping[str, str]
    done: dict[str, Finished]

    @classmethod
    def open(cls, folder: str | os.PathLike[str], search: Any, judge: Judge) -> Self:
        """The study in this folder, or a new one.

        Raises
        ------
        UsageError
            If the folder holds the study of another search, or this one could not be recognised again.
        DataError
            If one of its files is damaged.
        FileError
            If the folder cannot be made, read or written to.
        """
        study = cls(Path(folder), _subject(search, judge), {})
        subject, expected = study.folder / SUBJECT, Expected.by(search, judge)
        try:
            study.folder.mkdir(parents=True, exist_ok=True)
            is_new, waves = not subject.exists(), sorted(study.folder.glob(f"{WAVE}*.json"))
        except OSError as error:
            raise _unreadable(study.folder, error) from error
        if not is_new:
            study._check(subject)
        for path in waves:
            study.done.update(_read(path, lambda content: study._of_wave(content, expected)))
        if is_new:
            _write(subject, dict(study.subject), yielding=True)
            study._check(subject)  # another search may have begun here at the same moment
        return study

    def _check(self, subject: Path) -> None:
        """Refuse the study of another search, and say what differs."""
        found = _read(subject, lambda content: _entries(content, *self.subject))
        pairs = zip(self.subject.items(), found, strict=True)
        other = [part for (part, value), there in pairs if value != there]
        if other:
            parts = text("search.comma").join(text(f"search.study_{part}") for part in other)
            raise UsageError("search.study_of_another", path=self.folder, parts=parts)

    def known(self, candidates: Sequence[Candidate]) -> dict[int, Finished]:
        """Those that are finished, by their numbers.

        Raises
        ------
        UsageError
            If a candidate has another seed each time: after a stop other bits would be trained.
        """
        if any(getattr(candidate.network, "random_state", 0) is None for candidate in candidates):
            raise UsageError("search.study_seed")
        return {k: self.done[key] for k, key in enumerate(_keys(candidates)) if key in self.done}

    def keep(self, candidates: Sequence[Candidate], finished: Sequence[Finished]) -> None:
        """Write down a wave."""
        keys = _keys(candidates)
        entries = {key: one.to_dict() for key, one in zip(keys, finished, strict=True)}
        content = {"study": _digest(self.subject), "finished": entries}
        _write(self.folder / f"{WAVE}{_digest(sorted(keys))[:40]}.json", content)

    def _of_wave(self, content: Any, expected: "Expected") -> dict[str, Finished]:
        """What `keep` wrote; a ValueError for anything else."""
        study, entries = _entries(content, "study", "finished")
        if study != _digest(self.subject) or type(entries) is not dict:
            raise ValueError("a wave of another study")
        return {key: Finished.from_dict(entry, expected) for key, entry in entries.items()}


# --------------------------------------------------------------------------- which search it is


def _subject(search: Any, judge: Judge) -> dict[str, str]:
    """What decides every bit of a result, part by part."""
    table = judge.table
    libraries = (version("shoal"), sklearn.__version__, np.__version__, scipy.__version__)
    computes = ("native", *_level()) if native_is_built() else ("numpy",)
    return {
        "estimator": _hash(clone(search.estimator), "estimator"),
        "rows": _hash((table.X, table.y), "rows"),
        "folds": _hash(table.folds, "folds"),
        "weights": _hash((dict(table.fit_params), dict(table.score_params)), "weights"),
        "scores": _hash((search.scoring, repr(judge.error_score), judge.train_too), "scores"),
        "versions": " ".join((*libraries, *platform.python_version_tuple()[:2], *computes)),
    }


def _level() -> tuple[str, ...]:
    """The CPU level whose kernels compute: bits are equal on one level, not across them."""
    from shoal.engines import _native

    here = [name for name, usable in _native.cpu_levels() if usable]
    return (os.environ.get("SHOAL_CPU") or here[-1],)


def _keys(candidates: Sequence[Candidate]) -> list[str]:
    return [_hash(candidate.params, "candidate") for candidate in candidates]


def _hash(what: Any, part: str) -> str:
    """The same for the same thing, in any process; equal tables that lie otherwise in memory are others.

    Raises
    ------
    UsageError
        If there is something in it that cannot be recognised again: a lambda, an open file.
    """
    try:
        return _Hasher().hash(what)
    except Exception as error:
        raise UsageError("search.study_hash", part=text(f"search.study_{part}")) from error


class _Hasher(NumpyHasher):  # type: ignore[misc]
    """joblib's hash, with a function's body in it and not only its name, and free of what a process decides.

    That is the order of sets and of mixed keys, and whether equal tuples are one. A class is its name, and so
    is what a function calls: that one of these was edited is not noticed.
    """

    def __init__(self) -> None:
        super().__init__(hash_name="sha1", coerce_mmap=True)

    def hash(self, obj: Any) -> str:
        """The digest of an object."""
        return str(super().hash(obj))

    def save(self, obj: Any) -> None:
        """One object on the way into the digest."""
        if type(obj) in (set, frozenset):
            obj = (type(obj).__name__, sorted(_Hasher().hash(item) for item in obj))
        elif type(obj) is dict and not all(type(key) is str for key in obj):
            obj = ("dict", sorted((_Hasher().hash(key), _Hasher().hash(value)) for key, value in obj.items()))
        super().save(obj)
        function = getattr(obj, "__func__", obj)
        if isinstance(obj, FunctionType | MethodType):
            super().save(_meaning(function))

    def memoize(self, obj: Any) -> None:
        """Remember an object, so as to name it when it comes again; a tuple is spelled out each time."""
        if type(obj) is not tuple:
            super().memoize(obj)


def _meaning(function: FunctionType) -> tuple[Any, ...]:
    """What a function does: its body, its defaults, and what it encloses, functions again among it."""
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    enclosed = [_meaning(each) if isinstance(each, FunctionType) else each for each in cells]
    return _body(function.__code__), function.__defaults__, function.__kwdefaults__, enclosed


def _body(code: CodeType) -> tuple[Any, ...]:
    """What a function does, wherever it stands."""
    constants = [_body(each) if isinstance(each, CodeType) else each for each in code.co_consts]
    return code.co_code, code.co_names, constants


# --------------------------------------------------------------------------- files


def _write(path: Path, content: Mapping[str, Any], *, yielding: bool = False) -> None:
    document = {"format": FORMAT, "sha256": _digest(content), "content": content}
    with replacing(path, yielding=yielding) as stream:
        stream.write(json.dumps(document).encode())


def _read(path: Path, understand: Callable[[Any], Any]) -> Any:
    """The contents of a file, understood, or an error that names it."""
    try:
        written = path.read_bytes()
    except OSError as error:
        raise _unreadable(path.parent, error) from error
    try:
        document = json.loads(written.decode())
        kind, digest, content = _entries(document, "format", "sha256", "content")
        if kind != FORMAT or digest != _digest(content):
            raise ValueError("not written by a study")
        return understand(content)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise DataError("search.study_damaged", path=path) from error


def _unreadable(folder: Path, error: OSError) -> FileError:
    return FileError("search.study_unreadable", path=folder, reason=error.strerror or error)


def _digest(content: Any) -> str:
    """Of what JSON says, however it is laid out."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """An entry of a result in JSON's types: a scorer may return any kind of number."""
    if isinstance(value, dict):
        return {name: float(score) for name, score in value.items()}
    return value if value is None or type(value) in (str, int) else float(value)


@dataclass(frozen=True)
class Expected:
    """What the results of a search look like."""

    rows: Sequence[int]  # that judge, by fold
    scores: Sequence[str]  # the keys of a result that hold some
    names: Sequence[str] | None  # of the scores; none is a single number, None is whatever the scorer says

    @classmethod
    def by(cls, search: Any, judge: Judge) -> Self:
        """Of this search."""
        scores = ["test_scores", "train_scores"] if judge.train_too else ["test_scores"]
        names = list(scorers_by_name(judge.scorer)) if is_multimetric(judge.scorer) else []
        return cls(
            [len(test) for _, test in judge.table.folds], scores, None if callable(search.scoring) else names
        )

    def result(self, document: Any, fold: int) -> dict[str, Any]:
        """A result on this fold; a ValueError for anything else."""
        names = ("fit_error", "fit_time", "score_time", "n_test_samples", *self.scores)
        why, fit_time, score_time, rows, *scores = _entries(document, *names)
        if not (why is None or type(why) is str) or schema.count(rows) != self.rows[fold]:
            raise ValueError(document)
        values = (why, _number(fit_time), _number(score_time), rows, *map(self._scores, scores))
        return dict(zip(names, values, strict=True))

    def _scores(self, value: Any) -> Any:
        if self.names is None and type(value) is dict:
            return {name: _number(score) for name, score in value.items()}
        if self.names:
            return dict(zip(self.names, map(_number, _entries(value, *self.names)), strict=True))
        return _number(value)


def _curve(value: Any) -> Curve | None:
    if value is None:
        return None
    cost, score = (list(map(_number, _list(numbers))) for numbers in _list(value, 2))
    return Curve.of(cost, score)


def _entries(document: Any, *names: str) -> list[Any]:
    """The values of a document that has exactly these keys."""
    if type(document) is not dict or document.keys() != set(names):
        raise ValueError(names)
    return [document[name] for name in names]


def _list(value: Any, length: int | None = None) -> list[Any]:
    if type(value) is not list or length not in (None, len(value)):
        raise ValueError(length)
    return value


def _number(value: Any) -> float:
    """A number; a score may be NaN. True is none."""
    if type(value) not in (int, float):
        raise ValueError(value)
    return float(value)
