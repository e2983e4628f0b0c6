"""The answers in words: each says what the numbers say, and no more."""

from dataclasses import replace

import numpy as np
import pytest
from search_outcomes import classification, linears, network, networks, outcome, regression

from shoal.base import texts
from shoal.report.words import _summary as summary
from shoal.report.words._board import board_of
from shoal.report.words._names import duration, setting_value
from shoal.tables._scores import Comparison, Score, Verdict


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def of_scores(values, make, rng, parameters):
    return replace(make(1, rng)[0], scores={"log_loss": np.array(values)}, parameters=parameters)


def board(rng, linear, layered, **changed):
    """One linear model and one network with these scores on the folds."""
    candidates = [of_scores(linear, linears, rng, 7), of_scores(layered, networks, rng, 99)]
    return board_of(outcome(candidates, rng, **changed))


NETWORK = [0.20, 0.22, 0.24]  # mean 0.22, standard error 0.0115


@pytest.mark.parametrize(
    ("linear", "words"),
    [
        ([0.21, 0.23, 0.25], "a linear model is as good: log loss 0.230 ± 0.012 against 0.220 ± 0.012"),
        ([0.19, 0.21, 0.22], "no network was better than the best linear model: log loss 0.2067"),
        ([0.40, 0.42, 0.44], "the best network is better than any linear model: log loss 0.220 ± 0.012"),
    ],
)
def test_whether_the_hidden_layer_earns_its_place_in_cross_validation(rng, linear, words):
    sentence = summary.layer_answer(board(rng, linear, NETWORK)).in_folds
    assert words in sentence


def test_a_single_fold_leaves_it_open(rng):
    assert "open" in summary.layer_answer(board(rng, [0.3], [0.2])).in_folds
    assert "no standard error" in summary.rule_sentence(board(rng, [0.3], [0.2]))


@pytest.mark.parametrize(("make", "words"), [(linears, "No network"), (networks, "No linear model")])
def test_one_kind_alone_cannot_be_compared(rng, make, words):
    assert summary.layer_answer(board_of(outcome(make(3, rng), rng))).in_folds.startswith(words)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_on_the_held_out_rows_has_words_of_its_own(rng, monkeypatch, language, verdict):
    monkeypatch.setattr(texts, "_chosen", [language])
    made = classification(rng)
    said = {
        each: summary.layer_answer(
            board_of(replace(made, comparison=Comparison(each, Score(0.125, 0.031))))
        ).held_out
        for each in Verdict
    }
    assert sum(sentence == said[verdict] for sentence in said.values()) == 1
    judged = verdict in (Verdict.EARNS, Verdict.LOSES, Verdict.NOISE)
    assert ("0.125 ± 0.031" in said[verdict]) == judged


def test_the_rule_names_the_best_the_limit_and_the_chosen(rng):
    made = board(rng, [0.21, 0.23, 0.25], NETWORK)
    sentence = summary.rule_sentence(made)
    assert made.chosen.candidate.linear
    assert "up to 0.232" in sentence  # 0.22 + 0.0115
    assert sentence.index("number 1") < sentence.index("number 2 (logistic regression, 7 parameters")


def test_the_rule_says_so_where_the_best_is_the_simplest(rng):
    sentence = summary.rule_sentence(board(rng, [0.40, 0.42, 0.44], NETWORK))
    assert "no simpler candidate" in sentence
    assert "number 2" not in sentence


def at_rates(rng, scores, **settings):
    """Networks that differ in their learning rate only, with these means."""
    folds = np.array([-0.01, 0.0, 0.01])
    candidates = [
        replace(network(rng, l2=1.0, learning_rate=rate, **settings), scores={"log_loss": score + folds})
        for rate, score in scores.items()
    ]
    return board_of(outcome([*linears(2, rng, folds=3), *candidates], rng, score="log_loss"))


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ({0.001: 0.09, 0.01: 0.07, 0.1: 0.05}, "the highest learning rate (0.1)"),
        ({0.001: 0.05, 0.01: 0.07, 0.1: 0.09}, "the lowest learning rate (0.001)"),
        ({0.001: 0.07, 0.01: 0.05, 0.1: 0.09}, None),  # in the middle
        ({0.001: 0.09, 0.01: 0.053, 0.1: 0.05}, None),  # within the standard error
        ({0.01: 0.07, 0.1: 0.05}, None),  # two values have no middle
    ],
)
def test_a_best_value_at_the_edge_of_the_grid_is_said(rng, monkeypatch, scores, words):
    sentence = summary.edge_sentence(at_rates(rng, scores))
    assert sentence == "" if words is None else words in sentence
    monkeypatch.setattr(texts, "_chosen", ["zh"])
    assert bool(summary.edge_sentence(at_rates(rng, scores))) is (words is not None)


@pytest.mark.parametrize("worst", [0.2, np.nan])
def test_a_value_that_was_tried_and_was_bad_or_failed_is_no_edge(rng, worst):
    made = at_rates(rng, {0.001: 0.09, 0.01: 0.07, 0.1: 0.05, 1.0: worst})
    assert summary.edge_sentence(made) == ""


def test_nothing_is_beyond_zero_nor_known_of_a_search_that_was_stopped(rng):
    scores = {0.0: 0.05, 0.01: 0.07, 0.1: 0.09}
    assert summary.edge_sentence(at_rates(rng, scores)) == ""
    positive = at_rates(rng, {0.001: 0.05, 0.01: 0.07, 0.1: 0.09})
    stopped = replace(positive, outcome=replace(positive.outcome, planned=99))
    assert summary.edge_sentence(positive) != ""
    assert summary.edge_sentence(stopped) == ""


def test_seeds_and_words_have_no_edge(rng):
    folds = np.array([-0.01, 0.0, 0.01])
    candidates = [
        replace(
            network(rng, seed=seed, activation=name, l2=1.0, learning_rate=0.1, hidden=(seed + 1,)),
            scores={"log_loss": 0.05 + 0.02 * seed + folds},
        )
        for seed, name in enumerate(["relu", "sigmoid", "tanh"], 1)
    ]
    assert summary.edge_sentence(board_of(outcome(candidates, rng))) == ""


def test_what_was_tried_is_counted(rng):
    made = outcome([*linears(2, rng), *networks(5, rng)], rng, fits=1234, seconds=75.2, folds=4)
    sentence = summary.search_sentence(board_of(made))
    assert all(
        words in sentence for words in ("7 (", "models: 2", "networks: 5", "4 folds", "1,234", "1 min 15 s")
    )


def test_what_a_study_had_finished_is_not_counted_as_trained(rng):
    made = outcome(linears(7, rng), rng, resumed=4)
    assert "Candidates taken from the study, not trained again: 4." in summary.search_sentence(board_of(made))
    assert "trained again" not in summary.search_sentence(board_of(replace(made, resumed=0)))


def test_a_linear_winner_has_no_second_line_of_its_own(rng):
    made = outcome(linears(2, rng), rng)
    same = replace(made, held_out={**made.held_out, "linear": made.held_out["network"]})
    assert len(summary.held_out_table(board_of(made)).models) == 3
    assert len(summary.held_out_table(board_of(same)).models) == 2


def test_few_labels_are_named_and_many_counted(rng):
    few = summary.table_sentence(board_of(classification(rng, classes=("cat", "dog"))))
    assert "2 classes (cat, dog)" in few
    many = summary.table_sentence(board_of(classification(rng, classes=tuple(range(20)))))
    assert "20 classes (0, 1, 2, 3, 4, 5, …)" in many
    assert "a number" in summary.table_sentence(board_of(regression(rng)))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ((64, 32), "64, 32"),
        (0.0001, "0.0001"),
        (3e-7, "3e-07"),
        (True, "yes"),
        (None, "automatic"),
        ("relu", "relu"),
        (200, "200"),
        ("x" * 99, "x" * 23 + "…"),
    ],
)
def test_settings_are_written_as_people_write_them(value, written):
    assert setting_value(value) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0.0042, "0.0042 s"), (3.21, "3.2 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (3601, "60 min 1 s")],
)
def test_times_are_written_in_seconds_and_minutes(seconds, written):
    assert duration(seconds) == written


def test_the_settings_of_a_network_are_part_of_its_name(rng):
    made = outcome([network(rng, hidden=(16, 8), activation="tanh")], rng)
    assert "network 16, 8 tanh" in summary.answer_sentence(board_of(made))
