"""What is drawn: legible in both languages and modes, the same bytes each time; nothing global is touched."""

import os
import subprocess
import sys
from io import BytesIO
from itertools import combinations
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.text import Text
from PIL import Image

from shoal import plots
from shoal.base.look import DARK, LIGHT
from shoal.base.texts import use_language
from shoal.plots import _fonts, _style

PICTURES = [
    "cost",
    "cost of several",
    "boundary",
    "boundary of three",
    "network",
    "wide network",
    "weights",
    "wide weights",
    "activations",
    "wide activations",
    "functions",
    "functions in use",
    "gradients",
    "gradients then and now",
    "confusion",
    "roc",
    "roc of three",
    "precision",
    "precision of three",
    "calibration",
    "calibration of three",
    "surface",
    "errors",
]
LEGIBLE = 12 / _style.DPI * 72 - 0.01  # points: 12 pixels, below which nothing is set


@pytest.fixture
def drawn_texts(monkeypatch):
    """The texts that a figure really draws: axes also keep tick labels that are out of sight."""
    seen, draw = [], Text.draw

    def watch(self, renderer):
        if self.get_visible() and self.get_text().strip():
            seen.append(self)
        draw(self, renderer)

    monkeypatch.setattr(Text, "draw", watch)

    def texts(figure):
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        return list(seen), canvas.get_renderer()

    return texts


def has_chinese(text):
    return any("\u4e00" <= character <= "\u9fff" for character in text)


@pytest.fixture
def fresh_fonts():
    """The notices of fonts are given once in a process; here each test may see them."""
    caches = (_fonts.chinese_font, _fonts._tell_once)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


SHOWN = [("en", False, name) for name in PICTURES]
SHOWN += [("zh", True, name) for name in PICTURES if " of " not in name]


@pytest.mark.parametrize(("language", "dark", "name"), SHOWN)
def test_every_text_is_legible_and_none_lies_on_another(pictures, drawn_texts, name, language, dark):
    if language == "zh" and _fonts.chinese_font() is None:
        pytest.skip("no font of this machine has Chinese characters")
    use_language(language)
    display = pictures[name](dark=dark)
    texts, renderer = drawn_texts(display.figure_)
    assert len(texts) > 4
    assert min(text.get_fontsize() for text in texts) >= LEGIBLE
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts]
    inside = display.figure_.bbox.padded(1)
    for written, box in boxes:
        assert inside.x0 <= box.x0 <= box.x1 <= inside.x1, written
        assert inside.y0 <= box.y0 <= box.y1 <= inside.y1, written
    for (one, first), (other, second) in combinations(boxes, 2):
        # a box is as high as the font's longest letters: two pixels of it may meet without ink
        assert not first.padded(-2).overlaps(second.padded(-2)), (one, other)
    title = display.figure_.get_suptitle()
    assert title
    assert has_chinese(title) == (language == "zh")
    assert any(character.isdigit() for character in title)  # a number, not an empty phrase
    paper = (DARK if dark else LIGHT)["paper"]
    assert to_hex(display.figure_.get_facecolor()) == paper
    assert {to_hex(ax.get_facecolor()) for ax in display.axes_} == {paper}


@pytest.mark.parametrize("name", ["boundary of three", "wide network", "weights", "roc", "surface", "errors"])
def test_a_picture_is_the_same_bytes_each_time_and_leaves_the_settings_as_they_were(pictures, tmp_path, name):
    plots.write(pictures[name](), tmp_path / "0.svg")
    with matplotlib.rc_context({"xtick.major.size": 31, "xtick.direction": "in", "savefig.bbox": "tight"}):
        before = dict(matplotlib.rcParams)
        plots.write(pictures[name](), tmp_path / "1.svg")  # a person's settings do not matter
        assert dict(matplotlib.rcParams) == before
    written = (tmp_path / "0.svg").read_bytes()
    assert written == (tmp_path / "1.svg").read_bytes()
    assert b"<script" not in written
    assert ElementTree.fromstring(written).tag.endswith("svg")


@pytest.mark.parametrize("ending", ["png", "pdf"])
def test_other_files_are_the_same_bytes_too(pictures, tmp_path, ending):
    for k in range(2):
        plots.write(pictures["gradients"](size=(400, 300)), tmp_path / f"{k}.{ending}")
    written = (tmp_path / f"0.{ending}").read_bytes()
    assert written == (tmp_path / f"1.{ending}").read_bytes()
    assert written.startswith(b"\x89PNG" if ending == "png" else b"%PDF")
    if ending == "png":
        assert Image.open(BytesIO(written)).size == (800, 600)


def test_a_notebook_gets_a_png_and_its_size(pictures):
    picture, size = pictures["cost"](size=(500, 300))._repr_png_()
    assert size == {"width": 500, "height": 300}
    assert Image.open(BytesIO(picture)).size == (1000, 600)


def test_lines_of_chinese_text_do_not_touch(pictures):
    use_language("zh")
    title = pictures["cost"](size=(300, 300)).figure_._suptitle
    canvas = FigureCanvasAgg(title.get_figure())
    canvas.draw()
    box, pixels = title.get_window_extent(), np.asarray(canvas.buffer_rgba())
    height = pixels.shape[0]
    rows = pixels[height - round(box.y1) : height - round(box.y0)]
    inked = "".join("x" if (row != pixels[0, 0]).any() else " " for row in rows).strip()
    between = [len(gap) for gap in inked.split("x") if gap]
    breaks = title.get_text().count("\n")
    assert breaks >= 1
    letter = title.get_fontsize() * title.get_figure().dpi / 72  # pixels
    assert len([gap for gap in between if gap >= 0.3 * letter]) >= breaks


def test_neither_pyplot_nor_a_backend_is_needed():
    code = (
        "import sys, numpy as np, matplotlib\n"
        "from shoal import plots\n"
        "plots.ConfusionMatrix.from_predictions([0, 1, 1], [0, 1, 0])._repr_png_()\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "backend = dict.__getitem__(matplotlib.rcParams, 'backend')\n"
        "assert backend is matplotlib.rcsetup._auto_backend_sentinel\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


# --------------------------------------------------------------------------- axes of a person


def test_a_picture_is_drawn_on_given_axes_and_says_its_sentence_there(pictures):
    figure = Figure()
    ax = figure.add_subplot()
    display = pictures["roc"](ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is figure
    assert "probability" in ax.get_title(loc="left")
    assert to_hex(ax.get_facecolor()) == LIGHT["paper"]


def test_one_axes_is_divided_among_panels_and_several_are_taken_one_by_one(pictures):
    figure = Figure(layout="constrained")
    left = figure.subplots(1, 2)[0]
    assert len(pictures["gradients"](ax=left).axes_) == 2
    assert len(figure.axes) == 4
    assert (
        left.get_subplotspec()
        == pictures["gradients"](ax=left).axes_[0].get_subplotspec().get_topmost_subplotspec()
    )
    pair = Figure().subplots(1, 2)
    assert pictures["gradients"](ax=pair).axes_ == tuple(pair)


def test_plot_draws_again_with_other_colours(pictures):
    display = pictures["cost"]()
    light = display.figure_
    assert display.plot(dark=True) is display
    assert display.figure_ is not light
    assert to_hex(display.ax_.lines[0].get_color()) == DARK["positive"]


# --------------------------------------------------------------------------- fonts


@pytest.mark.usefixtures("fresh_fonts")
def test_without_a_chinese_font_pictures_speak_english_and_say_so_once(pictures, monkeypatch):
    monkeypatch.setattr(_fonts, "_has_chinese", lambda _name: False)
    monkeypatch.setattr(_fonts, "findSystemFonts", list)
    use_language("zh")
    with pytest.warns(UserWarning, match="没有中文字体"):
        display = pictures["cost"]()
    pictures["roc"]()  # a second notice would be an error
    assert display.figure_.get_suptitle().startswith("The cost fell from")
    assert display.ax_.get_xlabel() == "epoch"


@pytest.mark.usefixtures("fresh_fonts")
def test_a_font_that_was_installed_after_the_list_of_matplotlib_was_made_is_found(monkeypatch):
    added, known = [], []
    monkeypatch.setattr(_fonts, "_has_chinese", lambda name: name in known)
    monkeypatch.setattr(_fonts, "findSystemFonts", lambda: ["/f/NotoSansCJK-Bold.ttc", "/f/DejaVuSans.ttf"])

    def add(path):
        added.append(path)
        known.append("Noto Sans CJK SC")

    monkeypatch.setattr(_fonts.fontManager, "addfont", add)
    assert _fonts.chinese_font() == "Noto Sans CJK SC"
    assert added == ["/f/NotoSansCJK-Bold.ttc"]


@pytest.mark.usefixtures("fresh_fonts")
def test_characters_that_no_font_has_are_pointed_out_once(tmp_path):
    if any(_has("\u1789", name) for name in _fonts.families()):
        pytest.skip("a font of this machine has the character")
    with pytest.warns(UserWarning, match="lack characters"):
        display = plots.ConfusionMatrix.from_predictions(["\u1789", "b"], ["\u1789", "b"])
    plots.write(display, tmp_path / "a.png")  # a second notice would be an error


def _has(character, family):
    return get_font(findfont(family)).get_char_index(ord(character)) != 0


# --------------------------------------------------------------------------- signs without colour


def test_these_are_all_pictures(pictures):
    assert list(pictures) == PICTURES


def test_negative_weights_are_dashed_and_widths_are_sizes(pictures, binary):
    display = pictures["network"]()
    (edges,) = [c for c in display.ax_.collections if hasattr(c, "get_segments")]
    lines = display.lines
    assert (
        len(edges.get_segments())
        == len(lines)
        == sum(W.size for W in binary.network_.views(binary.theta_)[0][1:])
    )
    dashed = [pattern is not None for _, pattern in edges.get_linestyles()]
    assert dashed == [line.weight < 0 for line in lines]
    widths, sizes = np.array(edges.get_linewidths()), np.abs([line.weight for line in lines])
    np.testing.assert_allclose(
        np.diff(widths) / np.diff(sizes), (widths[-1] - widths[0]) / (sizes[-1] - sizes[0])
    )
    signs = [artist.get_marker() for artist in display.ax_.lines if artist.get_marker() in ("+", "_")]
    assert signs == ["+" if line.weight > 0 else "_" for line in lines[: -len(signs) - 1 : -1]]
    assert len(signs) == 12


def test_classes_differ_by_marker_and_not_only_by_colour():
    marks = _style.class_marks(8, LIGHT)
    assert len({mark.marker for mark in marks}) == 8
    assert marks[0].filled != marks[1].filled


def test_the_map_of_signs_is_symmetric_and_zero_is_paper():
    colours = _style.diverging(LIGHT)
    assert to_hex(colours(0.5)) == LIGHT["paper"]
    assert to_hex(colours(0.0)) == LIGHT["negative"]
    assert to_hex(colours(1.0)) == LIGHT["positive"]


def test_weights_are_drawn_on_a_scale_that_is_equal_on_both_sides(pictures):
    for panel in pictures["weights"]().axes_:
        low, high = panel.images[0].get_clim()
        assert low == -high
