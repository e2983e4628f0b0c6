"""The pages are true: their code runs, prints what they say, and their links lead somewhere.

The convention for authors, one sentence each:

- A ```python block is run as it stands; the blocks of a page share one namespace, from top to bottom.
- What a block prints stands, to the letter, in the ```text block right below it; a block without one
  prints nothing.
- A page starts in an empty folder and with warnings as errors.
- A link from a name in backticks to a source file, [`equations.forward`](../src/shoal/book/equations.py),
  promises that this file has that name.
- X.zh-CN.md says what X.md says: the same headings by level, the same blocks, the same Python apart from
  its comments.
"""

import ast
import contextlib
import importlib
import io
import re
import shlex
import textwrap
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from shoal import cli
from shoal.base import texts
from shoal.experiments import experiments

ROOT = Path(__file__).parents[1]
RUN = sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/*.md")])
LINKED = [*RUN, *ROOT.glob("CONTRIBUTING*.md")]
TRANSLATED = [page for page in RUN if page.name.endswith(".zh-CN.md")]


pytestmark = pytest.mark.unchecked_shapes  # the pages train for long, without the native engine for minutes


def name_of(page):
    return page.relative_to(ROOT).as_posix()


class Block(NamedTuple):
    language: str
    body: str
    line: int  # of its first line, from 0
    printed: str | None  # what the ```text block right below a ```python block holds


class Page(NamedTuple):
    prose: str  # everything outside the blocks
    blocks: list[Block]


def read(path):
    prose, blocks, opened = [], [], None
    below = False  # only blank lines since the last block
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        if opened is None and (fence := re.fullmatch(r"\s*```(\w*).*", line)):
            opened = Block(fence[1], "", number + 1, None)
        elif opened is None:
            prose.append(line)
            below = below and not line.strip()
        elif line.strip() == "```":
            closed = opened._replace(body=textwrap.dedent(opened.body))
            if closed.language == "text" and below and blocks[-1].language == "python":
                blocks[-1] = blocks[-1]._replace(printed=closed.body)
            blocks.append(closed)
            opened, below = None, True
        else:
            opened = opened._replace(body=opened.body + line + "\n")
    assert opened is None, f"{name_of(path)}: the block of line {opened.line} is not closed"
    return Page("\n".join(prose), blocks)


def headings(page):
    return re.findall(r"^(#+) +(.+?) *$", page.prose, flags=re.MULTILINE)


def anchors(page):
    """The anchors that GitHub gives to headings."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for _, title in headings(page)}


@pytest.mark.parametrize("path", RUN, ids=name_of)
def test_every_example_runs_and_prints_what_stands_below_it(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "page"}
    for block in read(path).blocks:
        if block.language != "python":
            continue
        code = compile("\n" * block.line + block.body, str(path), "exec")
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(code, namespace)
        where = f"{name_of(path)}, the block of line {block.line}"
        assert printed.getvalue().rstrip() == (block.printed or "").rstrip(), where


@pytest.mark.parametrize("path", RUN, ids=name_of)
def test_no_example_prints_only_true(path):
    """It would ask the reader to believe; the numbers themselves can be compared."""
    for block in read(path).blocks:
        words = set((block.printed or "").split())
        assert not words or not words <= {"True", "False"}, f"the block of line {block.line}: {words}"


@pytest.mark.slow
@pytest.mark.parametrize("path", [page for page in RUN if page.name.startswith("README")], ids=name_of)
def test_every_command_of_the_readme_does_what_it_is_there_for(path, tmp_path, monkeypatch, capsys):
    """The lines of its ```sh blocks that begin with `shoal`, one after the other in one folder.

    What stands in the ```text block right below is what they print, but for the numbers: another CPU may have
    other ones.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHOAL_LANG", "zh" if path.name.endswith(".zh-CN.md") else "en")
    monkeypatch.setattr(texts, "_chosen", [])
    blocks = read(path).blocks
    ran = 0
    for block, below in pairwise(blocks):
        if block.language != "sh":
            continue
        lines = [line for line in block.body.splitlines() if line.startswith("shoal ")]
        capsys.readouterr()
        for line in lines:
            assert cli.main(shlex.split(line, comments=True)[1:]) == 0, line
        ran += len(lines)
        if lines and below.language == "text":
            said = capsys.readouterr()
            assert without_numbers(said.out + said.err) == without_numbers(below.body)
    assert ran >= 9


def without_numbers(printed):
    return [re.sub(r"-?\d[\d,.]*", "0", line).split() for line in printed.splitlines() if line.strip()]


@pytest.mark.parametrize("path", [page for page in RUN if page.name.startswith("notes")], ids=name_of)
def test_the_notes_name_every_experiment_and_no_other(path):
    named = set(re.findall(r"`shoal experiment (\w+)[` ]", read(path).prose))
    assert named == {experiment.name for experiment in experiments()}


@pytest.mark.parametrize("path", LINKED, ids=name_of)
def test_every_relative_link_leads_to_a_file_and_to_a_heading_of_it(path):
    prose = read(path).prose
    for target in re.findall(r"\]\(([^)\s]+)\)", prose) + re.findall(r' src(?:set)?="([^"]+)"', prose):
        if re.match(r"\w+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), f"{name_of(path)}: {target}"
        assert not anchor or anchor in anchors(read(there)), f"{name_of(path)}: {target}"


@pytest.mark.parametrize("path", LINKED, ids=name_of)
def test_every_name_that_is_linked_to_a_source_file_is_in_it(path):
    for name, target in re.findall(r"\[`([\w.]+)`\]\(([^)\s]*src/[^)\s]+\.py)\)", read(path).prose):
        if name.endswith(".py"):
            continue
        file = (path.parent / target).resolve().relative_to(ROOT / "src")
        module = ".".join(file.with_suffix("").parts).removesuffix(".__init__")
        attribute = name.removeprefix(module.rpartition(".")[2]).lstrip(".")
        found = importlib.import_module(module)
        for part in filter(None, attribute.split(".")):
            assert hasattr(found, part), f"{name_of(path)}: there is no {name} in {target}"
            found = getattr(found, part)


@pytest.mark.parametrize("path", TRANSLATED, ids=name_of)
def test_both_languages_have_the_same_headings_and_the_same_code(path):
    original = read(path.with_name(path.name.replace(".zh-CN.md", ".md")))
    translated = read(path)
    assert [level for level, _ in headings(translated)] == [level for level, _ in headings(original)]
    assert [b.language for b in translated.blocks] == [b.language for b in original.blocks]
    for ours, theirs in zip(translated.blocks, original.blocks, strict=True):
        where = f"{name_of(path)}, the block of line {ours.line}"
        if ours.language == "python":
            assert ast.dump(ast.parse(ours.body)) == ast.dump(ast.parse(theirs.body)), where
        elif ours.language == "math":
            assert ours.body == theirs.body, where
