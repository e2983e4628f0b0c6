"""The colours and fonts of everything that shoal draws: pages, plots, graphs.

Blue means positive, class 1, the chosen; orange means negative, class 0, the best of the others. Blue against
orange survives the common colour blindnesses. Sign and class are never shown by colour alone, because the
two have the same grey.
"""

from collections.abc import Mapping
from types import MappingProxyType

LIGHT: Mapping[str, str] = MappingProxyType(
    {
        "paper": "#fdfdfc",
        "ink": "#1c2126",
        "soft": "#5b646d",  # text that comes second
        "grid": "#e3e6e8",
        "line": "#cfd5da",
        "faint": "#c3cad0",
        "tint": "#eef4f9",  # behind what is to be noticed
        "positive": "#0a66a8",
        "negative": "#b85400",
        "other": "#66707a",  # what is neither
        "alarm": "#a3284d",  # NaN, divergence, an error
        "wash": "#0a66a8",  # the full end of a ramp of amounts
        "class_2": "#007a5a",
        "class_3": "#9c4f80",
        "class_4": "#7a6a00",
        "class_5": "#5b4bb5",
    }
)
DARK: Mapping[str, str] = MappingProxyType(
    {
        "paper": "#14181c",
        "ink": "#e6e9ec",
        "soft": "#9aa5af",
        "grid": "#2a3138",
        "line": "#3a434b",
        "faint": "#4a555f",
        "tint": "#1b2733",
        "positive": "#5bb0ee",
        "negative": "#f0a04b",
        "other": "#a3adb7",
        "alarm": "#f08bab",
        "wash": "#2f7fbd",
        "class_2": "#4cc9a0",
        "class_3": "#d79ac0",
        "class_4": "#d8cc4a",
        "class_5": "#a79bf0",
    }
)

FONTS = (  # of pages and of SVG; the first that the reader's system has is taken
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Roboto",
    "Helvetica Neue",
    "Noto Sans",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "sans-serif",
)


def css() -> str:
    """Colours and fonts as variables of a style sheet, ``--paper``, ``--fonts``; dark where the screen is."""
    return (
        f":root {{ --fonts: {font_family()}; }}\n"
        f":root {{ {_variables(LIGHT)} color-scheme: light; }}\n"
        "@media screen and (prefers-color-scheme: dark) {\n"
        f"  :root {{ {_variables(DARK)} color-scheme: dark; }}\n"
        "}\n"
    )


def font_family() -> str:
    """The fonts as a style sheet writes them."""
    return ", ".join(f'"{name}"' if " " in name else name for name in FONTS)


def _variables(colours: Mapping[str, str]) -> str:
    return " ".join(f"--{name.replace('_', '-')}: {colour};" for name, colour in colours.items())
