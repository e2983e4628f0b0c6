"""`shoal graph`."""

import json
from xml.etree import ElementTree

import pytest

LECTURE = ["graph", "J = 3*(a + b*c)", "a=5", "b=3", "c=2"]


def test_the_graph_is_a_table_and_the_reasons(shoal):
    ran = shoal(*LECTURE)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert [line.split()[0] for line in lines[:7]] == ["node", "a", "b", "c", "u", "v", "J"]
    assert [line.split()[-1] for line in lines[1:7]] == ["3", "6", "9", "3", "3", "1"]
    assert "dJ/db = dJ/dv · dv/du · du/db = 3 · 1 · 2 = 6" in lines


def test_the_graph_in_chinese(shoal, monkeypatch):
    monkeypatch.setenv("SHOAL_LANG", "zh")
    ran = shoal(*LECTURE)
    assert ran.out.startswith("节点  公式   值  J 对它的导数\n")
    assert "若 b 增加 0.001，则近似地：u 增加 0.002，v 增加 0.002，J 增加 0.006。" in ran.out


def test_one_node_is_explained(shoal):
    ran = shoal(*LECTURE, "--of", "u")
    assert ran.out.splitlines()[0] == "dJ/du = dJ/dv · dv/du = 3 · 1 = 3"
    assert "dJ/da" not in ran.out
    assert shoal(*LECTURE, "--of", "u", "--json").json["chain"] == ran.out.splitlines()[0]


def test_the_way_back_one_step_at_a_time(shoal):
    steps = [line for line in shoal(*LECTURE, "--step").out.splitlines() if line[:1].isdigit()]
    assert [step.split()[0] for step in steps] == ["1/6", "2/6", "3/6", "4/6", "5/6", "6/6"]
    assert steps[4] == "5/6  dJ/db = dJ/du · du/db = 3 · 2 = 6"


def test_json_has_nodes_edges_and_steps(shoal):
    document = shoal(*LECTURE, "--json").json
    assert {node["name"]: node["derivative"]["numbers"] for node in document["nodes"]} == {
        "a": 3, "b": 6, "c": 9, "u": 3, "v": 3, "J": 1,
    }  # fmt: skip
    assert len(document["edges"]) == 5
    assert len(document["steps"]) == 6


def test_files_by_their_endings(shoal, tmp_path):
    for ending in ("svg", "mmd", "json", "txt"):
        out = tmp_path / f"graph.{ending}"
        ran = shoal(*LECTURE, "--out", out)
        assert ran.code == 0
        assert ran.out.endswith(f"\nwritten: {out}\n")
    assert ElementTree.parse(tmp_path / "graph.svg").getroot().tag.endswith("svg")
    assert (tmp_path / "graph.mmd").read_text(encoding="utf-8").startswith("flowchart LR\n")
    document = json.loads((tmp_path / "graph.json").read_text(encoding="utf-8"))
    assert document == shoal(*LECTURE, "--json").json
    assert (tmp_path / "graph.txt").read_text(encoding="utf-8") == shoal(*LECTURE).out


def test_steps_are_a_picture_each(shoal, tmp_path):
    assert shoal(*LECTURE, "--step", "--out", tmp_path / "graph.svg").code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"graph-{n}.svg" for n in range(1, 7)]
    assert "dJ/db = dJ/du · du/db = 3 · 2 = 6" in (tmp_path / "graph-5.svg").read_text(encoding="utf-8")


def test_dark_pictures(shoal, tmp_path):
    shoal(*LECTURE, "--out", tmp_path / "dark.svg", "--dark")
    shoal(*LECTURE, "--out", tmp_path / "light.svg")
    dark, light = ((tmp_path / f"{name}.svg").read_text(encoding="utf-8") for name in ("dark", "light"))
    assert "#14181c" in dark
    assert "#14181c" not in light


def test_matrices_are_typed_as_lists(shoal):
    ran = shoal("graph", "J = mean((W @ X + b - y)**2)", "W=[[1,2]]", "X=[[1,2],[3,4]]", "b=-1", "y=[[5, 6]]")
    assert ran.code == 0
    assert "(1, 2) @ (2, 2).T = (1, 2)" in ran.out


MISTAKES = [
    (["graph"], 2, "FORMULA is missing", "缺少"),
    (["graph", "J = a +"], 2, ":\n    J = a +\n           ^\n", "第 8 个字符"),
    (["graph", "J = a * b", "a=1"], 2, "b has no value: give one, such as b=2", "b 没有值"),
    (["graph", "J = a", "5"], 2, '"5" is not a value: write a name', '"5" 不是赋值'),
    (["graph", "J = a", "a=x"], 2, 'rows of equal length, got "x"', "a 应为数字"),
    (["graph", "J = 1 / a", "a=0"], 2, "at the node J = 1 / a: a = 0", "节点 J = 1 / a 处除以零"),
    (["graph", "J = sum(a + b)", "a=[1,2]", "b=[1,2,3]"], 3, "a (2,), b (3,)", "a (2,)、b (3,)"),
    (["graph", "J = a * 2", "a=[1,2]"], 2, "J has the shape (2,): take its sum or mean", "J 的形状为 (2,)"),
    (["graph", "J = a", "a=1", "--of", "z"], 2, "no node named 'z'", "没有名为 'z' 的节点"),
    (["graph", "J = a", "a=1", "--of", "a", "--step"], 2, "choose one of the two", "请二选一"),
    (["graph", "J = a", "a=1", "--dark"], 2, "--dark goes with --out FILE.svg", "--dark 只用于"),
    (["graph", "a * 2", "a=1", "--step", "--out", "{folder}/g.mmd"], 2, "--step goes with", "--step 只用于"),
    (["graph", "J = a", "a=1", "--out", "{folder}/g.png"], 2, "one of .svg, .mmd, .json, .txt", "之一"),
    (["graph", "J = a", "a=1", "--out", "{folder}/no/g.svg"], 6, "there is no folder", "文件夹"),
]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("words", "code", "en", "zh"), MISTAKES)
def test_a_mistake_is_explained_and_nothing_is_written(
    shoal, monkeypatch, tmp_path, words, code, en, zh, language
):
    monkeypatch.setenv("SHOAL_LANG", language)
    ran = shoal(*(word.replace("{folder}", str(tmp_path)) for word in words))
    assert ran.code == code
    assert {"en": en, "zh": zh}[language] in ran.err
    assert ran.out == ""
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_a_file_that_was_to_be_written_leaves_nothing(shoal, tmp_path):
    many = " + ".join(["a"] * 200)
    ran = shoal("graph", many, "a=1", "--out", tmp_path / "graph.svg")
    assert ran.code == 2
    assert "too large to draw" in ran.err
    assert list(tmp_path.iterdir()) == []
