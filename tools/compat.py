"""Runs scikit-learn's own test files over our classes, and prints what passes: make compat.

python tools/compat.py [FILE ...]      such as neural_network/tests/test_mlp.py; all of FILES by default
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import sklearn

FILES = (
    "neural_network/tests/test_mlp.py",
    "linear_model/tests/test_logistic.py",
    "model_selection/tests/test_search.py",
    "model_selection/tests/test_successive_halving.py",
    "model_selection/tests/test_validation.py",
    "tests/test_calibration.py",
    "tests/test_multioutput.py",
    "tests/test_multiclass.py",
    "ensemble/tests/test_voting.py",
    "ensemble/tests/test_stacking.py",
    "ensemble/tests/test_bagging.py",
    "ensemble/tests/test_weight_boosting.py",
    "inspection/tests/test_partial_dependence.py",
    "inspection/_plot/tests/test_boundary_decision_display.py",
    "feature_selection/tests/test_rfe.py",
    "feature_selection/tests/test_from_model.py",
    "semi_supervised/tests/test_self_training.py",
    "metrics/tests/test_score_objects.py",
)
HERE = Path(__file__).parent / "compat"
COLUMNS = ("tests", "skipped", "not touching", "touched", "n/a", "applicable", "passed", "as it is", "")


def main():
    """Run the files; end with pytest's exit code."""
    files = sys.argv[1:] or FILES
    root = Path(sklearn.__file__).parent
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        report.touch()
        paths = [str(HERE), os.environ.get("PYTHONPATH", "")]
        environment = {
            **os.environ,
            "SHOAL_COMPAT_REPORT": str(report),
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "SHOAL_LANG": "en",
        }
        command = f"{sys.executable} -m pytest -q -n 2 -p plugin -p no:cacheprovider --no-header".split()
        command += ["-W", "ignore", "--tb=short", "-rfE", "-c", HERE / "pytest.ini", "--rootdir", root]
        done = subprocess.run([*command, *(root / file for file in files)], env=environment, cwd=folder)
        lines = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    print(table(lines, [Path(file).name for file in files]))
    return done.returncode


def table(lines, files):
    """One row for each file."""
    rows = []
    for file in files:
        own = [line for line in lines if line["file"] == file]
        count = Counter()
        for line in own:
            if line["known"] == "not_applicable":
                count["n/a"] += 1
            elif line["outcome"] == "skipped" and line["known"] is None:
                count["skipped"] += 1
            elif not line["touched"]:
                count["not touching"] += 1
            else:
                count["applicable"] += 1
                count["passed"] += line["outcome"] == "passed"
                count["as it is"] += line["outcome"] == "passed" and line["known"] is None
        count["touched"] = count["n/a"] + count["applicable"]
        share = f"{100 * count['passed'] / count['applicable']:.0f} %" if count["applicable"] else "–"
        rows.append((file, len(own), *(count[name] for name in COLUMNS[1:-1]), share))
    wide = max(len(row[0]) for row in rows)
    head = " ".join([" " * wide, *(f"{name:>{max(7, len(name))}}" for name in COLUMNS)])
    body = [
        " ".join(
            [f"{row[0]:{wide}}"]
            + [f"{cell:>{max(7, len(name))}}" for cell, name in zip(row[1:], COLUMNS, strict=True)]
        )
        for row in rows
    ]
    return "\n".join(["", f"scikit-learn {sklearn.__version__}", head, *body])


if __name__ == "__main__":
    sys.exit(main())
