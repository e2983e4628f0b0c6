"""Figures of the package's structure that need no module names: top-level entries, layers, import chains.

    python tools/structure.py         the longest chain, from the highest module to the lowest

- **Top-level entries**: folders and Python files directly in `src/shoal`, without `__init__.py`. Folders that
  hold no Python (`__pycache__`) and other files (`py.typed`) do not count.
- **Layers**: the layers of import-linter's contract over the whole package (container `shoal`). Modules that
  share a layer count once.
- **Longest import chain**: the number of modules in the longest chain in which each module imports the next.
  An import inside a function counts: it happens later, but the module cannot do its work without it. An
  import under `TYPE_CHECKING` does not count: nothing happens at run time. Modules that import each other
  are one link of the chain and count with all their members. `from shoal import tables` is an import of
  `tables`; Python also runs the `__init__` of each folder above a module, and that does not count.
"""

import ast
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import TopologicalSorter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import grimp

Imports = Mapping[str, frozenset[str]]  # the modules that each module imports


def top_level_entries(folder: Path) -> list[str]:
    """The folders and modules of a package."""
    modules = (path for path in folder.glob("*.py") if path.name != "__init__.py")
    folders = (path for path in folder.iterdir() if path.is_dir() and any(path.glob("*.py")))
    return sorted(path.name for path in (*modules, *folders))


def layers(pyproject: Path, package: str) -> list[str]:
    """The layers of the whole package, the highest first, as import-linter's contract has them."""
    linter = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["importlinter"]
    found = [each["layers"] for each in linter["contracts"] if each.get("containers") == [package]]
    if len(found) != 1:
        raise SystemExit(
            f"{pyproject}: {len(found)} contracts have the container {package}, and one is expected"
        )
    return list(found[0])


def imports(package: str, *, inside_functions: bool) -> Imports:
    """The imports within a package."""
    graph = grimp.build_graph(package, exclude_type_checking_imports=True, cache_dir=None)

    def counts(importer: str, imported: str) -> bool:
        details = graph.get_import_details(importer=importer, imported=imported)
        return inside_functions or not all(_in_function(importer, each["line_number"]) for each in details)

    return {
        module: frozenset(
            other for other in graph.find_modules_directly_imported_by(module) if counts(module, other)
        )
        for module in graph.modules
    }


def longest_chain(found: Imports) -> list[str]:
    """The modules of the longest chain, the highest first."""
    group = {module: members for members in _groups(found) for module in members}
    below = {
        members: {group[other] for module in members for other in found[module]} - {members}
        for members in set(group.values())
    }
    chains: dict[frozenset[str], list[str]] = {}
    for members in TopologicalSorter(below).static_order():
        longest = max((chains[other] for other in below[members]), key=lambda c: (len(c), c), default=[])
        chains[members] = [*sorted(members), *longest]
    return max(chains.values(), key=lambda c: (len(c), c))


def _groups(found: Imports) -> set[frozenset[str]]:
    """Modules that reach each other, and all others alone."""
    reached = {module: frozenset(_reached(found, module)) for module in found}
    return {
        frozenset({module, *(other for other in reached[module] if module in reached[other])})
        for module in found
    }


def _reached(found: Imports, module: str) -> Iterator[str]:
    """All modules that are imported by a module, directly or not."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        for other in found[waiting.pop()] - seen:
            seen.add(other)
            waiting.append(other)
            yield other


@cache
def _function_lines(module: str) -> frozenset[int]:
    """The numbers of the lines inside functions."""
    spec: Any = find_spec(module)
    functions = (
        node
        for node in ast.walk(ast.parse(Path(spec.origin).read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return frozenset(line for node in functions for line in range(node.lineno, (node.end_lineno or 0) + 1))


def _in_function(module: str, line: int) -> bool:
    return line in _function_lines(module)


if __name__ == "__main__":
    print("\n".join(longest_chain(imports("shoal", inside_functions=True))))
