"""A search on disk: results are kept wave by wave, and what is finished is not trained again.

`study.json` says what is searched: the estimator, the rows, the folds, the scores and who computes, each as a
fingerprint. Another search in the same folder is refused; the same search with more candidates trains only
the new ones. Each wave adds a file with the results of its candidates, whole or not at all. It names its
study, so that results of another search are not taken for results of this one. A file is plain JSON with a
digest of its content; nothing in it is believed before it has been checked.
"""

import hashlib
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import scipy
import sklearn
from sklearn.base import clone

from shoal.base import schema
from shoal.base.errors import DataError, FileError, UsageError
from shoal.base.files import read_bytes, replacing
from shoal.base.texts import text
from shoal.engines import native_is_built
from shoal.estimators._trainable import draws_another_seed
from shoal.search._candidates import Candidate, CandidateResult, Curve
from shoal.search._fingerprints import fingerprint

if TYPE_CHECKING:
    from shoal.search._scoring import FitScorer

SUBJECT = "study.json"
WAVE = "finished-"
FORMAT = "shoal study 2"
OLD_FORMATS = ("shoal study 1",)


@dataclass
class Study:
    """What is finished so far, and where it is kept."""

    folder: Path
    subject: Mapping[str, str]
    finished: dict[str, CandidateResult]

    @classmethod
    def open(cls, folder: str | os.PathLike[str], search: Any, scorer: "FitScorer") -> Self:
        """The study in this folder, or a new one.

        Raises
        ------
        UsageError
            If the folder holds the study of another search, or one that an older version of shoal wrote; or
            if this search could not be recognised again.
        DataError
            If one of its files is damaged.
        FileError
            If the folder cannot be made, read or written to.
        """
        study = cls(Path(folder), _subject(search, scorer), {})
        subject, read_wave = study.folder / SUBJECT, study._wave_schema(search, scorer)
        try:
            study.folder.mkdir(parents=True, exist_ok=True)
            is_new, waves = not subject.exists(), sorted(study.folder.glob(f"{WAVE}*.json"))
        except OSError as error:
            reason = error.strerror or error
            raise FileError("search.study_unreadable", path=study.folder, reason=reason) from error
        if not is_new:
            study._check(subject)
        for path in waves:
            study.finished.update(_read(path, read_wave))
        if is_new:
            _write(subject, dict(study.subject), keep_existing=True)
            study._check(subject)  # another search may have begun here at the same moment
        return study

    def _check(self, subject: Path) -> None:
        """Refuse the study of another search, and say what differs."""
        found = _read(subject, schema.record(dict.fromkeys(self.subject, schema.anything)))
        other = [part for part, value in self.subject.items() if value != found[part]]
        if other:
            parts = text("core.comma").join(text(f"search.study_{part}") for part in other)
            raise UsageError("search.study_of_another", path=self.folder, parts=parts)

    def known(self, candidates: Sequence[Candidate]) -> dict[int, CandidateResult]:
        """The results of those that are finished, by their numbers.

        Raises
        ------
        UsageError
            If a candidate gets another seed each time: after a stop it would be trained to other bits.
        """
        if any(draws_another_seed(candidate.network) for candidate in candidates):
            raise UsageError("search.study_seed")
        keys = _keys(candidates)
        return {k: self.finished[key] for k, key in enumerate(keys) if key in self.finished}

    def keep(self, candidates: Sequence[Candidate], results: Sequence[CandidateResult]) -> None:
        """Write the results of a wave."""
        keys = _keys(candidates)
        finished = {key: _to_json(result) for key, result in zip(keys, results, strict=True)}
        content = {"study": _digest(self.subject), "finished": finished}
        _write(self.folder / f"{WAVE}{_digest(sorted(keys))[:40]}.json", content)

    def _wave_schema(self, search: Any, scorer: "FitScorer") -> schema.Check:
        """Reads what `keep` wrote: the results of this very study, by the keys of the candidates."""
        finished = schema.mapping_of(_result_schema(search, scorer))
        wave = schema.record({"study": schema.one_of(_digest(self.subject)), "finished": finished})
        return lambda content: wave(content)["finished"]


# --------------------------------------------------------------------------- which search it is


def _subject(search: Any, scorer: "FitScorer") -> dict[str, str]:
    """All that decides the bits of a result, part by part."""
    data = scorer.data
    libraries = (version("shoal"), sklearn.__version__, np.__version__, scipy.__version__)
    computes = ("native", *_level()) if native_is_built() else ("numpy",)
    return {
        "estimator": _fingerprint(clone(search.estimator), "estimator"),
        "rows": _fingerprint((data.X, data.y), "rows"),
        "folds": _fingerprint(data.folds, "folds"),
        "weights": _fingerprint((dict(data.fit_params), dict(data.score_params)), "weights"),
        "scores": _fingerprint((search.scoring, repr(scorer.error_score), scorer.train_too), "scores"),
        "versions": " ".join((*libraries, *platform.python_version_tuple()[:2], *computes)),
    }


def _level() -> tuple[str, ...]:
    """The CPU level whose kernels compute: bits are equal on one level, and differ between levels."""
    from shoal.engines import _native

    here = [name for name, usable in _native.cpu_levels() if usable]
    return (os.environ.get("SHOAL_CPU") or here[-1],)


def _keys(candidates: Sequence[Candidate]) -> list[str]:
    return [_fingerprint(candidate.params, "candidate") for candidate in candidates]


def _fingerprint(thing: object, part: str) -> str:
    """The fingerprint of a part of the search; a UsageError if it could not be recognised again."""
    try:
        return fingerprint(thing)
    except Exception as error:
        raise UsageError("search.study_hash", part=text(f"search.study_{part}")) from error


# --------------------------------------------------------------------------- results in JSON


def _to_json(result: CandidateResult) -> dict[str, Any]:
    curves = [None if c is None else [c.cost.tolist(), c.score.tolist()] for c in result.curves]
    folds = [{name: _plain(value) for name, value in fold.items()} for fold in result.folds]
    return {"results": folds, "curves": curves, "reached_limit": result.reached_limit}


def _plain(value: Any) -> Any:
    """An entry of a result in JSON's types: a scorer may return any kind of number."""
    if isinstance(value, dict):
        return {name: float(score) for name, score in value.items()}
    return value if value is None or type(value) in (str, int) else float(value)


def _result_schema(search: Any, scorer: "FitScorer") -> schema.Check:
    """Reads what `_to_json` wrote, if it is a result on these folds and with these scores."""
    n_folds = len(scorer.data.folds)
    scores = _score_by_name_or_alone if callable(search.scoring) else _score_schema(scorer.names)
    kinds = ["test_scores", "train_scores"] if scorer.train_too else ["test_scores"]
    of_a_fold = {
        "fit_error": schema.nullable(schema.text),
        "fit_time": schema.any_number,
        "score_time": schema.any_number,
        **dict.fromkeys(kinds, scores),
    }
    by_fold = [
        schema.record({**of_a_fold, "n_test_samples": schema.one_of(len(test))})
        for _, test in scorer.data.folds
    ]

    def folds(value: object) -> list[dict[str, Any]]:
        found = schema.list_of(schema.anything, n_folds)(value)
        return [schema.at(f"[{k}]", by_fold[k], fold) for k, fold in enumerate(found)]

    curves = schema.list_of(schema.nullable(_curve), n_folds)
    result = schema.record({"results": folds, "curves": curves, "reached_limit": schema.count})

    def check(value: object) -> CandidateResult:
        found = result(value)
        return CandidateResult(found["results"], found["curves"], found["reached_limit"])

    return check


def _score_schema(names: Sequence[str]) -> schema.Check:
    """Scores of exactly these names, or a single number if there are no names."""
    return schema.record(dict.fromkeys(names, schema.any_number)) if names else schema.any_number


def _score_by_name_or_alone(value: object) -> Any:
    """A scorer that is a function may return one number or several by name."""
    return (schema.mapping_of(schema.any_number) if type(value) is dict else schema.any_number)(value)


def _curve(value: object) -> Curve:
    cost, score = schema.list_of(schema.list_of(schema.any_number), 2)(value)
    return Curve.of(cost, score)


# --------------------------------------------------------------------------- files


def _write(path: Path, content: Mapping[str, Any], *, keep_existing: bool = False) -> None:
    document = {"format": FORMAT, "sha256": _digest(content), "content": content}
    with replacing(path, keep_existing=keep_existing) as stream:
        stream.write(json.dumps(document).encode())


def _read(path: Path, check: schema.Check) -> Any:
    """The content of a file, checked, or an error that names it."""
    written = read_bytes(path)
    try:
        document = _FILE(json.loads(written.decode()))
        if document["sha256"] != _digest(document["content"]):
            raise ValueError("not written by a study")
        if document["format"] in OLD_FORMATS:
            raise UsageError("search.study_old", path=path.parent)
        return check(document["content"])
    except UsageError:
        raise
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise DataError("search.study_damaged", path=path) from error


_FILE = schema.record(
    {
        "format": schema.one_of(FORMAT, *OLD_FORMATS),
        "sha256": schema.anything,
        "content": schema.anything,
    }
)


def _digest(content: Any) -> str:
    """Of what JSON says, however it is laid out."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
