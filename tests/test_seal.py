"""Sealed predictions: they take one prediction, refuse nonsense, and notice every edit."""

import json
import os
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.base.errors import ChipgateError
from sim.experiment.run import Run
from sim.lessons.exercise import Predict
from sim.lessons.score import model_value, scored
from sim.lessons.seal import FILE, Prediction, read_prediction, seal_of, write_prediction
from sim.outcomes.keys import Key

ASKS = {"base": "baseline", "other": "h20-stays", "outcome": "delivered", "year": None, "in": "percent"}


def seal(folder, **more):
    given = {"sign": "higher", "size": 10, "low": 5, "high": 20, "name": "Ada", "seed": 7, **more}
    return write_prediction(folder, exercise="01-first-run", asks=ASKS, **given)


def edited(path, **changes):
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, **changes}), encoding="utf-8")


def test_what_is_sealed_is_read_back(tmp_path):
    prediction = seal(tmp_path, name="  Ada\tLovelace \x1b[31m")
    assert read_prediction(tmp_path / FILE) == prediction
    assert (prediction.sign, prediction.size, prediction.low, prediction.high) == ("higher", 10, 5, 20)
    assert prediction.name == "Ada Lovelace [31m"
    assert re.fullmatch(r"\d{5}-\d{5}-\d{5}", prediction.code)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_the_same_prediction_of_two_students_has_two_seals(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert seal(tmp_path / "a").seal != seal(tmp_path / "b").seal


def test_a_second_prediction_is_not_taken_and_the_first_stays(tmp_path):
    first = seal(tmp_path)
    with pytest.raises(ChipgateError, match="a second one is not taken"):
        seal(tmp_path, size=15)
    assert read_prediction(tmp_path / FILE) == first


@pytest.mark.parametrize(
    "change",
    [
        {"size": 15.0},
        {"low": 5},  # the same number in another spelling
        {"name": "Eve"},
        {"seed": 8},
        {"sealed": "2020-01-01T00:00:00Z"},
        {"asks": {**ASKS, "outcome": "cancelled"}},
        {"seal": "0" * 64},
        {"seal": None},
        {"more": 1},
        {"run_before": True},
    ],
    ids=str,
)
def test_every_edit_of_content_or_seal_is_found_out(change, tmp_path):
    seal(tmp_path)
    edited(tmp_path / FILE, **change)
    with pytest.raises(ChipgateError, match=r"prediction.json' has a broken seal: "):
        read_prediction(tmp_path / FILE)


def test_a_sealed_file_that_is_no_prediction_is_refused(tmp_path):
    content = {"label": "x", "size": 3.0}
    (tmp_path / FILE).write_text(json.dumps({**content, "seal": seal_of(content)}))
    with pytest.raises(ChipgateError, match=r"is not a sealed prediction: .*'exercise'"):
        read_prediction(tmp_path / FILE)


def test_a_name_that_could_not_have_been_sealed_is_refused(tmp_path):
    """Whoever knows how a seal is made could otherwise write on the teacher's terminal."""
    seal(tmp_path)
    content = json.loads((tmp_path / FILE).read_text()) | {"name": "Ada\x1b[2J"}
    (tmp_path / FILE).write_text(json.dumps({**content, "seal": seal_of(content)}))
    with pytest.raises(ChipgateError, match="is not a sealed prediction: 'name' cannot be so"):
        read_prediction(tmp_path / FILE)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("sealed", "2026-01-05T10:00:00Z\x1b[2J"),
        ("sealed", "yesterday"),
        ("sealed", "2026-1-5T10:00:00Z"),
        ("sealed", "2026-13-05T10:00:00Z"),
        ("nonce", "\x1b[2J"),
        ("nonce", "0123456789abcdeg"),
        ("nonce", ""),
        ("name", "x" * 5000),
    ],
)
def test_texts_that_no_prediction_is_sealed_with_are_refused_also_under_a_seal_that_fits(key, text, tmp_path):
    seal(tmp_path)
    content = json.loads((tmp_path / FILE).read_text()) | {key: text}
    (tmp_path / FILE).write_text(json.dumps({**content, "seal": seal_of(content)}))
    with pytest.raises(ChipgateError, match=rf"is not a sealed prediction: '{key}' cannot be so|at most 80 letters"):
        read_prediction(tmp_path / FILE)


@pytest.mark.parametrize(("make", "told"), [(os.mkfifo, "is not a file that can be read"), (os.mkdir, "is a folder")])
def test_what_is_no_file_is_refused_and_not_waited_for(make, told, tmp_path):
    make(tmp_path / FILE)
    with pytest.raises(ChipgateError, match=told):
        read_prediction(tmp_path / FILE)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[]", "it has no seal"),
        ('{"a": 1, "a": 2}', "given twice"),
        ('{"seal": NaN}', "NaN is not a number"),
        ('{"seal": 1e999}', "1e999 is not a number"),
        ('{"seal": "\\ud800"}', "a text in it is not Unicode"),
        ("[" * 19_000, "is not JSON"),
        ("\x00\xff", "is not JSON"),
        (" " * 200_000, "far too large"),
    ],
)
def test_a_broken_file_is_told(text, told, tmp_path):
    (tmp_path / FILE).write_bytes(text.encode("latin-1"))
    with pytest.raises(ChipgateError, match=told):
        read_prediction(tmp_path / FILE)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"size": 4}, "outside your interval"),
        ({"low": 30}, "lower end, 30, lies above its upper end, 20"),
        ({"size": 21}, "outside your interval"),
        ({"low": 10, "high": 10}, "no width"),
        ({"sign": "lower"}, "such as -10"),
        ({"sign": "higher", "size": -1, "low": -2}, "above 0"),
        ({"sign": "up"}, "the sign is one of"),
        ({"high": float("inf")}, "are numbers"),
        ({"size": float("nan")}, "are numbers"),
        ({"name": "x" * 81}, "at most 80"),
        ({"low": -1e308, "high": 1e308}, "between -1e[+]15 and 1e[+]15"),
    ],
    ids=str,
)
def test_a_prediction_that_contradicts_itself_is_refused_and_leaves_nothing(given, told, tmp_path):
    with pytest.raises(ChipgateError, match=told):
        seal(tmp_path, **given)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "given", [{"sign": "lower", "size": -3, "low": -9, "high": 2}, {"sign": "same", "size": 0, "low": -1, "high": 1}]
)
def test_the_other_signs_are_taken(given, tmp_path):
    assert seal(tmp_path, **given).sign == given["sign"]


def test_the_seal_does_not_depend_on_order_or_spacing():
    assert seal_of({"a": 1.5, "b": "ä"}) == seal_of(json.loads('{ "b":"\\u00e4",   "a" :1.50, "seal": "old"}'))


def test_the_code_has_fifteen_digits_that_hang_on_the_whole_seal():
    codes = [replace(prediction_of(0, 1), seal=seal).code for seal in ("0" * 64, "0" * 63 + "1", "1" + "0" * 63)]
    assert codes[:2] == ["00000-00000-00000", "00000-00000-00001"]
    assert codes[2].replace("-", "") == str(16**63)[-15:]


# --- Scores ---


def prediction_of(low, high, sign="higher"):
    return Prediction("x", ASKS, "", 1, sign, (low + high) / 2, low, high, "", False, "", "0" * 64)


@pytest.mark.parametrize(
    ("value", "inside", "missed_by", "score"),
    [(10, True, 0, 15), (5, True, 0, 15), (20, True, 0, 15), (21, False, 1, 25), (3, False, 2, 35)],
)
def test_the_interval_score_is_the_width_and_ten_times_the_miss(value, inside, missed_by, score):
    found = scored(prediction_of(5, 20), value, "higher")
    assert (found.inside, found.missed_by) == (inside, missed_by)
    assert found.score == pytest.approx(score)


@pytest.mark.parametrize(
    ("low", "high", "value", "sign", "wrong"),
    [
        (-9, -3, 14, "higher", True),  # all of it on the other side of nothing
        (-9, 1.5, 14, "higher", True),  # up to 2, nothing worth naming rises
        (-9, 3, 14, "higher", False),  # a little of it rises
        (30, 40, 14, "higher", True),  # the right way, but farther off than it is wide
        (24, 40, 14, "higher", False),  # not farther
        (-1, 1, 14, "higher", True),  # sure of nothing, and there is something
        (3, 9, 0.5, "same", True),  # sure of something, and there is nothing
        (1, 9, 0.5, "same", False),
        (-9, -3, -1, "same", False),  # wrong by less than what is worth naming
        (3, 9, -7, "lower", True),
        (-1, 20, 14, "higher", False),
    ],
)
def test_confidently_wrong_is_whose_interval_lies_in_another_direction_or_misses_by_more_than_its_width(
    low, high, value, sign, wrong
):
    assert scored(prediction_of(low, high), value, sign, smallest=2).confidently_wrong is wrong


def test_without_a_known_border_only_nought_parts_the_directions():
    assert scored(prediction_of(-90, 0), 14, "higher").confidently_wrong
    assert not scored(prediction_of(-90, 0.1), 14, "higher").confidently_wrong


@pytest.mark.parametrize(
    ("outcome", "measure", "base", "other", "value", "sign", "words"),
    [
        ("delivered", "percent", [100, 300], [110, 310], 5, "higher", "higher"),
        ("delivered", "percent", [100, 300], [97, 294], -2.25, "lower", "lower"),
        ("delivered", "percent", [100, 300], [101, 302], 0.75, "same", "about the same"),
        ("delivered", "percent", [100, 300], [100, 300], 0, "same", "about the same"),
        ("domestic_share", "points", [0.5, 0.6], [0.52, 0.62], 2, "higher", "higher"),
        ("domestic_share", "points", [0.5, 0.6], [0.505, 0.605], 0.5, "same", "about the same"),
        ("wait_median", "unit", [50, 60], [40, 50], -10, "lower", "shorter"),
        ("domestic_majority", "unit", [2025, 2026], [2026, 2027], 1, "higher", "later"),
    ],
)
def test_the_models_value_is_the_mean_over_the_pairs_in_the_measure_asked_for(
    outcome, measure, base, other, value, sign, words, tiny_run
):
    predict = Predict(question="?", base="a", other="b", outcome=outcome, measure=measure)
    runs = [
        Run.of(tiny_run.sourced, 1, [0, 1], {Key(outcome): np.array(values, dtype=float)}, {})
        for values in (base, other)
    ]
    found = model_value(predict, *runs)
    assert found.value == pytest.approx(value)
    assert (found.sign, found.direction) == (sign, words)


def test_a_difference_that_does_not_exist_is_told(tiny_run):
    predict = Predict(question="?", base="a", other="b", outcome="review_weeks", measure="unit")
    run = Run.of(tiny_run.sourced, 1, [0, 1], {Key("review_weeks"): np.array([np.nan, np.nan])}, {})
    with pytest.raises(ChipgateError, match="has no difference between a and b"):
        model_value(predict, run, run)


@given(st.floats(-2, 2), st.floats(0.05, 4))
def test_nobody_gains_by_another_interval_than_the_one_believed(shift, stretch):
    """Over evenly spread values from 0 to 1, the honest interval, 0.1 to 0.9, scores best on average."""
    values = [(i + 0.5) / 200 for i in range(200)]

    def average(low, high):
        return sum(scored(prediction_of(low, high), value, "higher").score for value in values) / len(values)

    assert average(0.1, 0.9) <= average(0.5 + shift - 0.4 * stretch, 0.5 + shift + 0.4 * stretch) + 1e-9
