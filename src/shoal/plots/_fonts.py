"""Which fonts a picture is written with, and whether they have Chinese characters.

matplotlib brings DejaVu Sans along, so that English looks the same everywhere. Chinese needs a font of the
system; where there is none, pictures speak English, and a notice says so once.
"""

from functools import cache
from pathlib import Path

from matplotlib.font_manager import FontProperties, findfont, findSystemFonts, fontManager, get_font

from shoal.base.errors import warn
from shoal.base.look import FONTS
from shoal.base.texts import language, text

LATIN = "DejaVu Sans"
_MORE_CHINESE = (  # beside those of pages, which `look.FONTS` names
    "Noto Sans SC",
    "Noto Sans CJK JP",  # under this name matplotlib knows the collection of all regions
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Heiti SC",
    "Heiti TC",
    "STHeiti",
    "SimHei",
    "Arial Unicode MS",
    "Noto Serif CJK SC",
    "Noto Serif CJK JP",
    "AR PL UMing CN",
)
_FILES = ("notosanscjk", "notosanssc", "wqy", "droidsansfallback", "sourcehansans", "simhei", "msyh", "uming")
_EXAMPLES = "权重梯度"


def families() -> list[str]:
    """The fonts in the order in which a character is looked for; Chinese text has letters of its own font."""
    chinese = chinese_font()
    found = [LATIN] if chinese is None else [LATIN, chinese]
    return found[::-1] if spoken() == "zh" else found


def spoken() -> str:
    """The language of pictures: the one in force, or English where no font has Chinese characters."""
    if language() == "zh" and chinese_font() is None:
        _tell_once("plots.no_chinese_font")
        return "en"
    return language()


def tell_missing_characters() -> None:
    """Say once that the fonts lack characters of a name, which are drawn as empty boxes."""
    _tell_once("plots.missing_characters")


@cache
def _tell_once(key: str) -> None:
    warn(text(key), UserWarning)


@cache
def chinese_font() -> str | None:
    """The first font of this system that has Chinese characters.

    matplotlib keeps the list of fonts of its first start. A font that was installed later is added to the
    list of this process.
    """
    found = _first_known()
    if found is None:
        for path in sorted(findSystemFonts()):
            if any(part in Path(path).stem.lower() for part in _FILES):
                fontManager.addfont(path)
        found = _first_known()
    return found


def _first_known() -> str | None:
    return next((name for name in (*FONTS, *_MORE_CHINESE) if _has_chinese(name)), None)


def _has_chinese(name: str) -> bool:
    try:
        path = findfont(FontProperties(family=[name]), fallback_to_default=False)
    except ValueError:  # there is no such font
        return False
    font = get_font(path)
    return all(font.get_char_index(ord(character)) for character in _EXAMPLES)
