"""The colours: the same names in both modes, legible on their paper."""

import re

import pytest

from shoal.base.look import DARK, LIGHT, css


def luminance(colour):
    """Relative luminance of WCAG 2: 0 is black, 1 is white."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    "name", [name for name in LIGHT if name not in ("paper", "tint", "grid", "line", "faint")]
)
def test_text_and_marks_are_legible_on_their_paper(colours, name):
    """WCAG 2 asks for 4.5 where text is read, and 3 for graphics."""
    assert contrast(colours[name], colours["paper"]) >= (3 if name == "wash" else 4.5)


def test_dark_and_light_name_the_same_colours():
    assert set(LIGHT) == set(DARK)


def test_the_style_sheet_has_every_colour_twice():
    assert all(len(re.findall(rf"--{name.replace('_', '-')}:", css())) == 2 for name in LIGHT)
