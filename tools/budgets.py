"""The budgets of the house: how large a part may be, and how much of the whole a reader must know at once.

Reaching one is a reason to think, never a reason to write denser code or to split a thought into two files.
Docstrings are free for functions; a module counts as it stands. What is allowed to be larger
stands in EXCUSED with its reason. The figures of the structure are counted in `structure` and `row_path`,
which say exactly how. They name no module, so that they stay comparable when files are moved.
"""

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import row_path
import structure

from shoal.tables.encode._encoder import MODULES

# Of each file
MODULE = 400  # lines
FUNCTION = 40  # lines of code
INTERFACE = 4  # methods

# Of the structure: they may only fall
TOP_LEVEL = 15  # entries of src/shoal
LAYERS = 10  # of import-linter's contract
CHAIN = 16  # modules, each of which imports the next
ROW_PATH = 62 + len(MODULES)  # files that a row of a table passes from CSV to theta; each encoder is asked

EXCUSED = {
    "src/shoal/estimators/_classifier.py:__init__": "scikit-learn reads the parameters off the signature",
    "src/shoal/estimators/_regressor.py:__init__": "scikit-learn reads the parameters off the signature",
}


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def complaints(path: Path) -> list[str]:
    """What in a file is over its budget; of C++, its length only."""
    source = path.read_text(encoding="utf-8")
    found = []
    if (lines := source.count("\n")) > MODULE:
        found.append(f"{path}: {lines} lines, the budget is {MODULE}")
    for node in ast.walk(ast.parse(source if path.suffix == ".py" else "")):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if (lines := code_lines(node)) > FUNCTION and f"{path.as_posix()}:{node.name}" not in EXCUSED:
                found.append(f"{path}:{node.lineno}: {node.name} has {lines} lines, the budget is {FUNCTION}")
        elif isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "Protocol" for base in node.bases):
            methods = sum(isinstance(part, ast.FunctionDef) for part in node.body)
            if methods > INTERFACE:
                found.append(
                    f"{path}:{node.lineno}: {node.name} has {methods} methods, the budget is {INTERFACE}"
                )
    return found


def figures() -> Iterator[tuple[str, int, int, str]]:
    """What is counted of the structure: its name, the figure, the limit, and something more to know."""
    entries = structure.top_level_entries(Path("src/shoal"))
    yield "top-level entries of src/shoal", len(entries), TOP_LEVEL, ""
    yield "import layers", len(structure.layers(Path("pyproject.toml"), "shoal")), LAYERS, ""
    chain, at_import = (
        len(structure.longest_chain(structure.imports("shoal", inside_functions=inside)))
        for inside in (True, False)
    )
    beside = f"{at_import} without the imports inside functions; tools/structure.py lists them"
    yield "modules in the longest import chain", chain, CHAIN, beside
    if os.environ.get("SHOAL_NATIVE") != "0":  # without the native engine a row takes another way
        path = row_path.row_path()
        beside = f"{sum(map(row_path.lines, path))} lines; tools/row_path.py lists them"
        yield "files that a row passes from CSV to theta", len(path), ROW_PATH, beside


def main() -> bool:
    """Print the figures and what is over its budget; say whether anything is."""
    files = sorted([*Path("src").rglob("*.py"), *Path("native").glob("*.?pp")])
    over = [line for path in files for line in complaints(path)]
    for name, figure, limit, beside in figures():
        print(f"{name:42} {figure:3}, at most {limit:3}{f'  ({beside})' if beside else ''}")
        if figure > limit:
            over.append(f"{name}: {figure}, the budget is {limit}")
    print("\n".join(over) or "every module, function and interface is inside its budget, and so is the whole")
    return bool(over)


if __name__ == "__main__":
    sys.exit(main())
