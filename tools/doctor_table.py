"""Writes the table in docs/doctor.md and docs/doctor.zh-CN.md: every disease, and what provokes it.

    python tools/doctor_table.py           say whether the pages are up to date
    python tools/doctor_table.py --write   write them

What the doctor says stands in the catalogue of texts. What provokes a disease stands in
tests/inspect/doctor_cases.py, and a test fails if the doctor does not find it there. What stands above the
table in the pages is written by hand.
"""

import re
import sys
from pathlib import Path

from shoal.base.texts import LANGUAGES, page
from shoal.inspect import DISEASES

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "inspect"))

import doctor_cases  # noqa: E402

PAGES = {"en": ROOT / "docs" / "doctor.md", "zh": ROOT / "docs" / "doctor.zh-CN.md"}
MARK = "<!-- from here on written by tools/doctor_table.py -->\n"
COLUMNS = {
    "en": ("disease", "what provokes it in the tests", "what is seen", "what to do"),
    "zh": ("问题", "测试中如何制造", "看到的现象", "建议"),
}


def said(language: str, key: str) -> str:
    """A text of the catalogue; the names of its numbers in italics."""
    return re.sub(r"\{(\w+)[^}]*\}", r"*\1*", page("doctor")[key][language])


def row(language: str, name: str) -> str:
    """One disease: its name, what provokes it, what is seen in each variant, what to do."""
    provoked = [getattr(each, language) for each in doctor_cases.PROVOKED if each.name == name]
    seen = [key for key in page("doctor") if key == f"{name}_seen" or key.startswith(f"{name}_seen_")]
    cells = [
        f"**{said(language, name)}**<br>`{name}`",
        "<br>".join(provoked),
        "<br>".join(said(language, key) for key in seen),
        said(language, f"{name}_do"),
    ]
    escaped = [cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(escaped)} |"


def table(language: str) -> str:
    """All diseases, causes before what follows from them."""
    names = COLUMNS[language]
    lines = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    return "\n".join([*lines, *(row(language, name) for name in DISEASES)]) + "\n"


def up_to_date(language: str) -> str:
    """The page as it should be: its own head, and the table."""
    head, mark, _ = PAGES[language].read_text(encoding="utf-8").partition(MARK)
    return f"{head}{mark}\n{table(language)}"


def main(arguments: list[str]) -> int:
    """Write the pages, or say which are not up to date."""
    for language in LANGUAGES if "--write" in arguments else ():
        PAGES[language].write_text(up_to_date(language), encoding="utf-8")
    old = [str(path) for name, path in PAGES.items() if path.read_text("utf-8") != up_to_date(name)]
    print("\n".join(f"not up to date: {path}" for path in old) or "the pages are up to date")
    return bool(old)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
