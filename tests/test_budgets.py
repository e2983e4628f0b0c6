"""The figures of the structure are counted as the tools say: on small packages whose figures are known."""

import sys
from importlib import import_module
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[1] / "tools"


@pytest.fixture
def tool(monkeypatch):
    """A module of tools/."""
    monkeypatch.syspath_prepend(TOOLS)
    before = set(sys.modules)
    yield import_module
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(TOOLS)):
            del sys.modules[name]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Write a package of modules, and let it be imported."""

    def write(name, **modules):
        folder = tmp_path / name
        for module, source in {"__init__": "", **modules}.items():
            path = folder.joinpath(*module.split("__of__")[::-1]).with_suffix(".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        return folder

    before = set(sys.modules)
    yield write
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def test_top_level_entries_are_folders_and_modules(tool, package):
    folder = package("entries", one="", two="", three__of__room="", __init____of__hall="")
    (folder / "py.typed").touch()
    (folder / "__pycache__").mkdir()
    (folder / "words").mkdir()
    assert tool("structure").top_level_entries(folder) == ["hall", "one.py", "room", "two.py"]


CONTRACTS = """
[[tool.importlinter.contracts]]
containers = ["whole"]
layers = ["a | b", "c", "d : e"]

[[tool.importlinter.contracts]]
containers = ["whole.c"]
layers = ["x", "y", "z", "u"]
"""


def test_layers_are_those_of_the_whole_package(tool, tmp_path):
    (tmp_path / "pyproject.toml").write_text(CONTRACTS, encoding="utf-8")
    assert tool("structure").layers(tmp_path / "pyproject.toml", "whole") == ["a | b", "c", "d : e"]


def test_a_package_without_a_contract_is_refused(tool, tmp_path):
    (tmp_path / "pyproject.toml").write_text(CONTRACTS, encoding="utf-8")
    with pytest.raises(SystemExit, match="0 contracts have the container part"):
        tool("structure").layers(tmp_path / "pyproject.toml", "part")


def chain(tool, name, inside_functions=True):
    structure = tool("structure")
    found = structure.longest_chain(structure.imports(name, inside_functions=inside_functions))
    return [module.removeprefix(f"{name}.") for module in found]


def test_an_import_inside_a_function_is_a_link_and_one_for_types_is_none(tool, package):
    package(
        "chained",
        a="from chained import b",
        b="def f():\n    from chained.c import name\n",
        c="name = 1\nasync def f():\n    import chained.d\n",
        d="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from chained import e\n",
        e="from chained import a",
    )
    assert chain(tool, "chained") == ["e", "a", "b", "c", "d"]
    assert chain(tool, "chained", inside_functions=False) == ["e", "a", "b"]


def test_modules_that_import_each_other_are_one_link_with_all_their_members(tool, package):
    package(
        "circular",
        a="import circular.y",
        x="def f():\n    import circular.y\n",
        y="import circular.z",
        z="import circular.x\nimport circular.last",
        last="",
    )
    assert chain(tool, "circular") == ["a", "x", "y", "z", "last"]


def test_the_path_of_a_row_goes_from_the_opening_of_the_table_to_the_last_update(tool, package, tmp_path):
    """Counted is what runs in between, in functions: also of who was under way, but not of who only waits."""
    table = tmp_path / "t.csv"
    table.write_text("a\n1\n", encoding="utf-8")
    folder = package(
        "watched",
        door="from watched import command\ndef main(table):\n    command.run(table)\n",
        command="""
from watched import before, read, train, judge
def run(table):
    before.check()
    rows = read.read(table)
    theta = train.fit(rows)
    judge.judge(theta)
""",
        before="def check():\n    open(__file__).close()\n",
        read="def read(table):\n    with open(table) as file:\n        return file.read()\n",
        train="""
def fit(rows):
    from watched import late
    from watched.engine import Engine
    Engine().epochs(rows)
    from watched import between
    between.look()
    Engine().epochs(rows)
""",
        late="from watched.table import build\nTABLE = build()\n",
        table="def build():\n    return [str(i) for i in range(3)]\n",
        engine="class Engine:\n    def epochs(self, rows):\n        self.step()\n    step = lambda self: 0\n",
        between="def look():\n    pass\n",
        judge="def judge(theta):\n    pass\n",
    )
    main = import_module("watched.door").main
    found = tool("row_path").Watch(f"{folder}/", str(table)).run(lambda: main(str(table)))
    assert [path.stem for path in found] == ["read", "command", "train", "engine", "between"]


def test_what_is_over_its_budget_is_named(tool, monkeypatch, capsys):
    budgets = tool("budgets")
    monkeypatch.setattr(
        budgets, "figures", lambda: iter([("import layers", 24, 23, ""), ("entries", 3, 3, "")])
    )
    monkeypatch.chdir(TOOLS.parent)
    assert budgets.main()
    assert "import layers: 24, the budget is 23" in capsys.readouterr().out
    monkeypatch.setattr(budgets, "figures", lambda: iter([("import layers", 23, 23, "")]))
    assert not budgets.main()
