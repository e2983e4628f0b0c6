"""Columns that would spoil or fake the learning are found, honest ones are not."""

import datetime

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine

from shoal.base.errors import DataError
from shoal.base.texts import page, use_language
from shoal.inspect import _leaks
from shoal.inspect._leaks import sampled_rows
from shoal.tables import TableEncoder, choose_features, describe, find_problems
from shoal.tables._cells import clean
from shoal.tables.findings import _problems

RNG = np.random.default_rng(0)
ROWS = 200
LABELS = RNG.integers(0, 2, ROWS)
NOISE = RNG.normal(size=ROWS)


def problems(target=LABELS, task=None, **columns):
    frame = clean(pl.DataFrame({**columns, "noise": RNG.normal(size=len(target)), "target": target}))
    return find_problems(frame, "target", describe(frame), task)


def kinds(target=LABELS, **columns):
    return [(f.column, f.kind.value) for f in problems(target, **columns)]


def test_constant_columns_are_found():
    found = kinds(one=["x"] * ROWS, none=pl.Series([None] * ROWS, dtype=pl.String), flag=["x", None] * 100)
    assert found == [("one", "constant"), ("none", "constant")]


def test_identifiers_are_found():
    shuffled = RNG.permutation(ROWS)
    found = kinds(
        running=range(1000, 1000 + ROWS),
        shuffled=shuffled,
        PassengerId=shuffled * 7,
        order_key=shuffled * 7,
        学号=shuffled * 7,
        hash=[f"{i:08x}z" for i in shuffled],
        nearly=["same", "same", *(f"n{i}" for i in range(ROWS - 2))],
    )
    assert [name for name, kind in found if kind == "identifier"] == [
        "running",
        "shuffled",
        "PassengerId",
        "order_key",
        "学号",
        "hash",
        "nearly",
    ]


def test_measurements_are_no_identifiers():
    shuffled = RNG.permutation(ROWS)
    found = kinds(weight=NOISE, paid=shuffled * 7, paid_no_tax=shuffled * 7, id_kind=shuffled % 5)
    assert found == [("id_kind", "code")]


def test_a_handful_of_rows_says_nothing_about_identifiers():
    assert kinds(target=[0, 1] * 5, name=list("abcdefghij"), n=range(10)) == [("name", "rare")]


def test_sentences_are_found():
    text = [f"review number {i} says that it is fine" for i in range(ROWS)]
    assert kinds(review=text) == [("review", "text")]


def test_what_cannot_be_read_is_found():
    assert kinds(bag=[[i] for i in range(ROWS)]) == [("bag", "nested")]


def test_a_column_of_almost_only_numbers_is_reported_and_kept():
    cells = [str(i % 50) for i in range(ROWS)]
    cells[149] = "unknown"
    (finding,) = problems(age=cells)
    assert (finding.kind, finding.drop) == ("mixed", False)
    assert 'row 150 (not counting the header) contains "unknown"' in str(finding)


def test_codes_with_leading_zeros_are_not_mixed():
    assert kinds(zip=[f"0{i % 7}" for i in range(ROWS)]) == []


def test_the_target_in_other_words_is_a_leak():
    words = np.where(LABELS == 1, "yes", "no")
    found = kinds(word=words, truth=LABELS == 1, number=LABELS * 3.5 + 0.001 * NOISE, honest=LABELS)
    assert found == [(n, "leak") for n in ("word", "truth", "number", "honest")]


def test_a_leak_is_found_among_missing_cells_and_unbalanced_classes():
    rare = (np.arange(1000) % 50 == 0).astype(int)
    leak = [None if label else "paid" for label in rare]
    noise = RNG.permutation(1000) % 7
    assert kinds(target=rare, leak=leak, noise2=noise) == [("leak", "leak")]


def test_a_leak_with_a_few_slips_is_a_leak():
    y = RNG.integers(0, 2, 2000)
    words = np.where(y == 1, RNG.choice(["paid", "closed"], 2000), RNG.choice(["late", "open"], 2000))
    words[:8] = ["paid", "closed", "late", "open"] * 2
    assert kinds(target=y, state=words) == [("state", "leak")]


def test_a_level_for_every_few_rows_is_no_leak():
    cities = [f"city {i // 4}" for i in range(ROWS)]
    assert kinds(city=cities) == []


def test_too_few_rows_of_the_other_class_are_no_evidence():
    target = [1] * 5 + [0] * 100
    assert kinds(target=target, lucky=np.array(target) + 0.5) == []


def test_columns_that_predict_well_but_not_perfectly_are_no_leaks():
    wrong = RNG.random(ROWS) < 0.05
    assert kinds(hint=np.where(wrong, 1 - LABELS, LABELS)) == []


def bundled(load, **columns):
    data = load(as_frame=True)
    frame = pl.DataFrame({n: s.to_numpy() for n, s in data.frame.items()}).with_columns(**columns)
    return find_problems(frame, "target", describe(frame))


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer, load_diabetes])
def test_real_tables_have_no_leaks(load):
    assert bundled(load) == []


@pytest.mark.parametrize("rows", [30, 300, 20_000])
def test_a_function_of_a_number_is_a_leak(rows):
    y = RNG.lognormal(size=rows)
    found = kinds(target=y, log=-np.log(y), rounded=np.round(y, 6) * 1e300)
    assert found == [("log", "leak"), ("rounded", "leak")]


def test_a_leak_that_rises_and_falls_is_found():
    y = RNG.random(5000)
    assert kinds(target=y, root=np.sqrt(y) * RNG.choice([-1, 1], 5000)) == [("root", "leak")]


def test_a_number_that_explains_most_of_another_is_no_leak():
    y = RNG.normal(size=2000)
    assert kinds(target=y, near=y + 0.1 * RNG.normal(size=2000)) == []


def test_a_category_for_every_value_of_a_number_is_a_leak():
    y = RNG.integers(0, 40, 2000)
    assert kinds(target=y, word=[f"n{value}" for value in y]) == [("word", "leak")]


def test_the_order_of_the_names_of_categories_tells_nothing():
    assert kinds(target=np.arange(400) * 1.5, name=[f"n{i // 4:03}" for i in range(400)]) == []


def test_huge_targets_are_no_trouble():
    y = RNG.choice([-1, 1], 100) * RNG.random(100) * 1.7e308
    assert kinds(target=y, honest=RNG.normal(size=100), copy=y) == [("copy", "leak")]


@pytest.mark.parametrize("rows", [60, 400])
@pytest.mark.parametrize("target", ["two classes", "five classes", "number"])
def test_only_columns_that_come_near_cost_trees(monkeypatch, rows, target):
    random = np.random.default_rng(rows)
    y = random.normal(size=rows) if target == "number" else random.integers(0, 5, rows)
    y = y % 2 if target == "two classes" else y
    noise = {f"x{j}": random.normal(size=rows) for j in range(500)}
    digits = {f"d{j}": random.integers(0, 2 + j, rows) for j in range(50)}
    words = {f"w{j}": [f"{level}th" for level in random.integers(0, 7, rows)] for j in range(50)}
    scored = []
    for name in ("class_score", "number_score"):
        score = getattr(_problems, name)
        monkeypatch.setattr(_problems, name, lambda *a, score=score: scored.append(1) or score(*a))
    frame = pl.DataFrame({"y": y, **noise, **digits, **words, "copy": y * 2.5})
    task = "regression" if target == "number" else "classification"
    found = find_problems(frame, "y", describe(frame), task)
    assert [finding.column for finding in found if finding.kind == "leak"] == ["copy"]
    assert len(scored) < 20  # of 601


def _near_leak(random, rows, classes):
    """Codes that tell the class but for some of the rows; classes in bands, once or twice along the codes."""
    y = random.integers(0, classes, rows)
    bands = random.integers(1, 3)
    place = y + classes * random.integers(0, bands, rows) + random.random(rows)
    slips = random.random(rows) < random.choice([0, 0.003, 0.006, 0.01, 0.02])
    place[slips] = random.permutation(place)[slips]
    place = np.floor(place * random.choice([1, 3, 1e6]))
    return np.unique(place, return_inverse=True)[1], y


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("ordered", [True, False])
def test_no_leak_is_passed_over(seed, ordered):
    random = np.random.default_rng(seed)
    codes, y = _near_leak(random, int(random.choice([40, 200, 2000])), int(random.choice([2, 3, 6])))
    as_number = y + random.random(len(y)) / 1000
    near = {
        classes: _leaks.may_give_away(codes[np.newaxis], np.array([ordered]), target, classes)[0]
        for classes, target in ((True, y), (False, as_number))
    }
    assert near[True] or not _leaks.class_score(codes, ordered, y).is_leak
    assert near[False] or _leaks.number_score(codes, ordered, as_number) <= _leaks.NUMBER_R2


def test_rows_without_a_target_do_not_count():
    target = [None if i % 3 == 0 else "yes" if i % 2 else "no" for i in range(ROWS)]
    copy = [value or "unknown" for value in target]
    assert kinds(target=target, copy=copy) == [("copy", "leak")]


def test_leaks_are_looked_for_in_the_rows_that_may_be_learned_only():
    """Numbers of rows count those whose target is known; everything else is found in all rows."""
    target = pl.Series([None, *np.where(LABELS[1:] == 1, "yes", "no")])
    early = [str(target[i]) if i < 150 else str(target[i - 1]) for i in range(ROWS)]
    frame = pl.DataFrame({"early": early, "n": range(ROWS), "target": target})
    frame = frame.with_columns(noise=pl.Series(NOISE))
    first, last = np.arange(149), np.arange(149, ROWS - 1)
    found = {name: find_problems(frame, "target", describe(frame), learned=rows)
             for name, rows in {"first": first, "last": last, "all": None}.items()}  # fmt: skip
    assert {name: [f.column for f in findings] for name, findings in found.items()} == {
        "first": ["early", "n"], "last": ["n"], "all": ["n"]
    }  # fmt: skip
    assert found["first"][1].evidence["rows"] == ROWS


def test_of_a_long_table_the_same_sample_is_tried_every_time():
    rows = sampled_rows(50_000)
    assert len(set(rows.tolist())) == 10_000
    assert rows.max() > 49_000
    np.testing.assert_array_equal(rows, sampled_rows(50_000))
    np.testing.assert_array_equal(sampled_rows(50), range(50))


def test_the_answer_is_the_same_every_time():
    frame = pl.DataFrame({"x": RNG.normal(size=12_000), "y": RNG.integers(0, 2, 12_000)})
    frame = frame.with_columns(z=pl.col("y") * 2)
    first = find_problems(frame, "y", describe(frame))
    assert [f.column for f in first] == ["z"]
    assert find_problems(frame, "y", describe(frame)) == first


def test_when_everything_would_go_the_leak_stays():
    frame = pl.DataFrame({"id": range(ROWS), "copy": LABELS * 2, "y": LABELS})
    found = find_problems(frame, "y", describe(frame))
    assert [(f.column, f.drop) for f in found] == [("id", True), ("copy", False)]
    assert [c.name for c in choose_features(describe(frame), "y", found)] == ["copy"]


def test_when_only_an_identifier_is_left_it_stays():
    frame = pl.DataFrame({"x": range(ROWS), "y": LABELS})
    (found,) = find_problems(frame, "y", describe(frame))
    assert (found.kind, found.drop) == ("identifier", False)


def test_a_category_without_a_level_of_its_own_is_left_out():
    twice = [f"{i // 2},001 ♣" for i in range(ROWS)]
    assert kinds(twice=twice) == [("twice", "rare")]
    gaps = [cell if i % 3 else None for i, cell in enumerate(twice)]
    assert kinds(gaps=gaps) == [("gaps", "other")]  # a gap may tell
    assert kinds(thrice=["a"] * 3 + twice[3:]) == [("thrice", "other")]


def test_levels_that_are_rare_among_the_rows_to_learn_from_are_none():
    frame = pl.DataFrame({"x": [f"n{i // 4}" for i in range(ROWS)], "y": LABELS})
    (found,) = find_problems(frame, "y", describe(frame), learned=np.arange(0, ROWS, 2))
    assert found.kind == "rare"


@pytest.mark.parametrize("cells", [range(ROWS), np.arange(ROWS) // 2])
def test_when_only_a_category_of_rare_levels_is_left_nothing_is_learned(cells):
    frame = pl.DataFrame({"x": [f"{i},001 ♣" for i in cells], "y": LABELS})
    with pytest.raises(DataError, match="no column is left"):
        choose_features(describe(frame), "y", find_problems(frame, "y", describe(frame)))


@pytest.mark.parametrize("target", [LABELS, NOISE])
def test_columns_of_every_type_of_parquet_are_read_or_left_out(target):
    hours, wholes = RNG.integers(0, 24, ROWS), RNG.integers(0, 99_999, ROWS)
    frame = pl.DataFrame(
        {
            "duration": pl.Series(wholes * 1_000_000).cast(pl.Duration("us")),
            "time": [datetime.time(int(hour)) for hour in hours],
            "decimal": pl.Series(NOISE[::-1]).cast(pl.Decimal(20, 4)),
            "enum": pl.Series(["a", "b"] * (ROWS // 2), dtype=pl.Enum(["a", "b"])),
            "bytes": [b"x"] * ROWS,
            "target": target,
        }
    )
    found = find_problems(frame, "target", describe(frame))
    assert [(f.column, f.kind) for f in found] == [("bytes", "nested")]
    features = choose_features(describe(frame), "target", found)
    X = TableEncoder.fit(frame, features).transform(frame)
    assert X.shape == (ROWS, 6)
    np.testing.assert_allclose(X[:, 0], (wholes - wholes.mean()) / wholes.std())


def test_an_empty_column_is_called_empty():
    (found,) = problems(none=pl.Series([None] * ROWS, dtype=pl.String))
    assert str(found) == '"none" is empty'
    (found,) = problems(one=["x"] * ROWS)
    assert "is the same in every row" in str(found)


def test_features_are_all_columns_but_the_target_and_the_dropped_ones():
    frame = pl.DataFrame({"id": range(ROWS), "x": NOISE, "leak": LABELS * 2, "y": LABELS})
    columns = describe(frame)
    found = find_problems(frame, "y", columns)
    assert [c.name for c in choose_features(columns, "y", found)] == ["x"]
    assert [c.name for c in choose_features(columns, "y", found, ["leak"])] == ["x", "leak"]
    with pytest.raises(DataError, match='Did you mean "leak"'):
        choose_features(columns, "y", found, ["leek"])


def test_a_table_of_constants_has_nothing_to_learn_from():
    frame = pl.DataFrame({"c": [1] * ROWS, "y": LABELS})
    columns = describe(frame)
    with pytest.raises(DataError, match="no column is left"):
        choose_features(columns, "y", find_problems(frame, "y", columns))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_finding_explains_itself_in_both_languages(language):
    frame = clean(
        pl.DataFrame(
            {
                "{0}\n": range(ROWS),
                "c": [1] * ROWS,
                "bag": [[1]] * ROWS,
                "text": [f"the text of row {i}" for i in range(ROWS)],
                "mixed": ["?", "x", *(str(i % 9) for i in range(ROWS - 2))],
                "leak": LABELS * 2,
                "y": LABELS,
            }
        )
    )
    found = find_problems(frame, "y", describe(frame))
    number = pl.DataFrame({"leak": NOISE, "x": RNG.random(ROWS), "y": NOISE * 2})
    found += find_problems(number, "y", describe(number))
    assert {f.kind.value for f in found} == {
        "identifier", "constant", "nested", "text", "mixed", "leak"
    }  # fmt: skip
    use_language(language)
    try:
        for finding in found:
            assert "{0}" not in finding.column or '"{0}\\n"' in str(finding)
            assert str(finding).isascii() == (language == "en") or "R²" in str(finding)
    finally:
        use_language("en")


def test_every_entry_of_the_page_has_both_languages_with_the_same_places():
    import string

    for key, entry in page("tables").items():
        assert entry.keys() == {"en", "zh"}, key
        places = [{p for _, p, _, _ in string.Formatter().parse(t)} for t in entry.values()]
        assert places[0] == places[1], key
