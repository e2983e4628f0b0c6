"""The interface of forms: how the cells of one column are written, and what is said of it."""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from shoal.base import schema
from shoal.tables._cells import WORDS_OR_LEVELS, checked
from shoal.tables._notes import Note

if TYPE_CHECKING:
    import polars as pl

_WORDS = """
- -- --- . .. ... … – — −− * ** / \\ (-) (null) <null> [null] ? ?? n.a. n.a n/a na n.d. n.d n/d nd n.v.
n.r. n/r n.k. n/k s/d s.d. k.a. k.a k/a nil nan nat none null void undefined unknown unk unbekannt
missing fehlt fehlend leer blank empty tbd tba pending nodata #div/0! #n/a #n/v #na #value! #wert! #ref!
#bezug! #name? #num! #zahl! #null! #error! #getting_data 无 無 空 缺 缺失 未知 不详 不明 暂无 没有 未填
无数据 不适用 未公布 未公开 欠損 該当なし
なし 不詳 無回答 未回答 未記入 未提供 未采集 拒答 없음 미상 모름 무응답
s/i s.i. n.i. n/i n.c. n.c n/c b.d. b.d b/d н/д н.д. brak nieznany nieznane desconocido desconocida
desconhecido desconhecida inconnu inconnue manquant vide ausente vacío vazio sconosciuto mancante onbekend
ontbreekt okänd saknas ukendt ukjent mangler неизвестно отсутствует пропуск bilinmiyor yok neznámý
withheld redacted suppressed undisclosed unspecified unavailable entfällt
"""
_PHRASES = """
k. a.|n. a.|n. v.|n / a|keine angabe|keine angaben|nicht bekannt|not available|not applicable|not known
not reported|not recorded|not given|no data|no value|no answer|don't know|to be determined
not collected|not measured|not provided|not specified|not found|not stated|not disclosed
no information|varies with device|nicht angegeben
prefer not to say|nicht erhoben|nicht verfügbar|nicht vorhanden|ohne angabe|o. a.|sin datos|sin dato
sin información|sin respuesta|no disponible|no aplica|no sabe|non renseigné|non renseignée|non disponible
non communiqué|sans objet|sans réponse|não informado|não disponível|não se aplica|sem dados|sem resposta
sem informação|brak danych|nie dotyczy|nie podano|нет данных|нет ответа|не указано|не указан|не применимо
geen gegevens|niet bekend|niet beschikbaar|non noto|non rilevato|データなし|해당 없음|정보 없음|ej uppgift
"""
MISSING_WORDS = frozenset(_WORDS.split()) | frozenset(_PHRASES.strip().replace("\n", "|").split("|"))
"""What people write where they have no value, in lower case. A column decides whether it means that: see
`find_forms`."""

_WORD = re.compile(r"[A-Z]+(?![a-zäöü])|[A-ZÄÖÜ]?[^\W\d_A-Z]+")
_SAME = str.maketrans({"−": "-", "－": "-", "‐": "-", "‑": "-", "’": "'", "‘": "'", "＇": "'", "\u066c": "'"})


def normal(cell: str) -> str:
    """Full-width characters as usual ones, every kind of space as one, every minus and apostrophe alike."""
    if not cell.isascii():
        cell = "".join(_narrow(letter) for letter in cell.translate(_SAME))
    return " ".join(cell.split())


def _narrow(letter: str) -> str:
    if letter.isspace():
        return " "
    wide = unicodedata.decomposition(letter).startswith("<wide>")
    return unicodedata.normalize("NFKC", letter) if wide else letter


def words_of(name: str) -> list[str]:
    """The words in the name of a column, in lower case: of ``createdAt_UTC`` created, at, utc."""
    return [word.casefold() for word in _WORD.findall(name)]


def means_missing(cell: str) -> bool:
    """Whether it is a word for a value that there is not."""
    return normal(cell).casefold() in MISSING_WORDS


def as_numbers(
    series: pl.Series, read: Mapping[str, float | None], may_be_missing: Callable[[str], bool]
) -> pl.Series:
    """Cells of text as the numbers that they are `read` as; a DataError for the first that is none.

    Unless it may be missing: then it is.
    """
    import polars as pl

    unread = [cell for cell, number in read.items() if number is None and may_be_missing(cell)]
    silent = pl.Series(unread, dtype=pl.String)
    numbers = series.replace_strict(read, default=None, return_dtype=pl.Float64)
    return checked(series.set(series.is_in(silent.implode()), None), numbers, "tables.not_a_number")


class Form(ABC):
    """How the cells of a column are written. A subclass is a frozen dataclass in JSON's types."""

    kind: ClassVar[str]
    checks: ClassVar[Mapping[str, schema.Check]]
    """The schema of its fields in a model file, but for `name`."""

    later: ClassVar[Mapping[str, schema.Check]] = {}
    """The schema of fields that files of before lack."""

    name: str
    levels: tuple[str, ...] = ()
    """Of `WORDS_OR_LEVELS`, those that do not mean "missing" here."""

    @abstractmethod
    def apply(self, series: pl.Series) -> pl.Series:
        """The cells in their own type; a DataError for a text that is not written so."""

    @abstractmethod
    def notes(self) -> Sequence[Note]:
        """What is done."""

    def to_dict(self) -> dict[str, Any]:
        """In JSON's types only."""
        fields = asdict(self)  # type: ignore[call-overload]  # every subclass is a dataclass
        lists = {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items()}
        return {"kind": self.kind, **lists}

    @classmethod
    def from_dict(cls, document: object) -> Self:
        """The form that `to_dict` described, without its kind; a MismatchError for any other document."""
        found = schema.record({"name": schema.text, **cls.checks}, optional=cls.later)(document)
        return cls(**{key: tuple(v) if isinstance(v, list) else v for key, v in found.items()})


def _text_or_count(value: object) -> str | int:
    return schema.text(value) if isinstance(value, str) else schema.count(value)


@dataclass(frozen=True)
class AsItIs(Form):
    """A column that stays as it is, because it only looks like another kind: `why` is a key of the texts."""

    name: str
    why: str
    evidence: dict[str, str | int] = field(default_factory=dict)

    kind: ClassVar = "as it is"
    checks: ClassVar = {
        "why": schema.one_of(
            "two_currencies",
            "two_units",
            "phone",
            "version",
            "code",
            "either_order",
            "either_year",
            "may_be_dates",
            "both_orders",
            "not_all_dates",
            "not_all_numbers",
            "forced_text",
            "marked_text",
            "pair",
        ),
        "evidence": schema.mapping_of(_text_or_count),
    }

    @property
    def levels(self) -> tuple[str, ...]:  # type: ignore[override]  # computed, and no field of the document
        """All, if somebody said that it is a category."""
        return WORDS_OR_LEVELS if self.why == "forced_text" else ()

    def apply(self, series: pl.Series) -> pl.Series:
        """The same cells."""
        return series

    def notes(self) -> Sequence[Note]:
        """Why."""
        return [Note(self.why, self.evidence, (self.name,))]
