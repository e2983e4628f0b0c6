"""The budgets of the house: module <= 400 lines, function <= 40 lines of code, interface <= 4 methods.

Reaching one is a reason to think, never a reason to write denser code: docstrings and comments are free
for functions, a module counts as it stands. What is allowed to be larger stands in EXCUSED with its reason.
"""

import ast
import sys
from pathlib import Path

MODULE, FUNCTION, INTERFACE = 400, 40, 4
EXCUSED = {
    "src/shoal/estimators/_mlp.py:__init__": "scikit-learn reads the parameters off the signature",
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


if __name__ == "__main__":
    over = [
        line
        for path in sorted([*Path("src").rglob("*.py"), *Path("native").glob("*.?pp")])
        for line in complaints(path)
    ]
    print("\n".join(over) or "every module, function and interface is inside its budget")
    sys.exit(bool(over))
