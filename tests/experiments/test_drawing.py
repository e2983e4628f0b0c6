"""Panels as pictures: what is written into cells and at bars, and what is joined by a line."""

from itertools import pairwise

import numpy as np
import pytest

from shoal.experiments import experiments
from shoal.experiments._drawing import figure
from shoal.experiments._finding import Finding, Panel, Series, cells, curve
from shoal.experiments._population import bars
from shoal.experiments._record import Record


def drawn(*panels):
    return figure(Record(experiments()[0], 0, Finding(True, {}, panels)), dark=False).axes


def written(ax):
    return [text.get_text() for text in ax.texts]


def test_each_cell_has_its_number_and_what_is_no_number_says_so():
    (ax,) = drawn(Panel("cells", cells([[1234.0, -0.5], [np.nan, np.inf]], ["a", "b"], ["c", "d"])))
    assert written(ax) == ["1,234", "−0.5", "nan", "inf"]
    assert ax.texts[2].get_color() == ax.texts[3].get_color() != ax.texts[1].get_color()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["c", "d"]


@pytest.mark.parametrize(
    ("matrix", "reach", "limits"),
    [
        ([[0.0, 2.0]], None, (0, 2)),
        ([[-1.0, 2.0]], None, (-2, 2)),  # zero is paper, so both sides reach as far
        ([[0.0, 2.0]], 10.0, (0, 10)),
        ([[0.0, 0.0]], None, (0, 1)),
    ],
)
def test_the_colours_of_cells_are_symmetric_where_there_is_a_sign(matrix, reach, limits):
    (ax,) = drawn(Panel("cells", cells(matrix), reach=reach))
    assert ax.images[0].get_clim() == limits


def test_tables_beside_each_other_have_columns_of_one_width():
    narrow, wide = drawn(Panel("cells", cells(np.ones((2, 3)))), Panel("cells", cells(np.ones((2, 6)))))
    widths = [ax.get_gridspec().get_width_ratios() for ax in (narrow, wide)]
    assert widths == [[3, 6], [3, 6]]


def test_points_beside_a_line_are_not_joined_and_are_named_above():
    line, points = curve("line", [0, 1], [0, 1]), curve("points", [0, 1], [1, 0], joined=False)
    (ax,) = drawn(Panel("lines", [line, points]))
    assert [each.get_linestyle() for each in ax.lines] == ["-", "None"]
    assert ax.lines[0].get_marker() in ("", "None")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["line", "points"]


def test_the_axis_of_bars_has_no_ticks_in_the_room_of_the_numbers():
    (ax,) = drawn(Panel("bars", [Series("n", ["a", "b"], [97.5, 69.0])]))
    assert 80 <= max(ax.get_xticks()) <= 100
    assert ax.get_xlim()[1] > 100  # the room itself is there


def test_what_is_not_reached_has_no_bar_and_a_dash():
    (ax,) = drawn(bars("n", ["a", "b", "c"], [200, None, np.inf]))
    assert written(ax) == ["200", "–", "–"]
    assert [bar.get_width() for bar in ax.patches] == [200, 0, 0]


def test_bars_have_their_numbers_and_negative_ones_a_line_at_zero():
    (ax,) = drawn(Panel("bars", [Series("n", ["a", "b"], [-0.25, 1500.0])]))
    assert written(ax) == ["−0.25", "1,500"]
    assert ax.lines[0].get_xdata()[0] == 0
    assert ax.get_xlim()[0] < -0.25  # room for its number
    (ax,) = drawn(Panel("bars", [Series("n", ["a"], [0.25])]))
    assert not ax.lines
    assert ax.get_xlim()[0] == 0


def test_seven_curves_have_seven_colours_and_a_name_that_moved_has_a_leader():
    names = [f"c{k}" for k in range(7)]
    (ax,) = drawn(Panel("lines", [curve(name, [0, 1], [0, 1 + k / 1000]) for k, name in enumerate(names)]))
    assert len({line.get_color() for line in ax.lines}) == 7
    assert sum(text.arrow_patch is not None for text in ax.texts) >= 6
    (ax,) = drawn(Panel("lines", [curve("low", [0, 1], [0, 0]), curve("high", [0, 1], [0, 9])]))
    assert [text.arrow_patch for text in ax.texts] == [None, None]


def test_of_curves_that_coincide_the_lower_is_wider():
    same, other = [curve(name, [0, 1], [1, 2]) for name in "ab"], curve("c", [0, 1], [3, 4])
    (ax,) = drawn(Panel("lines", [*same, other]))
    below, above, apart = (line.get_linewidth() for line in ax.lines)
    assert below > above == apart


def test_an_axis_without_a_zero_has_dots_and_no_bars():
    (ax,) = drawn(bars("n", ["a", "b", "c"], [0.001, None, 10.0], log="x"))
    assert not ax.patches
    assert list(ax.lines[0].get_xdata())[::2] == [0.001, 10.0]
    assert written(ax) == ["0.001", "–", "10"]
    paper = ax.get_facecolor()
    assert all(text.get_bbox_patch().get_facecolor() == paper for text in ax.texts)  # hides the row's line


def test_an_axis_writes_thousands_as_the_numbers_beside_its_dots_do():
    (ax,) = drawn(bars("n", ["a", "b"], [40.0, 8000.0], log="x"))
    (plain,) = drawn(Panel("points", [Series("a", [0, 8000], [0, 8000])]))
    plain.set_xticks([0, 8000])
    for each in (ax, plain):
        each.figure.canvas.draw()
    assert written(ax)[-1] == plain.get_xticklabels()[-1].get_text() == "8,000"
    assert "1,000" in [label.get_text() for label in ax.get_xticklabels()]


@pytest.mark.parametrize("values", [[2e-4, 1e-3, 2e-3], [1e-13, 0.5], [0.1, 100.0], [3.0, 40.0]])
def test_the_numbers_of_an_axis_with_powers_of_ten_do_not_touch(values):
    panel = bars("n", ["a", "b", "c"][: len(values)], values, log="x")
    axes = drawn(panel, panel, panel)
    figure = axes[0].figure
    figure.canvas.draw()
    for ax in axes:
        low, high = ax.get_xlim()
        labels = [text for place, text in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True)
                  if low <= place <= high and text.get_text()]  # fmt: skip
        boxes = [label.get_window_extent() for label in labels]
        assert len(boxes) >= 2
        assert all(one.x1 < other.x0 for one, other in pairwise(boxes))


def test_panels_have_their_titles_at_one_height():
    one = Panel("bars", [Series(name, ["a"], [1.0]) for name in ("x", "y")], title="left")
    other = Panel("bars", [Series("x", ["a"], [1.0])], title="right")
    axes = drawn(one, other)
    axes[0].figure.canvas.draw()
    tops = [ax._left_title.get_window_extent().y0 for ax in axes]
    assert tops[0] == pytest.approx(tops[1], abs=1.0)  # a pixel


def test_no_two_ticks_beyond_a_thousand_have_one_name():
    (ax,) = drawn(Panel("points", [Series("a", [2000, 2001], [0, 1])]))
    ax.set_xticks([2000, 2000.5, 2001])
    ax.figure.canvas.draw()
    assert len({label.get_text() for label in ax.get_xticklabels()}) == 3


@pytest.mark.parametrize(("top", "said"), [(4e5, "400,000"), (4e8, "4e8")])
def test_large_numbers_are_written_out_and_no_multiplier_stands_above_the_axis(top, said):
    (ax,) = drawn(Panel("points", [Series("a", [0, top], [0, top])]))
    ax.set_yticks([0, top / 2, top])
    ax.figure.canvas.draw()
    assert ax.yaxis.get_offset_text().get_text() == ""
    assert [label.get_text() for label in ax.get_yticklabels()][-1] == said
