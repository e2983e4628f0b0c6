"""Words: levels that are written in several ways, and levels that look like words for missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from shoal.base import schema
from shoal.tables._cells import TRUTH_PAIRS, WORDS_OR_LEVELS
from shoal.tables._notes import Note
from shoal.tables.forms._form import Form, means_missing

if TYPE_CHECKING:
    import polars as pl

_FREQUENT = 0.05  # of the cells; a rarer spelling is a slip
_WORD = 4  # letters: AA, Aa and aa may be three things
_MOST_LEVELS = 1000  # of a column whose levels are compared
_SHOWN = 6
_ANSWERS = (
    "ja nein nee oui non si sí no sim não nao tak nie ano ne da nej jo да нет evet hayır hai kyllä ei on off"
)
_TRUTHS = frozenset(_ANSWERS.split()).union(*TRUTH_PAIRS)
"""Words that answer a question: in any case they say the same."""


@dataclass(frozen=True)
class WordForm(Form):
    """A column of words.

    Attributes
    ----------
    levels : tuple of str
        Of the words that often mean "missing" (None, NA), those that are levels here.
    same : mapping
        How levels are written, by what they are without case and without spaces to spare.
    missing : tuple of str
        What somebody said means "missing".
    lost : tuple of str
        In a target: the words that mean "missing" here, so that their rows are left out.
    rows : int
        How many rows these are.
    doubtful : tuple of str
        In a target: classes that look like words for missing.
    """

    name: str
    levels: tuple[str, ...] = ()
    same: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    rows: int = 0
    doubtful: tuple[str, ...] = ()

    kind: ClassVar = "word"
    checks: ClassVar = {
        "levels": schema.list_of(schema.one_of(*WORDS_OR_LEVELS)),
        "same": schema.mapping_of(schema.text),
        "missing": schema.list_of(schema.text),
        "lost": schema.list_of(schema.text),
        "rows": schema.count,
        "doubtful": schema.list_of(schema.text),
    }

    def apply(self, series: pl.Series) -> pl.Series:
        """The levels, each in one writing."""
        import polars as pl

        if series.dtype != pl.String:
            return series
        cells = series.set(series.is_in(list(self.missing)), None)
        written = {cell: self.same.get(fold(cell), cell) for cell in cells.drop_nulls().unique().to_list()}
        return cells.replace_strict(written, default=None, return_dtype=pl.String) if self.same else cells

    def notes(self) -> Sequence[Note]:
        """Which levels are one, which words are levels, which are not."""
        column = (self.name,)
        found = []
        if self.same:
            found.append(Note("same_levels", {"levels": sorted(self.same.values())[:_SHOWN]}, column))
        if self.levels:
            found.append(Note("kept_words", {"words": list(self.levels)}, column))
        if self.missing:
            found.append(Note("missing", {"words": list(self.missing)}, column))
        if self.lost:
            found.append(Note("missing_class", {"words": list(self.lost), "rows": self.rows}, column))
        if self.doubtful:
            found.append(Note("doubtful_class", {"words": list(self.doubtful)}, column))
        return found


def fold(cell: str) -> str:
    """Without case, and without spaces to spare."""
    return " ".join(cell.split()).casefold()


def find_words(
    series: pl.Series, levels: tuple[str, ...], missing: tuple[str, ...], lost: Mapping[str, int] | None
) -> WordForm | None:
    """The form of a column of words; None if there is nothing to do or to say.

    `lost` is None for a feature; of a target, the words that are counted as missing.
    """
    counts = Counter(series.drop_nulls().to_list())
    for word in missing:
        counts.pop(word, None)
    form = WordForm(series.name, levels, _same(counts), missing)
    if lost is not None:
        form = WordForm(
            series.name,
            levels,
            form.same,
            missing,
            tuple(lost),
            sum(lost.values()),
            _doubtful(counts, levels),
        )
    return form if form.notes() else None


def _same(counts: Counter[str]) -> dict[str, str]:
    """The most frequent writing of each level that has several."""
    groups: dict[str, list[str]] = {}
    for cell in sorted(counts, key=lambda cell: (-counts[cell], len(cell), cell.isupper(), cell)):
        groups.setdefault(fold(cell), []).append(cell)
    if len(groups) > _MOST_LEVELS:
        return {}
    merged = {}
    for folded, cells in groups.items():
        if len(cells) > 1 and _is_one_level(folded, cells, counts):
            merged[folded] = cells[0]
    if merged:  # case is chance in this column: Ja and JA beside Nein and NEIN
        pairs = (folded for folded, cells in groups.items() if len(cells) > 1 and len(folded) == 2)
        merged |= {folded: groups[folded][0] for folded in pairs if folded.isalpha()}
    return merged


def _is_one_level(folded: str, cells: Sequence[str], counts: Counter[str]) -> bool:
    """Whether case is chance: in words, or where the other spellings are rare; not in a/A, AA/Aa, x1/X1."""
    spelled = Counter[str]()
    for cell in cells:
        spelled[" ".join(cell.split())] += counts[cell]
    letters = sum(letter.isalpha() for letter in folded)
    is_word = letters >= _WORD and not any(letter.isdigit() for letter in folded)
    usual = all(cell in (cell.lower(), cell.upper(), cell.title(), cell.capitalize()) for cell in spelled)
    short_word = letters == _WORD - 1 and len(folded) == letters and usual
    rare = spelled.total() - max(spelled.values()) <= _FREQUENT * spelled.total()
    return len(spelled) == 1 or is_word or short_word or rare or folded in _TRUTHS


def _doubtful(counts: Counter[str], levels: tuple[str, ...]) -> tuple[str, ...]:
    """Classes such as "-" and "unknown" beside two real ones; in "+" and "-" they mean what they say."""
    found = [cell for cell in counts if means_missing(cell) and cell not in levels]
    return tuple(sorted(found)) if len(counts) - len(found) > 1 and "+" not in counts else ()
