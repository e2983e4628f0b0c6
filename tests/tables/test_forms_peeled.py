"""Numbers with something around them: ranges, words, remarks, marks for text, sizes; lookalikes stay."""

import polars as pl
import pytest

from shoal.base.errors import DataError
from shoal.tables import Forms, find_forms
from shoal.tables.forms._form import AsItIs

NUMBERS = {
    "ranges of area": (["220-260㎡", "90-110㎡", "75㎡"], [240, 100, 75]),
    "words before ranges": (["建面 220-260㎡", "建面 90-110㎡", "建面 75㎡"], [240, 100, 75]),
    "words of an amount before ranges": (["总价300-380(万/套)", "总价520(万/套)"], [340, 520]),
    "area": (["area 261 to 300 m²", "area 51 to 100 m²"], [280.5, 75.5]),
    "money": (["$1,000 - $2,000", "$2,500 - $3,500"], [1500, 3000]),
    "words between": (["10 to 20", "20 to 40"], [15, 30]),
    "wan": (["3~5万", "10~20万"], [40_000, 150_000]),
    "groups of age": (["<18", "18-21", "22-23", "65+"], [18, 19.5, 22.5, 65]),
    "a word for missing": (["10-20", "-", "20-30"], [15, None, 25]),
    "visits": (["共247次带看", "共31次带看", "共8次带看"], [247, 31, 8]),
    "about": (["about 12 people", "about 7 people"], [12, 7]),
    "of ten": (["Level 7 of 10", "Level 3 of 10"], [7, 3]),
    "pounds": (["1.80 kg (3.97 lbs)", "2.05 kg (4.52 lbs)"], [1.8, 2.05]),
    "minutes": (["114分钟(中国大陆)", "98分钟(香港)", "120分钟"], [114, 98, 120]),
    "footnotes": (["361[1]", "402[2]", "17"], [361, 402, 17]),
    "errors": (["36.1 ± 0.1", "37.2+/-0.2"], [36.1, 37.2]),
    "marks": (['="361"', '="42"', '="1205"'], [361, 42, 1205]),
    "sizes": (["500KB", "3.5 MB", "12 MB"], [0.5, 3.5, 12]),
    "accounting": (["(361)", "12"], [-361, 12]),
}
STAY = {
    "scores": ["3-1", "1-2", "0-2"],
    "year and number": ["2020-099", "2020-361", "2021-400"],
    "rooms": ["Room 12", "Room 14"],
    "rooms of a floor": ["Room 12-15", "Room 16-19"],
    "codes": ["A-361", "A-371"],
    "marked codes": ['="00361"', '="00042"'],
    "blood pressure": [f"{110 + n}/{70 + n % 9}" for n in range(20)],
}


@pytest.mark.parametrize("name", NUMBERS)
def test_the_number_is_read_and_what_was_done_is_said(name: str) -> None:
    cells, right = NUMBERS[name]
    frame = pl.DataFrame({"a": cells})
    forms = find_forms(frame)
    assert Forms.from_dict(forms.to_dict()) == forms
    assert forms.apply(frame)["a"].to_list() == pytest.approx(right)
    assert forms.notes
    kept = find_forms(frame, {"a": "category"})
    assert kept.apply(frame)["a"].to_list() == cells
    with pytest.raises(DataError, match="row 1"):
        forms.apply(pl.DataFrame({"a": ["many words"]}))


@pytest.mark.parametrize("name", STAY)
def test_what_only_looks_so_stays(name: str) -> None:
    frame = pl.DataFrame({"a": STAY[name]})
    assert find_forms(frame).apply(frame)["a"].to_list() == STAY[name]


def test_marked_codes_and_pairs_are_said() -> None:
    for name, why in (("marked codes", "marked_text"), ("blood pressure", "pair")):
        (form,) = find_forms(pl.DataFrame({"a": STAY[name]})).columns
        assert isinstance(form, AsItIs)
        assert form.why == why


TOLD = {
    "marked codes": (['="00361"', "'042", '"7"', "x"], [361, 42, 7, None]),
    "plain codes": (["00361", "00042"], [361, 42]),
    "ranges": (["10-20", "20-30", "many", "5"], [15, 25, None, 5]),
    "remarks": (["361[1]", "402[2]", "x", "17"], [361, 402, None, 17]),
    "words": (["共247次带看", "共31次带看", "x", "共8次带看"], [247, 31, None, 8]),
    "sizes": (["500KB", "3.5 MB", "zz", "12 MB"], [0.5, 3.5, None, 12]),
    "groups": (["1,234", "x1", "5,000"], [1234, None, 5000]),
    "codes with letters": (["A-361", "A-371"], [None, None]),
    "scores": (["3-1", "0-2"], [None, None]),
    "phones": (["555-1234", "734-0101", "5"], [None, None, 5]),
}


@pytest.mark.parametrize("name", TOLD)
def test_numbers_because_somebody_said_so(name: str) -> None:
    cells, right = TOLD[name]
    frame = pl.DataFrame({"a": cells})
    forms = find_forms(frame, {"a": "number"})
    assert Forms.from_dict(forms.to_dict()) == forms
    assert forms.apply(frame)["a"].to_list() == pytest.approx(right)
    assert "because you said so" in str(forms.notes[-1]) or right[-1] is not None


@pytest.mark.parametrize("kind", ["text", "identifier", "category"])
@pytest.mark.parametrize("name", [*NUMBERS, *STAY])
def test_each_form_can_be_undone(name: str, kind: str) -> None:
    cells = NUMBERS[name][0] if name in NUMBERS else STAY[name]
    frame = pl.DataFrame({"a": cells})
    forms = find_forms(frame, {"a": kind})
    assert forms.apply(frame)["a"].to_list() == cells
    assert [note.kind for note in forms.notes] == ["forced_text"]


def test_what_is_said_of_remarks_shows_one() -> None:
    cells = ["114分钟", "98分钟(香港)", "120分钟", "95分钟"]
    (form,) = find_forms(pl.DataFrame({"a": cells})).columns
    assert all(note.evidence["first"] == cells[1] for note in form.notes())


def test_words_in_quotes_are_no_marked_codes() -> None:
    cells = [f'"HD camera {n} with a cover that can be closed, and a light"' for n in range(20)]
    assert not find_forms(pl.DataFrame({"a": cells})).notes
