"""Prints, for 41 settings on each of two sets of rows, how the run ended and what it said of it.

    python tools/endings.py

The settings stand in tests/training/ending_cases.py; a test asks of each that it tells the truth.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "training"))

import ending_cases as cases

COLUMNS = (
    "rows",
    "setting",
    "epochs",
    "first cost",
    "best",
    "last",
    "constant",
    "accuracy",
    "majority",
    "ended",
    "warning",
)


def row(rows, parameters):
    """One run as a line of the table."""
    told = cases.run(parameters, *cases.SETS[rows]())
    costs = (told.costs[0], min(told.costs), told.costs[-1]) if told.costs else ("–",) * 3
    cells = (
        rows,
        ", ".join(f"{name} {value}" for name, value in parameters.items()),
        told.epochs,
        *(cost if isinstance(cost, str) else f"{cost:.4g}" for cost in costs),
        f"{told.constant:.4g}",
        f"{told.accuracy:.3f}",
        f"{told.majority:.3f}",
        told.reason,
        told.words[:70].replace("|", "\\|"),
    )
    return f"| {' | '.join(map(str, cells))} |"


def main():
    """The table, a line as soon as it is known."""
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    for rows in cases.SETS:
        for parameters in cases.SETTINGS:
            print(row(rows, parameters), flush=True)


if __name__ == "__main__":
    main()
