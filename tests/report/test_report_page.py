"""The page: one file that needs nothing else, safe with what a stranger typed, and true to the outcome."""

import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from markupsafe import escape
from search_outcomes import HOSTILE, classification, linears, network, networks, outcome, regression

from shoal import report as search_report
from shoal.base import texts
from shoal.base.errors import FileError
from shoal.report.words._names import name
from shoal.tables import Finding, FindingKind, Task, TrainingRecord
from shoal.tables._notes import Note
from shoal.tables._scores import with_error

CHINESE = re.compile("[\u4e00-\u9fff]")
VOID = {"meta", "br", "hr", "img", "input", "link"}
LANGUAGES = ("en", "zh")


class Page(HTMLParser):
    """What a browser sees: elements, their attributes, the texts between them; and what is not closed."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.wrong, self.texts = [], [], []
        self.elements = []
        self.feed(text)
        self.close()
        self.wrong += self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.texts.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        self.texts.append("")
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.texts[-1] += data

    @property
    def said(self):
        """All texts, those that screen readers are told too."""
        labels = [attributes.get("aria-label", "") for _, attributes in self.elements]
        return [text.strip() for text in [*self.texts, *labels] if text.strip()]


def drawn(made, language="en"):
    texts.use_language(language)
    return search_report.render(made)


def rows_of(page):
    """The texts of the cells of every table row, and whether the row is in <details>."""
    return re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.S)


def cells_of(row):
    return [
        re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
    ]


@pytest.fixture(autouse=True)
def _same_language_afterwards(monkeypatch):
    monkeypatch.setattr(texts, "_chosen", [])


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def _without_histories(candidate):
    return replace(candidate, costs=[np.empty(0)] * 5, validation=[np.empty(0)] * 5)


def _failed(candidate, folds=slice(None)):
    scores = {name: values.copy() for name, values in candidate.scores.items()}
    for values in scores.values():
        values[folds] = np.nan
    return replace(candidate, scores=scores)


CASES = {
    "classification": classification,
    "regression": regression,
    "one network": lambda rng: outcome(networks(1, rng), rng),
    "one linear model": lambda rng: outcome(linears(1, rng), rng),
    "no linear model": lambda rng: outcome(networks(4, rng), rng),
    "no network": lambda rng: outcome(linears(4, rng), rng),
    "one fold": lambda rng: outcome([*linears(2, rng, 1), *networks(5, rng, 1)], rng, folds=1),
    "one failed": lambda rng: outcome([*networks(4, rng), _failed(network(rng), 2)], rng),
    "all failed": lambda rng: outcome([_failed(network(rng)) for _ in range(3)], rng),
    "one went astray": lambda rng: outcome(
        [*networks(9, rng), replace(network(rng), scores={"log_loss": np.full(5, 1e200)})], rng
    ),
    "equal scores": lambda rng: outcome(
        [replace(each, scores={"log_loss": np.full(5, 0.25)}) for each in networks(4, rng)], rng
    ),
    "no histories": lambda rng: outcome([_without_histories(each) for each in networks(4, rng)], rng),
    "interrupted": lambda rng: classification(rng, planned=99),
    "findings": lambda rng: classification(
        rng, findings=[Finding(FindingKind.CONSTANT, "target", drop) for drop in (True, False)]
    ),
    "three classes": lambda rng: classification(rng, classes=("a", "b", "c")),
    "forty classes": lambda rng: classification(rng, classes=tuple(range(40)), m=900),
    "one held-out row": lambda rng: regression(rng, m=1),
    "no held-out row": lambda rng: replace(regression(rng), outputs=np.empty(0), truth=np.empty(0)),
    "an output that is no number": lambda rng: replace(
        regression(rng), outputs=np.array([1.0, np.nan]), truth=np.array([1.0, 2.0])
    ),
    "impossible and certain": lambda rng: replace(
        classification(rng), outputs=np.array([[-np.inf, 0.0], [0.0, -np.inf]]), truth=np.array([0, 0])
    ),
    "hostile": lambda rng: _hostile(rng),
    "many": lambda rng: outcome([*linears(4, rng), *networks(296, rng)], rng),
}


HOSTILE_SETTING = "\"><b onclick='x'>"  # a title, a column, and an attribute of the picture


def _hostile(rng):
    candidates = [
        network(rng, **{HOSTILE[i % 9]: HOSTILE[(i + 1) % 9], HOSTILE_SETTING: HOSTILE[i % 9]})
        for i in range(18)
    ]
    finding = Finding(FindingKind.CONSTANT, HOSTILE[0], evidence={"value": HOSTILE[2], "distinct": 1})
    return outcome(
        [*linears(2, rng), *candidates],
        rng,
        classes=tuple(HOSTILE),
        table=HOSTILE[2],
        target=HOSTILE[0],
        findings=(finding, replace(finding, drop=False)),
    )


@cache
def page_of(case, language):
    """Several tests look at the same page."""
    return drawn(CASES[case](np.random.default_rng(0)), language)


# --------------------------------------------------------------------------- one file, well formed


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_well_formed_and_needs_nothing_from_outside(case, language):
    text = page_of(case, language)
    page = Page(text)
    assert page.wrong == []
    identifiers = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert max(Counter(identifiers).values()) == 1
    links = [attributes["href"] for _, attributes in page.elements if "href" in attributes]
    assert all(link.startswith("#") and link[1:] in identifiers for link in links)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form"} & {
        t for t, _ in page.elements
    }
    assert not any(key == "src" or key.startswith("on") for _, found in page.elements for key in found)
    places = [value for _, found in page.elements for value in found.values() if value and "url(" in value]
    assert all(re.fullmatch(r"url\(#([\w-]+)\)", place)[1] in identifiers for place in places)
    style = re.search(r"<style>(.*?)</style>", text, re.S)[1]
    assert not re.search(r"url\(|@import|@font-face|http", style)


def test_the_browser_is_forbidden_to_load_or_run_anything(rng):
    found = [a for tag, a in Page(drawn(classification(rng))).elements if tag == "meta" and "http-equiv" in a]
    rules = dict(rule.strip().split(" ", 1) for rule in found[0]["content"].split(";"))
    assert found[0]["http-equiv"] == "Content-Security-Policy"
    assert rules.pop("style-src") == "'unsafe-inline'"
    assert rules.pop("default-src") == "'none'"
    assert set(rules.values()) <= {"'none'"}


def pictures_of(page):
    """Every picture of a page, read as XML."""
    plots = re.findall(r'<div class="plot">.*?</div>', page, re.S)
    return [ElementTree.fromstring(plot).find("svg") for plot in plots]


@pytest.mark.parametrize("case", CASES)
def test_every_picture_is_xml_and_says_what_it_is(case):
    for picture in pictures_of(page_of(case, "en")):
        assert picture.get("role") == "img"
        assert picture.get("aria-label")
        assert picture.find("desc").text


def test_charts_take_every_colour_from_the_style_sheet(rng):
    """Else it would be drawn for a light page only."""
    for made in (classification(rng), regression(rng)):
        text = drawn(made)
        charts = "".join(re.findall(r"<svg .*</svg>", text))
        colours = set(re.findall(r"(?:fill|stroke): ?([^;\"]+)", charts))
        named = {colour[6:-1] for colour in colours - {"none"}}
        assert colours - {"none"} == {f"var(--{name})" for name in named}
        assert named <= set(re.findall(r"--(\w+):", text))
        assert "font-family" not in charts


@pytest.mark.parametrize("case", CASES)
def test_headings_come_in_order_and_tables_have_headers(case):
    elements = Page(page_of(case, "en")).elements
    levels = [int(tag[1]) for tag, _ in elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all("scope" in attributes for tag, attributes in elements if tag == "th")


# --------------------------------------------------------------------------- what a stranger typed


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_names_are_shown_as_they_are(rng, language):
    page = Page(drawn(_hostile(rng), language))
    said = page.said
    for typed in HOSTILE:
        assert name(typed, 24) in said  # a row of the confusion matrix
        assert any(name(typed, 16) == text for text in said)  # a value in a chart
    assert said.count(HOSTILE_SETTING) >= 3
    assert any(HOSTILE[2] in text for text in said)  # the table
    assert sum(f'"{HOSTILE[0]}"' in text for text in said) == 2  # the findings
    assert any(f"“{HOSTILE[0]}”" in text for text in said)  # the target


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a\x00b\nc", "a\\x00b\\nc"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\ud800", "\\ud800"),
        ("שם", "\u2068שם\u2069"),
        ("x" * 500, "x" * 39 + "…"),
    ],
)
def test_names_that_could_break_a_line_are_spelled_out_set_apart_or_shortened(rng, typed, shown):
    said = Page(drawn(classification(rng, target=typed, table=typed, classes=(typed, typed)))).said
    assert any(f"“{shown}”" in text for text in said)
    assert not any(re.search("[\x00-\x08\u200e\u200f\u202a-\u202e]", text) for text in said)


# --------------------------------------------------------------------------- true to the outcome


def board_rows(page):
    """The leader board's rows: those that begin with a rank."""
    found = [cells_of(row) for row in rows_of(page.split('id="settings"')[0].split('id="candidates"')[1])]
    return [cells for cells in found if cells[0].isdigit()]


def test_every_candidate_is_on_the_board_once_with_its_own_numbers(rng):
    made = outcome([*linears(4, rng), *networks(56, rng)], rng)
    rows = board_rows(drawn(made))
    assert sorted(int(row[0]) for row in rows) == list(range(1, 61))
    order = sorted(range(60), key=lambda i: np.mean(made.candidates[i].scores["log_loss"]))
    for row in rows:
        candidate = made.candidates[order[int(row[0]) - 1]]
        parameters, log_loss, accuracy = row[-4:-1]
        assert parameters == f"{candidate.parameters:,}"
        for shown, score in ((log_loss, "log_loss"), (accuracy, "accuracy")):
            values = candidate.scores[score]
            mean, error = map(float, shown.split("\u00a0±\u00a0"))
            # an error is written with two digits, so it is known to 5 %, and the mean to a twentieth of it
            expected = np.std(values, ddof=1) / np.sqrt(5)
            assert error == pytest.approx(expected, rel=0.051)
            assert abs(mean - np.mean(values)) <= 0.051 * expected


def test_the_settings_on_the_board_are_those_of_the_candidate(rng):
    made = outcome([network(rng, learning_rate=0.03, l2=0.5), network(rng, learning_rate=0.002, l2=2.0)], rng)
    rows = {row[-4]: row[2:4] for row in board_rows(drawn(made))}
    for candidate in made.candidates:
        assert rows[f"{candidate.parameters:,}"] == [
            f"{candidate.settings[s]:g}" for s in ("learning_rate", "l2")
        ]


def test_only_the_first_and_those_with_a_part_to_play_are_not_folded(rng):
    made = outcome([*linears(4, rng), *networks(96, rng)], rng)
    text = drawn(made)
    first, folded = (board_rows(f'id="candidates"{part}') for part in _halves(text))
    parts = {made.best, made.chosen, made.best_linear, made.best_network}
    order = sorted(range(100), key=lambda i: np.mean(made.candidates[i].scores["log_loss"]))
    assert {int(row[0]) for row in first} == {*range(1, 21), *(order.index(i) + 1 for i in parts)}
    assert len(first) + len(folded) == 100
    assert "<details" not in drawn(classification(rng))


def _halves(text):
    board = text.split('id="candidates"')[1].split('id="settings"')[0]
    return board.split("<details")


def test_the_chosen_and_the_best_are_marked_by_word(rng):
    made = outcome([*linears(3, rng), *networks(5, rng)], rng)
    rows = [cells for cells in board_rows(drawn(made)) if re.search("chosen|best", cells[1])]
    assert {(f"{made.candidates[i].parameters:,}") for i in (made.chosen, made.best)} == {
        row[-4] for row in rows
    }


def test_candidates_that_failed_stand_at_the_end_and_say_so(rng):
    made = outcome([_failed(network(rng), 0), *networks(3, rng), _failed(network(rng))], rng)
    rows = board_rows(drawn(made))
    assert [row[-3] == "failed" for row in rows] == [False, False, False, True, True]


def _squeezed(said):
    """Without the spaces that align numbers, and with a plain minus."""
    return re.sub(r"[ \u00a0\u2007]", "", said).replace("\u2212", "-")


@pytest.mark.parametrize("make", [classification, regression])
def test_the_held_out_scores_of_all_three_models_are_shown(rng, make):
    made = make(rng)
    if made.candidates[made.chosen].linear:
        made = replace(made, chosen=made.best_network)
    said = Page(drawn(made)).said
    for found in made.held_out.values():
        assert all(_squeezed(with_error(score)) in map(_squeezed, said) for score in found.values())


def test_a_stopped_search_says_how_far_it_came(rng):
    text = drawn(classification(rng, planned=99))
    assert "15 of 99" in text
    assert "was stopped" not in drawn(classification(rng))


def test_every_colour_that_is_used_has_a_value(rng):
    """A name without one is drawn black, which cannot be seen on a dark page."""
    text = drawn(classification(rng))
    assert set(re.findall(r"var\(--([a-z-]+)", text)) <= set(re.findall(r"--([a-z-]+):", text))


def test_findings_stand_under_what_was_done_about_them(rng):
    left, used = (
        Finding(FindingKind.CONSTANT, column, drop) for column, drop in (("id", True), ("code", False))
    )
    text = drawn(classification(rng, findings=(left, used)))
    places = [
        text.index(words) for words in ("Columns left out", "&#34;id&#34;", "Columns used", "&#34;code&#34;")
    ]
    assert places == sorted(places)
    assert places[-1] < text.index('id="candidates"')  # on the first screen


def test_the_first_screen_says_what_a_command_line_says_in_the_end(rng):
    notes = (Note("time_order", {}, ("day",)), Note("copies_differ", {"rows": 3}))
    rows = {"unknown_target": 0, "train": 60, "validation": 20, "test": 20}
    made = classification(rng)
    record = TrainingRecord(
        *(rows, (), {}, dict(made.held_out), made.comparison),
        **{"linear_l2": 1.0, "best_epoch": 9, "fingerprint": "", "noticed": notes},
    )
    said = drawn(replace(made, record=record, inputs=500))
    first = said[said.index('id="answer"') : said.index('id="candidates"')]
    wide = texts.text("training.closing_wide", inputs=500, rows=80)
    places = [first.index(str(escape(sentence))) for sentence in (str(notes[0]), wide, str(notes[1]))]
    assert places == sorted(places)
    assert places[0] < first.index("<table") < places[1]
    assert str(escape(str(notes[0]))) not in drawn(made)


@pytest.mark.parametrize("make", [classification, regression])
def test_the_bars_are_as_long_as_the_deciding_scores(rng, make):
    made = make(rng)
    shares = [float(found) for found in re.findall(r'class="bar".+?--share:([\d.]+)', drawn(made))]
    values = [made.held_out[model][made.score].value for model in ("network", "linear", "nothing")]
    assert np.allclose(shares, np.array(values) / max(values), atol=1e-3)


# --------------------------------------------------------------------------- languages


NAMES = {"table.csv", "target", "relu", "tanh", "Brier", "a", "b", "c"}
SYMBOLS = {"L2", "R²"}


@pytest.mark.parametrize("case", sorted(CASES.keys() - {"hostile"}))
def test_a_chinese_page_holds_no_english_but_names(case):
    text = page_of(case, "zh")
    letters = re.compile(r"(?<!\d)[A-Za-z][\w.]*")  # but not those of 1e+200
    words = {word for said in Page(text).said for word in letters.findall(said)}
    assert words <= NAMES | SYMBOLS
    assert 'lang="zh-Hans"' in text


@pytest.mark.parametrize("case", sorted(CASES.keys() - {"hostile"}))
def test_an_english_page_holds_no_chinese(case):
    text = page_of(case, "en")
    assert not CHINESE.search(text)
    assert 'lang="en"' in text


# --------------------------------------------------------------------------- bytes, what is left behind


def test_the_same_outcome_gives_the_same_page():
    assert drawn(classification(np.random.default_rng(0))) == drawn(classification(np.random.default_rng(0)))


def test_a_report_needs_no_plotting_library():
    program = (
        "import sys, numpy, shoal.report, search_outcomes as outcomes\n"
        "shoal.report.render(outcomes.classification(numpy.random.default_rng(0)))\n"
        "sys.exit('matplotlib' in sys.modules)"
    )
    here = Path(__file__).parent
    assert subprocess.run([sys.executable, "-c", program], check=False, cwd=here).returncode == 0


def test_a_report_is_written_whole(tmp_path, rng):
    made = classification(rng)
    path = tmp_path / "report.html"
    path.write_text("old")
    search_report.write(made, path)
    assert path.read_text("utf-8") == search_report.render(made)
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_an_error_for_people(tmp_path, rng):
    with pytest.raises(FileError):
        search_report.write(classification(rng), tmp_path / "nowhere" / "report.html")


def test_three_hundred_candidates_and_long_curves_fit_in_a_megabyte(rng):
    long = replace(network(rng), costs=[rng.uniform(size=2000) for _ in range(10)])
    made = outcome([*linears(4, rng), *networks(295, rng), long], rng, best_network=299)
    assert len(drawn(made).encode()) < 1_000_000


def test_a_task_of_numbers_has_residuals_and_no_classes(rng):
    said = Page(drawn(regression(rng))).said
    assert "Residuals" in said
    assert "Confusion matrix" not in said
    assert Task.REGRESSION is regression(rng).task
