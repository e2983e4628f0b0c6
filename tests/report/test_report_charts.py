"""What is drawn: every candidate where it belongs, scales that show the good ones, means that are means."""

import math
import re
from dataclasses import replace
from itertools import product
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from search_outcomes import classification, linears, network, networks, outcome, regression

from shoal.report.html import _effects as effects
from shoal.report.html import _ticks as ticks
from shoal.report.html._axes import AxisScale, Box, box
from shoal.report.html._calibration import bins_of, calibration_chart
from shoal.report.html._curves import curve_charts, mean_of
from shoal.report.html._effect_charts import effect_charts, positions
from shoal.report.html._effects import effects_of
from shoal.report.html._marks import Mark, key, line, points
from shoal.report.html._residuals import MOST_ROWS, number_charts
from shoal.report.html._size_chart import size_chart
from shoal.report.words._board import board_of


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def groups(picture):
    """The groups of a picture, each with the colour and the points of its mark."""
    for group in ElementTree.fromstring(picture).iter("g"):
        colours = {group.get(kind, "none") for kind in ("fill", "stroke")} - {"none"}
        shapes = [shape for shape in group if shape.tag in ("circle", "path")]
        yield "".join(colours).removeprefix("var(--").removesuffix(")"), shapes


def middle(shape):
    """Where a mark stands: the middle of its corners."""
    if shape.tag == "circle":
        return float(shape.get("cx")), float(shape.get("cy"))
    corners = np.array(corners_of(shape))
    return tuple((corners.min(axis=0) + corners.max(axis=0)) / 2)


def corners_of(path):
    """The points that a path goes through."""
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", path.get("d"))]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def marks(picture, *, at="y"):
    """By the words of the pointer (the rank), where a mark stands."""
    found = {}
    for _, shapes in groups(picture):
        for shape in shapes:
            if (title := shape.find("title")) is not None:
                found[int(re.search(r"\d+", title.text)[0])] = middle(shape)["xy".index(at)]
    return found


def lines(picture, colour):
    """The lines of one colour: their numbers of points."""
    drawn = ElementTree.fromstring(picture).iter("path")
    return [len(corners_of(path)) for path in drawn if path.get("stroke") == f"var(--{colour})"]


# --------------------------------------------------------------------------- the score against the size


def test_every_candidate_that_did_not_fail_is_one_mark_higher_where_it_is_worse(rng):
    failed = replace(network(rng), scores={"log_loss": np.full(5, np.nan)})
    board = board_of(outcome([*linears(3, rng), failed, *networks(30, rng)], rng))
    heights = marks(size_chart(board).picture)
    assert sorted(heights) == list(range(1, 34))
    ordered = [heights[rank] for rank in sorted(heights)]
    assert ordered == sorted(ordered, reverse=True)  # y counts downwards in SVG


def test_the_chosen_and_the_best_have_marks_of_their_own(rng):
    board = board_of(outcome([*linears(3, rng), *networks(30, rng)], rng, chosen=0))
    colours = {
        int(re.search(r"\d+", shape.find("title").text)[0]): colour
        for colour, shapes in groups(size_chart(board).picture)
        for shape in shapes
        if shape.find("title") is not None
    }
    assert [rank for rank, colour in colours.items() if colour == "chosen"] == [board.chosen.rank]
    assert [rank for rank, colour in colours.items() if colour == "best"] == [board.best.rank]


def test_larger_candidates_stand_to_the_right(rng):
    candidates = [replace(network(rng), parameters=p) for p in (10, 1000, 100_000)]
    board = board_of(outcome(candidates, rng))
    places = marks(size_chart(board).picture, at="x")
    by_size = sorted(board.scored, key=lambda ranked: ranked.candidate.parameters)
    left, middle, right = (places[ranked.rank] for ranked in by_size)
    assert middle - left == pytest.approx(
        right - middle, abs=0.5
    )  # equal factors, equal steps (to half a pixel)
    assert middle > left


def test_candidates_of_one_size_do_not_hide_each_other(rng):
    candidates = [replace(network(rng), parameters=100) for _ in range(5)]
    assert len(set(marks(size_chart(board_of(outcome(candidates, rng))).picture, at="x").values())) == 5


def test_one_candidate_that_went_astray_does_not_squash_the_others(rng):
    astray = replace(network(rng), scores={"log_loss": np.full(5, 1e6)})
    made = outcome([*networks(9, rng), astray], rng)
    chart = size_chart(board_of(made))
    heights = marks(chart.picture)
    assert heights.pop(10) < min(heights.values())
    assert max(heights.values()) - min(heights.values()) > 100  # pixels of 260
    assert Mark.BEYOND in dict(chart.legend)


def test_the_best_linear_model_is_drawn_to_scale_however_bad_it_is(rng):
    line = replace(linears(1, rng)[0], scores={"log_loss": np.full(5, 9.0)})
    chart = size_chart(board_of(outcome([line, *networks(9, rng)], rng)))
    assert Mark.BEYOND not in dict(chart.legend)


def test_the_line_of_the_rule_is_the_best_mean_plus_its_error(rng):
    made = classification(rng)
    mean, error = made.candidates[made.best].mean("log_loss")
    words = dict(size_chart(board_of(made)).legend)[Mark.LIMIT]
    assert float(words.split(": ")[1]) == pytest.approx(mean + error, abs=error / 20)


def test_without_a_standard_error_there_is_no_line(rng):
    chart = size_chart(board_of(outcome(networks(3, rng, 1), rng)))
    assert Mark.LIMIT not in dict(chart.legend)


# --------------------------------------------------------------------------- the effect of a setting


def test_each_setting_that_varies_has_a_chart_and_a_constant_one_has_none(rng):
    made = outcome([*linears(3, rng), *networks(40, rng, solver="adam")], rng)
    found = {(effect.setting, effect.linear) for effect in effects_of(board_of(made))}
    names = {("hidden", False), ("activation", False), ("learning_rate", False), ("l2", False), ("l2", True)}
    assert found == names


def test_linear_models_are_compared_with_networks_by_their_hidden_layers_only(rng):
    for effect in effects_of(board_of(outcome([*linears(3, rng), *networks(40, rng)], rng))):
        kinds = {ranked.candidate.linear for ranked in effect.candidates}
        assert kinds == ({True, False} if effect.setting == "hidden" else {effect.linear})


def test_each_candidate_stands_at_its_value(rng):
    board = board_of(outcome(networks(40, rng, hidden=(8,), activation="relu", l2=1.0), rng))
    (chart,) = effect_charts(board).charts
    places = marks(chart.picture, at="x")
    by_value = {}
    for ranked in board.scored:
        by_value.setdefault(ranked.candidate.settings["learning_rate"], set()).add(places[ranked.rank])
    assert all(len(found) == 1 for found in by_value.values())
    low, middle, high = (by_value[value].pop() for value in (0.001, 0.01, 0.1))
    assert middle - low == pytest.approx(high - middle, abs=0.5)  # to half a pixel


@pytest.mark.parametrize(("count", "best"), [(1, 1), (4, 1), (5, 2), (8, 2), (9, 3), (40, 3)])
def test_the_mean_of_the_best_few_is_that_of_the_best_quarter_three_at_the_most(rng, count, best):
    fixed = {"hidden": (8,), "activation": "relu", "l2": 1.0}
    candidates = [network(rng, learning_rate=rate, **fixed) for rate in (0.1, 0.2) for _ in range(count)]
    (effect,) = effects_of(board_of(outcome(candidates, rng)))
    for group, few in zip((candidates[:count], candidates[count:]), effect.few, strict=True):
        scores = sorted(float(np.mean(candidate.scores["log_loss"])) for candidate in group)
        assert few == pytest.approx(np.mean(scores[:best]))


def test_many_values_are_averaged_over_runs_of_neighbours(rng):
    rates = 10 ** rng.uniform(-4, -1, 60)
    candidates = [
        network(rng, learning_rate=float(rate), hidden=(8,), activation="relu", l2=1.0) for rate in rates
    ]
    (effect,) = effects_of(board_of(outcome(candidates, rng)))
    assert len(effect.groups) == 60
    assert len(effect.few) == effects.RUNS
    assert sorted(ranked.rank for _, members in effect.runs for ranked in members) == list(range(1, 61))
    highest = [
        max(ranked.candidate.settings["learning_rate"] for ranked in members) for _, members in effect.runs
    ]
    assert highest == sorted(highest)


def test_the_setting_that_matters_most_comes_first(rng):
    fixed = {"hidden": (8,), "activation": "relu"}
    candidates = []
    for rate, l2 in product((0.01, 0.1), (0.0, 1.0)):
        scores = {"log_loss": 0.1 + 3 * rate + 0.01 * l2 + rng.uniform(0, 1e-3, 5)}
        candidates.append(replace(network(rng, learning_rate=rate, l2=l2, **fixed), scores=scores))
    assert [e.setting for e in effects_of(board_of(outcome(candidates, rng)))] == ["learning_rate", "l2"]


def test_of_very_many_words_the_best_are_drawn_and_the_page_says_so(rng):
    fixed = {"activation": "relu", "learning_rate": 0.1, "l2": 1.0}
    candidates = [network(rng, hidden=(units,), **fixed) for units in range(1, 51)]
    board = board_of(outcome(candidates, rng))
    (chart,) = effect_charts(board).charts
    assert set(marks(chart.picture)) == set(range(1, effects.MOST_ROWS + 1))
    assert any("20 of 50" in note for note in chart.notes)


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ([0.001, 0.01, 0.1], [-3, -2, -1]),
        ([0, 0.01, 1], [-4, -2, 0]),
        ([0, 1, 10, 100], [-1, 0, 1, 2]),
        ([0.0, 0.1, 0.2, 0.5], [0.0, 0.1, 0.2, 0.5]),
        ([10, 20, 30, 40, 50, 60, 70, 80, 90, 100], [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]),
        ([-1, 0, 100], [-1, 0, 100]),
        ([16, 64, 256], [math.log10(16), math.log10(64), math.log10(256)]),
        ([0, 5], [0, 5]),
    ],
)
def test_values_stand_at_their_logarithms_where_steps_multiply(values, places):
    assert positions(values) == pytest.approx(places)


# --------------------------------------------------------------------------- scales


SIZES = st.floats(1e-12, 1e12)


@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e9))
def test_ticks_are_inside_evenly_spaced_and_told_apart_by_their_labels(low, share):
    span = share * max(abs(low), 1e-9)
    values, labels = ticks.even_ticks(low, low + span)
    assert len(values) >= 2
    assert min(values) >= low - 1e-6 * span
    assert max(values) <= low + span * (1 + 1e-6)
    assert len(set(labels)) == len(labels)
    step = values[1] - values[0]
    assert np.diff(values) == pytest.approx(
        step, rel=1e-3
    )  # a step of 1e-9 of the numbers has rounding errors
    for value, label in zip(values, labels, strict=True):
        assert abs(float(label) - value) <= 0.01 * step


@given(SIZES, st.floats(5, 1e9))
def test_ticks_of_powers_are_inside_and_say_what_they_are(low, factor):
    values, labels = ticks.power_ticks(low, low * factor)
    assert 2 <= len(values) <= 12
    assert min(values) >= low * 0.99
    assert max(values) <= low * factor * 1.01
    for value, label in zip(values, labels, strict=True):
        assert float(label.replace(",", "")) == pytest.approx(value, rel=1e-3)


@given(st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=9))
def test_an_axis_is_never_empty_and_holds_all_values(values):
    low, high = ticks.around(values)
    assert low < min(values) <= max(values) < high


@pytest.mark.parametrize(
    ("last", "values"), [(1, [1]), (3, [1, 2, 3]), (6, [1, 2, 3, 4, 5, 6]), (30, [10, 20, 30])]
)
def test_epochs_are_whole_numbers(last, values):
    found, labels = ticks.whole_ticks(1, last)
    assert list(found) == values
    assert labels == list(map(str, values))


def test_an_axis_of_powers_ends_before_numbers_do_and_has_few_ticks():
    low, high = ticks.around_powers([1e-200, 1e305])
    assert 0 < low < high < math.inf
    assert 2 <= len(ticks.power_ticks(low, high)[0]) <= 12


# --------------------------------------------------------------------------- learning curves


def test_the_mean_is_over_all_folds_and_ends_where_the_first_one_ends(rng):
    folds = [rng.uniform(size=epochs) for epochs in (7, 4, 9)]
    mean = mean_of(folds)
    assert len(mean.value) == len(mean.error) == 4
    for epoch in range(4):
        values = [fold[epoch] for fold in folds]
        assert mean.value[epoch] == pytest.approx(sum(values) / 3)
        assert mean.error[epoch] == pytest.approx(np.std(values, ddof=1) / math.sqrt(3))


def test_a_single_fold_has_no_standard_error():
    mean = mean_of([np.array([3.0, 2.0])])
    assert mean.value.tolist() == [3, 2]
    assert np.isnan(mean.error).all()


def test_each_fold_goes_on_to_its_own_end(rng):
    made = outcome(networks(1, rng), rng)
    costs, validation = curve_charts(board_of(made))
    for chart, folds in ((costs, made.candidates[0].costs), (validation, made.candidates[0].validation)):
        shortest = min(map(len, folds))
        assert sorted(lines(chart.picture, "chosen")) == sorted([*map(len, folds), shortest])


def test_the_chosen_one_and_the_best_network_are_told_apart(rng):
    made = outcome(
        [replace(network(rng), parameters=p) for p in (10, 20)], rng, best=0, best_network=0, chosen=1
    )
    for chart in curve_charts(board_of(made)):
        assert {Mark.CHOSEN_CURVE, Mark.NETWORK_CURVE} <= set(dict(chart.legend))
        assert lines(chart.picture, "chosen")
        assert lines(chart.picture, "best")


def test_folds_without_epochs_and_costs_that_left_the_numbers_are_not_drawn(rng):
    costs = [np.empty(0), np.array([3.0, 2.0, np.inf, 1.0]), np.array([3.0, 2.5, 2.0])]
    (chart,) = curve_charts(board_of(outcome([replace(network(rng), costs=costs, validation=())], rng)))
    assert sorted(lines(chart.picture, "chosen")) == [2, 2, 3]


def test_without_any_history_there_is_no_curve(rng):
    assert curve_charts(board_of(outcome(linears(3, rng), rng))) == []


# --------------------------------------------------------------------------- residuals


def row_marks(picture):
    """Where the marks of held-out rows stand."""
    return [middle(shape) for colour, shapes in groups(picture) for shape in shapes if colour == "chosen"]


def test_every_held_out_row_is_a_point_and_of_very_many_some(rng):
    for m in (40, 5 * MOST_ROWS):
        for chart in number_charts(regression(rng, m=m)):
            assert len(row_marks(chart.picture)) == min(m, MOST_ROWS)
            assert bool(chart.notes) == (m > MOST_ROWS)


def test_true_numbers_and_residuals_stand_above_what_was_predicted(rng):
    made = replace(regression(rng), outputs=np.array([1.0, 2.0]), truth=np.array([5.0, 2.0]))
    for chart in number_charts(made):
        (left, upper), (right, lower) = row_marks(chart.picture)
        assert left < right  # what was predicted
        assert upper < lower  # 5 over 2, 5 - 1 over 2 - 2; downwards in SVG


def test_an_exact_prediction_lies_on_the_line_and_a_low_one_above_it(rng):
    made = replace(regression(rng), outputs=np.array([1.0, 2.0, 4.0]), truth=np.array([1.0, 3.0, 9.0]))
    for chart in number_charts(made):
        ends = next(
            corners_of(path)
            for path in ElementTree.fromstring(chart.picture).iter("path")
            if path.get("stroke-dasharray", "none") != "none"
        )
        rows = row_marks(chart.picture)
        assert ends[0] == rows[0]
        assert ends[-1][0] == rows[-1][0]
        assert ends[-1][1] > rows[-1][1]  # y counts downwards in SVG


# --------------------------------------------------------------------------- calibration


def test_a_bin_stands_at_its_probability_and_at_the_share_that_came_true(rng):
    made = classification(rng, m=500)
    bins = bins_of(made)
    marks_of_bins = next(
        [middle(shape) for shape in shapes]
        for colour, shapes in groups(calibration_chart(made, bins).picture)
        if colour == "chosen"
    )
    said, came = (np.array([getattr(b, name) for b in bins]) for name in ("said", "came"))
    x, y = np.array(marks_of_bins).T
    for numbers, pixels in ((said, x), (-came, y)):  # y counts downwards in SVG
        steps = np.diff(pixels)
        assert steps == pytest.approx(np.diff(numbers) * np.ptp(pixels) / np.ptp(numbers), abs=0.2)


# --------------------------------------------------------------------------- SVG


def test_words_of_any_kind_stand_in_the_picture_as_they_are():
    words = ["$x^2$", "</text><script>", "年龄", "@1", "a & b"]
    frame = box(100, words, AxisScale(0, 1), AxisScale(0, 4))
    drawn = ElementTree.fromstring(frame.side((range(5), words)))
    assert [text.text for text in drawn.iter("text")] == words


def test_the_title_of_a_mark_is_text_and_not_markup():
    drawn = points(Mark.LINEAR, [(1, 2)], ["<b>1 & 2</b>"])
    assert ElementTree.fromstring(drawn).find("path/title").text == "<b>1 & 2</b>"


@pytest.mark.parametrize("mark", Mark)
def test_every_mark_has_a_key(mark):
    assert [
        shape.tag for shape in ElementTree.fromstring(key(mark)).iter() if shape.tag in ("circle", "path")
    ]


def test_the_legend_shows_a_mark_as_the_chart_does():
    for mark in (Mark.CHOSEN, Mark.BEST, Mark.LINEAR, Mark.BEYOND):
        assert points(mark, [(12, 7)]) in key(mark)
    assert line(Mark.NETWORK_CURVE, [(0, 7), (24, 7)]) in key(Mark.NETWORK_CURVE)


def test_labels_that_would_overlap_are_left_out_and_their_ticks_stay():
    frame = Box(0, 0, 100, 100, AxisScale(0, 100), AxisScale(0, 1))
    drawn = frame.bottom(([0, 2, 60, 100], ["0.000", "0.002", "0.060", "0.100"]))
    axis = ElementTree.fromstring(drawn)
    assert [text.text for text in axis.iter("text")] == ["0.000", "0.060", "0.100"]
    assert axis.find("path").get("d").count("M") == 5


def test_what_is_below_an_axis_of_powers_leaves_the_picture_downwards():
    frame = Box(0, 0, 100, 100, AxisScale(0, 1), AxisScale(0.01, 1, powers=True))
    assert frame.y(1) == pytest.approx(0)
    assert frame.y(0.1) == pytest.approx(50)
    assert 100 < frame.y(-1) == frame.y(0) < math.inf
