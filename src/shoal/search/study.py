"""A search on disk: what is finished is kept, wave by wave, and not trained again.

`study.json` names what is searched: the estimator, the rows, the folds, the scores and who computes, as
hashes. Another search in the same folder is refused; one with more candidates goes on with those that are
new. Each wave adds a file with its candidates' results, whole or not at all.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import joblib
import numpy as np
import sklearn

import shoal
from shoal.engines import native_is_built
from shoal.errors import DataError, FileError, UsageError
from shoal.files import replacing
from shoal.messages import text
from shoal.search.judging import Judge
from shoal.search.population import Candidate, Curve

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
        if isinstance(scores[0], dict):
            name = score if score in scores[0] else next(iter(scores[0]))
            scores = [each[name] for each in scores]
        return float(np.mean(scores))

    def to_dict(self) -> dict[str, Any]:
        """In JSON's types."""
        curves = [None if c is None else [c.cost.tolist(), c.score.tolist()] for c in self.curves]
        return {"results": self.results, "curves": curves, "reached_limit": self.reached_limit}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """What `to_dict` wrote."""
        curves = [None if c is None else Curve.of(*c) for c in document["curves"]]
        return cls([dict(result) for result in document["results"]], curves, int(document["reached_limit"]))


@dataclass
class Study:
    """What is finished so far, and where it is kept."""

    folder: Path
    done: dict[str, Finished]

    @classmethod
    def open(cls, folder: str | os.PathLike[str], search: Any, judge: Judge) -> Self:
        """The study in this folder, or a new one.

        Raises
        ------
        UsageError
            If the folder holds the study of another search.
        DataError
            If one of its files is damaged.
        FileError
            If the folder cannot be made, read or written to.
        """
        study = cls(Path(folder), {})
        subject = _subject(search, judge)
        try:
            study.folder.mkdir(parents=True, exist_ok=True)
            if (study.folder / SUBJECT).exists():
                study._check(_read(study.folder / SUBJECT, dict), subject)
                for path in sorted(study.folder.glob(f"{WAVE}*.json")):
                    study.done.update(_read(path, _finished))
                return study
        except OSError as error:
            raise FileError("search.study_unreadable", path=folder, reason=error.strerror or error) from error
        _write(study.folder / SUBJECT, subject)
        return study

    def _check(self, found: Mapping[str, str], subject: Mapping[str, str]) -> None:
        other = [part for part, value in subject.items() if found.get(part) != value]
        if other:
            parts = text("search.comma").join(text(f"search.study_{part}") for part in other)
            raise UsageError("search.study_of_another", path=self.folder, parts=parts)

    def known(self, candidates: Sequence[Candidate]) -> dict[int, Finished]:
        """Those that are finished, by their numbers."""
        keys = [_hash(candidate.params) for candidate in candidates]
        return {k: self.done[key] for k, key in enumerate(keys) if key in self.done}

    def keep(self, candidates: Sequence[Candidate], finished: Sequence[Finished]) -> None:
        """Write down a wave."""
        keys = [_hash(candidate.params) for candidate in candidates]
        document = {key: one.to_dict() for key, one in zip(keys, finished, strict=True)}
        _write(self.folder / f"{WAVE}{keys[0]}.json", document)


def _finished(document: Mapping[str, Any]) -> dict[str, Finished]:
    return {key: Finished.from_dict(entry) for key, entry in document.items()}


def _read(path: Path, understand: Callable[[Any], Any]) -> Any:
    """The contents of a file, understood, or an error that names it."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document.pop("format") != FORMAT:
            raise ValueError
        return understand(document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError("search.study_damaged", path=path) from error


def _write(path: Path, document: Mapping[str, Any]) -> None:
    with replacing(path) as stream:
        stream.write(json.dumps({"format": FORMAT, **document}).encode())


def _subject(search: Any, judge: Judge) -> dict[str, str]:
    """What decides every bit of a result, part by part."""
    table = judge.table
    computes = ("native", *_level()) if native_is_built() else ("numpy",)
    return {
        "estimator": _hash(search.estimator),
        "rows": _hash((table.X, table.y)),
        "folds": _hash(table.folds),
        "weights": _hash((dict(table.fit_params), dict(table.score_params))),
        "scores": _hash((judge.scorer, repr(judge.error_score), judge.train_too)),
        "versions": " ".join((shoal.__version__, sklearn.__version__, np.__version__, *computes)),
    }


def _level() -> tuple[str, ...]:
    """The CPU level whose kernels compute: bits are equal on one level, not across them."""
    from shoal.engines import _native

    here = [name for name, usable in _native.cpu_levels() if usable]
    return (os.environ.get("SHOAL_CPU") or here[-1],)


def _hash(what: Any) -> str:
    """The same for equal things, in any process.

    Raises
    ------
    UsageError
        If it cannot be hashed: a lambda, an open file.
    """
    try:
        return str(joblib.hash(what, hash_name="sha1"))
    except Exception as error:
        raise UsageError("search.study_hash", kind=type(what).__name__) from error
