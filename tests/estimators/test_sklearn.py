"""scikit-learn's private parts are imported by one module, and by no other."""

import ast
from pathlib import Path

import shoal

SOURCE = Path(shoal.__file__).parent
BORDER = SOURCE / "estimators" / "_sklearn.py"


def private_imports(path):
    """The private modules and names of scikit-learn that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            imported = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in imported:
            package, *parts = name.split(".")
            if package == "sklearn" and any(part.startswith("_") for part in parts):
                yield name


def test_only_the_border_imports_what_is_private_in_scikit_learn():
    found = {path: list(private_imports(path)) for path in SOURCE.rglob("*.py")}
    assert len(found.pop(BORDER)) > 5
    assert {str(path): names for path, names in found.items() if names} == {}
