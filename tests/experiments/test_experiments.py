"""Every experiment: its claim holds over seeds, its words exist in both languages, its pictures are drawn."""

import json
import re
from dataclasses import replace
from functools import cache

import pytest

from shoal.base.errors import UsageError
from shoal.base.texts import page, text, use_language
from shoal.experiments import experiments, run
from shoal.experiments._finding import Finding, judged

pytestmark = pytest.mark.unchecked_shapes  # wrong shapes are the subject of some

once = cache(run)  # a record is a value: tests may share it
NAMES = [experiment.name for experiment in experiments()]


@pytest.fixture
def language(request):
    use_language(request.param)
    yield request.param
    use_language("en")


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))])
@pytest.mark.parametrize("name", NAMES)
def test_the_claim_holds(name, seed):
    record = once(name, seed=seed)
    assert record.holds is True, record.numbers
    json.dumps(record.to_dict(), allow_nan=False)


@pytest.mark.parametrize("language", ["en", "zh"], indirect=True)
@pytest.mark.parametrize("name", NAMES)
def test_a_record_says_what_was_claimed_seen_and_what_to_try(name, language):
    record = once(name, seed=0)
    for sentence in (record.experiment.title, record.claimed, record.seen, record.advice):
        assert sentence.strip()
        assert any("\u4e00" <= character <= "\u9fff" for character in sentence) == (language == "zh")
    assert re.search(r"\d", record.seen)  # what was seen is numbers
    assert record.verdict in str(record)
    if language == "zh":  # full-width marks bring their own room
        assert not re.search(r"[：，。；] |[（）]\s?[()]", str(record).replace("\n  ", ""))
        assert "（笔记" in str(record)
    assert all(part in re.sub(r"\s+", "", str(record)) for part in (re.sub(r"\s+", "", record.seen),))


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_of_a_sentence_are_measured(name):
    """A place in a text that no number fills would be an error only in the other language."""
    numbers = once(name, seed=0).numbers
    for part in ("claim", "seen", "try"):
        places = [
            set(re.findall(r"{(\w+)", page("experiments")[f"{name}_{part}"][tongue]))
            for tongue in ("en", "zh")
        ]
        assert places[0] == places[1] <= set(numbers), part


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_record(name):
    one, other = once(name, seed=0), run(name, seed=0)
    timed = [key for key in one.numbers if key.startswith("ms_")]
    assert {k: v for k, v in one.to_dict()["numbers"].items() if k not in timed} == {
        k: v for k, v in other.to_dict()["numbers"].items() if k not in timed
    }


@pytest.mark.parametrize("language", ["en", "zh"], indirect=True)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:no font:UserWarning")
@pytest.mark.filterwarnings("ignore:本机没有中文字体:UserWarning")
def test_the_pictures_are_written_whole(name, language, tmp_path):
    record = once(name, seed=0)
    paths = record.save(tmp_path / "out")
    assert json.loads(paths[0].read_text(encoding="utf-8"))["experiment"] == name
    assert [path.suffix for path in paths] == [".json"] + [".png", ".svg"] * bool(record.finding.panels)
    for path in paths[1:]:
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG") or b"<svg" in content
    if record.finding.panels:
        for ax in record.figure(dark=True).axes:
            assert ax.lines or ax.patches or ax.collections or ax.images


def test_the_experiments_stand_in_the_order_of_the_notes():
    def place(section):
        return [int(number) for number in re.findall(r"\d+", section)]

    sections = [place(experiment.section) for experiment in experiments()]
    assert sections == sorted(sections)
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("language", ["en", "zh"], indirect=True)
@pytest.mark.parametrize(
    ("name", "options", "error", "said"),
    [
        ("nothing", {}, UsageError, "nudge"),
        ("nudge", {"seed": -1}, UsageError, "4294967295"),
        ("nudge", {"seed": 1.5}, UsageError, "1.5"),
        ("nudge", {"X": [[1.0]]}, UsageError, "X"),
        ("nudge", {"X": [[1.0], [2.0]], "y": [0, 1]}, UsageError, "nudge"),
    ],
)
def test_what_cannot_be_run_is_refused(name, options, error, said, language):
    with pytest.raises(error, match=said):
        run(name, **options)


@pytest.mark.parametrize("language", ["en", "zh"], indirect=True)
@pytest.mark.parametrize("name", NAMES)
def test_each_part_of_a_claim_that_may_fail_has_its_reason(name, language):
    record = once(name, seed=0)
    parts = [
        key.removeprefix(f"{name}_not_") for key in page("experiments") if key.startswith(f"{name}_not_")
    ]
    for part in parts:
        lost = replace(record, finding=record.finding._replace(holds=False, failed=[part]))
        assert lost._text(f"not_{part}") in lost.verdict
        assert lost.verdict != text("experiments.fails")


def test_what_fails_is_named_and_what_holds_is_not():
    numbers = {"x": 1}
    assert judged({"one": True, "other": True}, numbers, ()) == Finding(True, numbers, (), [])
    assert judged({"one": False, "other": True, "third": False}, numbers, ()).failed == ["one", "third"]


def test_a_notebook_shows_the_text_and_the_picture_and_without_matplotlib_the_text(monkeypatch):
    record = once("nudge", seed=0)
    shown = record._repr_html_()
    text_part, _, picture = shown.partition("</pre>")
    assert "<" not in text_part.removeprefix("<pre")
    assert picture.startswith("<svg")
    assert picture.rstrip().endswith("</svg>")
    monkeypatch.setattr("shoal.experiments._record.find_spec", lambda name: None)
    assert record._repr_html_() == f"{text_part}</pre>"
    assert repr(record) == "Record('nudge', seed=0, holds=True)"
