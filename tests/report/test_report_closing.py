"""What is said in the end: each situation is made to happen by a small training."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from shoal.base.texts import page, text
from shoal.report.words._closing import closing_sentences, further_sentences, nothing_beats_guessing
from shoal.tables import Grid, SearchSettings, TrainingRecord, TrainSettings, search_table, train_table
from shoal.tables._scores import Score, Verdict

QUICK = TrainSettings(hidden=(8,), epochs=30)


def closing(model):
    """The sentences, with the record that they are about."""
    task = model.target_.task
    record = TrainingRecord.from_dict(model.report_, task)
    estimator = model.estimator_
    return closing_sentences(record, task, estimator.loss_curve_, estimator.network_.n[0]), record


def has(model, key):
    """Whether the text of this key is among the sentences, whatever numbers are in it."""
    pieces = [piece.split("}")[-1] for piece in page("training")[key]["en"].split("{")]
    return any(all(piece in sentence for piece in pieces) for sentence in closing(model)[0])


@pytest.fixture
def random():
    return np.random.default_rng(11)


def coin(random, rows=400):
    return pl.DataFrame({"x": random.normal(size=rows), "y": random.choice(["a", "b"], rows)})


def test_where_nothing_beats_guessing_no_simpler_network_is_advised(random):
    models = [train_table(coin(random), "y", QUICK) for _ in range(5)]
    keys = ("closing_guessing", "closing_unsure")
    guessing = [model for model in models if any(has(model, key) for key in keys)]
    assert len(guessing) >= 3  # by chance one of forty beats it by two standard errors
    assert not any("--hidden" in sentence for model in guessing for sentence in closing(model)[0])


def test_where_the_scores_look_better_the_rows_are_too_few_and_the_columns_are_not_blamed(random):
    model = train_table(coin(random), "y", QUICK)
    record = TrainingRecord.from_dict(model.report_, model.target_.task)
    better = replace(record, over_nothing=dict.fromkeys(record.over_nothing, Score(1.5, 1.0)), held_out={})
    worse = replace(record, over_nothing=dict.fromkeys(record.over_nothing, Score(0.5, 1.0)), held_out={})
    for judged, key in ((better, "closing_unsure"), (worse, "closing_guessing")):
        words = text(f"training.{key}", model_nothing="", rows=record.rows["test"]).split("“")[0]
        assert further_sentences(judged, model.target_.task)[0].startswith(words)


def test_a_column_that_was_left_out_is_named_where_nothing_else_tells(random):
    table = coin(random).with_columns(before=pl.col("y").replace({"a": 1, "b": 2}).cast(pl.Int64))
    table = table.with_columns(before=pl.col("before") + pl.col("x") / 100)
    sentences, _ = closing(train_table(table, "y", QUICK))
    assert any('--keep "before"' in sentence for sentence in sentences)
    useful = table.with_columns(x=pl.col("before") + pl.Series(random.normal(size=400)) / 2)
    sentences, record = closing(train_table(useful, "y", QUICK))
    assert any(finding.drop for finding in record.findings)
    assert not any("--keep" in sentence for sentence in sentences)  # it is not missed


def test_the_best_epoch_was_the_first(random):
    """What was true at first is false in the rows that stop the training: each epoch makes it worse."""
    x = random.normal(size=300)
    table = pl.DataFrame({"x": x, "t": random.permutation(300)})
    late = (table["t"] >= 200).to_numpy()
    table = table.with_columns(y=pl.Series(np.where((x > 0) ^ late, "a", "b")))
    model = train_table(
        table, "y", TrainSettings(hidden=(8,), epochs=30, order="t", drop=("t",), keep=("x",))
    )
    assert closing(model)[1].best_epoch == 1
    assert has(model, "closing_first_epoch")


def test_the_cost_rose(random):
    """One step an epoch, and each far too large."""
    x = random.normal(size=300)
    table = pl.DataFrame({"x": x, "y": x + random.normal(size=300) / 10})
    rates = {"hidden": (64,), "batch_size": 300, "epochs": 4}
    assert has(train_table(table, "y", TrainSettings(**rates, learning_rate=10.0)), "closing_cost_rose")
    assert not has(train_table(table, "y", TrainSettings(**rates)), "closing_cost_rose")


def test_the_line_is_as_good_or_better_and_the_layers_help(random):
    x, z = random.normal(size=(2, 800))
    line = pl.DataFrame({"x": x, "z": z, "y": x - z + random.normal(size=800)})
    curve = pl.DataFrame({"x": x, "z": z, "y": 3 * x * z + random.normal(size=800) / 10})
    sentences, record = closing(train_table(line, "y", QUICK))
    assert record.comparison.verdict in (Verdict.NOISE, Verdict.LOSES)
    assert "--hidden 0" in sentences[0]
    sentences, record = closing(train_table(curve, "y", TrainSettings(hidden=(32,), epochs=200)))
    assert record.comparison.verdict is Verdict.EARNS
    assert "--hidden 0" not in sentences[0]


def test_too_few_rows_to_tell_and_more_columns_than_rows(random):
    x = random.normal(size=(80, 120))
    table = pl.DataFrame(x).with_columns(y=pl.Series(x[:, 0] + random.normal(size=80)))
    model = train_table(table, "y", TrainSettings(hidden=(4,), epochs=10))
    assert has(model, "verdict_few_rows")
    assert has(model, "closing_wide")


def test_copies_time_and_rare_classes_are_said_in_the_end(random):
    rows = pl.DataFrame(
        {
            "day": (np.datetime64("2024-01-01") + np.arange(300).astype("timedelta64[D]")).astype(str),
            "x": random.normal(size=300),
            "y": ["rare"] * 10 + ["common"] * 290,
        }
    )
    settings = TrainSettings(hidden=(), test_share=0.3)
    kinds = {note.kind for note in closing(train_table(rows, "y", settings))[1].noticed}
    assert {"time_order", "imbalance"} <= kinds
    sentences, record = closing(train_table(pl.concat([rows, rows]).sort("x"), "y", settings))
    assert "copies" in {note.kind for note in record.noticed}
    for note in record.noticed:
        assert str(note) in sentences


def test_a_few_huge_values_are_named_and_not_the_learning_rate(random):
    x = random.normal(size=400)
    table = pl.DataFrame({"x": x, "y": np.exp(8 * random.normal(size=400))})
    sentences, record = closing(train_table(table, "y", QUICK))
    assert "skewed" in {note.kind for note in record.noticed}
    assert "huge" in sentences[0]
    assert "--learning-rate" not in sentences[0]


def test_a_search_that_was_stopped_says_so(random):
    x = random.normal(size=200)
    table = pl.DataFrame({"x": x, "y": x + random.normal(size=200)})
    model, _ = search_table(table, "y", SearchSettings(folds=2), grids=[Grid(True, {"alpha": [1.0, 2.0]})])
    record = TrainingRecord.from_dict(model.report_, model.target_.task)
    assert record.found is not None
    stopped = replace(record, found=replace(record.found, planned=9))
    sentence = text("training.closing_stopped", done=2, planned=9)
    assert sentence in further_sentences(stopped, model.target_.task)
    assert sentence not in further_sentences(record, model.target_.task)


def rising(random, rows=300):
    """Rows in the order of time, of classes that are unequal and can be told apart."""
    day = (np.datetime64("2024-01-01") + np.arange(rows).astype("timedelta64[D]")).astype(str)
    y = np.where(np.arange(rows) % 30 == 0, "rare", "common")
    return pl.DataFrame({"day": day, "x": random.normal(size=rows) + 3 * (y == "rare"), "y": y})


def test_that_the_scores_are_too_good_comes_before_what_they_say(random):
    settings = TrainSettings(hidden=(), test_share=0.3)
    sentences, record = closing(train_table(rising(random), "y", settings))
    (time,) = [str(note) for note in record.noticed if note.kind == "time_order"]
    assert sentences[0] == time
    assert sentences.count(time) == 1
    assert '--order "day"' in time


@pytest.mark.parametrize("weighed", [{"class_weight": "balanced"}, {"cost": {"rare": 9.0}}])
def test_who_weighs_the_classes_is_not_told_to(random, weighed):
    settings = TrainSettings(hidden=(), test_share=0.3)
    assert any("--class-weight" in each for each in closing(train_table(rising(random), "y", settings))[0])
    sentences, _ = closing(train_table(rising(random), "y", replace(settings, **weighed)))
    assert not any("--class-weight" in each for each in sentences)


def test_columns_that_tell_the_classes_apart_are_not_said_to_tell_nothing(random):
    """The loss may be no better than none, of a model that is too sure of itself: the ranking is clear."""
    model = train_table(coin(random), "y", QUICK)
    record = TrainingRecord.from_dict(model.report_, model.target_.task)
    none = dict.fromkeys(record.over_nothing, Score(0.0, 1.0))
    clear, chance = (
        replace(record, over_nothing=none, held_out={**record.held_out, "auc": auc}) for auc in (0.9, 0.52)
    )
    assert not nothing_beats_guessing(clear)
    assert nothing_beats_guessing(chance)
