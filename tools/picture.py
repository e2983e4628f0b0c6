"""Draws the pictures of the README, docs/pictures: two experiments, in English and Chinese, light and dark.

python tools/picture.py
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from shoal.base.texts import LANGUAGES, use_language
from shoal.experiments import run

OUT = Path(__file__).parent.parent / "docs" / "pictures"
NAMES = ("coordinates", "starts")
COLOURS = 128  # of a palette: a quarter of the bytes, and no difference to the eye


def main():
    """Run each experiment once, and draw it for each language and both pages."""
    OUT.mkdir(exist_ok=True)
    for name in NAMES:
        record = run(name)
        for language in LANGUAGES:
            use_language(language)
            for mode in ("light", "dark"):
                with TemporaryDirectory() as folder:
                    record.save(folder, dark=mode == "dark")
                    with Image.open(Path(folder) / f"{name}.png") as picture:
                        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
                small.save(OUT / f"{name}-{language}-{mode}.png", optimize=True)


if __name__ == "__main__":
    main()
