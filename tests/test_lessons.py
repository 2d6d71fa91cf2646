"""Exercises from the outside: listing, starting, predicting, checking, and every way to get it wrong."""

import dataclasses
import json
import math
import os
import shutil
from dataclasses import replace

import pytest
from exercise_runs import Small, begun, checked, predict
from lesson_world import EXERCISE, make_exercise

import sim.lessons.exercise
from sim.base.errors import ChipgateError
from sim.base.expressions import ExpressionError
from sim.base.label import LABEL
from sim.cli import main
from sim.experiment.run import Run, run_scenario
from sim.lessons.check import Runs, check, judged
from sim.lessons.edits import Changed, changes
from sim.lessons.exercise import Predict, Property, all_exercises, exercise_names, find, read_exercise
from sim.lessons.language import FUNCTIONS, BlankAnswerError, Lazy, Names, evaluate, filled
from sim.lessons.score import refuse_contradiction, scored
from sim.lessons.seal import read_prediction
from sim.lessons.texts import list_text, number_text, question_text, score_lines
from sim.lessons.work import ANSWERS, LOG, lay_out_rest, read_log, read_work, start
from sim.outcomes.keys import Key
from sim.scenario.load import load
from sim.studies.relax import relax

RUNNER = Small(6)


@pytest.fixture(scope="session")
def folder_of_exercises(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exercises")
    make_exercise(folder / "01-tiny")
    make_exercise(folder / "02-tiny-again")
    return folder


@pytest.fixture
def tiny_exercises(folder_of_exercises, monkeypatch):
    """Two exercises over a tiny world in place of the shipped ones."""
    monkeypatch.setattr(sim.lessons.exercise, "exercise_folder", lambda: folder_of_exercises)
    return folder_of_exercises


@pytest.fixture
def exercise(tiny_exercises):
    return read_exercise(tiny_exercises / "01-tiny")


@pytest.fixture
def work(exercise, here):
    """A folder of it with a prediction, in which the test stands."""
    folder = begun(exercise, here / "01-tiny", seed=3)
    os.chdir(folder)
    return folder


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def write_scenario(folder, more):
    (folder / "scenario.yaml").write_text((folder / "scenario.yaml").read_text() + more, encoding="utf-8")


def answer(folder, **answers):
    for key, text in answers.items():
        edit(folder / ANSWERS, f"\n  {key}:\n", f"\n  {key}: {text}\n")


def solve(folder, exercise):
    runs = Runs(read_work(exercise, folder), RUNNER)
    level = float(runs.lazy("base").run["delivered"].mean())
    more = float(runs.lazy("more").run["delivered"].mean())
    answer(
        folder, level=f"{level * 1.001} A100e", way="more" if more > level else "less", word="SESAME", why="it is so"
    )
    write_scenario(folder, "foundry: {wafer_starts: 800 wafers/week}\n")


# --- list, show ---


def test_the_shipped_exercises_are_listed_with_minutes_and_goals(chipgate):
    status, out, _ = chipgate("lesson", "list")
    assert status == 0
    for name in exercise_names():
        assert name in out
    rows = json.loads(chipgate("lesson", "list", "--json")[1])["exercises"]
    assert [row["name"] for row in rows] == exercise_names()
    assert all(20 <= row["minutes"] <= 60 and row["goal"] for row in rows)


def test_a_broken_folder_is_named_and_the_others_are_listed(tmp_path, monkeypatch, chipgate):
    make_exercise(tmp_path / "01-tiny")
    make_exercise(tmp_path / "02-bent", "title: [")
    monkeypatch.setattr(sim.lessons.exercise, "exercise_folder", lambda: tmp_path)
    status, out, err = chipgate("lesson", "list")
    assert status == 1
    assert "01-tiny" in out
    assert "02-bent" not in out
    assert "02-bent is broken and not listed: " in err
    assert "02-bent/exercise.yaml" in err
    data = json.loads(chipgate("lesson", "list", "--json")[1])
    assert [row["name"] for row in data["exercises"]] == ["01-tiny"]
    assert list(data["broken"]) == ["02-bent"]
    with pytest.raises(ChipgateError, match="02-bent"):
        all_exercises()


@pytest.mark.usefixtures("tiny_exercises")
@pytest.mark.parametrize("wanted", ["1", "01", "tiny", "01-tiny", "01-t", "TINY", "01-tiny/"])
def test_an_exercise_is_found_by_number_name_or_beginning(wanted):
    assert find(wanted).name == "01-tiny"


@pytest.mark.usefixtures("tiny_exercises")
@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("ti", "'ti' may be 01-tiny or 02-tiny-again"),
        ("9", "there is no exercise '9'"),
        ("²", "there is no exercise '²'"),
        ("١", "there is no exercise '١'"),
        ("1" * 5000, "there is no exercise '111"),
        ("tinny", "did you mean 'tiny'"),
        ("", "there is no exercise ''"),
        ("../x", "there is no exercise"),
    ],
)
def test_a_wrong_number_or_name_is_told(wanted, told, chipgate):
    status, out, err = chipgate("lesson", "show", wanted)
    assert (status, out) == (2, "")
    assert told in err


@pytest.mark.usefixtures("tiny_exercises")
def test_the_pages_are_shown_and_the_teachers_says_what_a_seal_is_worth(chipgate):
    assert "# 01. Tiny\n" in chipgate("lesson", "show", "1")[1]
    page = chipgate("lesson", "show", "1", "--teacher")[1]
    assert "the teacher's page" in page
    assert "A seal detects edits, not cheating" in page


@pytest.mark.usefixtures("tiny_exercises")
def test_the_page_ends_with_what_to_predict_until_that_is_sealed(chipgate, here):
    told = "there is more than before"
    page = chipgate("lesson", "show", "1")[1]
    assert "What do twice the wafers change?" in page
    assert "chipgate lesson show 1 --all" in page
    assert told not in page
    assert told in chipgate("lesson", "show", "1", "--all")[1]
    begun(find("1"), here / "01-tiny", seed=3)
    assert told in chipgate("lesson", "show", "1")[1]
    assert told not in chipgate("lesson", "show", "2")[1]
    os.chdir("01-tiny")
    assert told in chipgate("lesson", "show", "1")[1]
    assert told not in chipgate("lesson", "show", "2")[1]


# --- start ---


@pytest.mark.usefixtures("tiny_exercises")
def test_start_lays_out_what_the_student_needs_and_nothing_more(chipgate, here):
    status, out, _ = chipgate("lesson", "start", "1", "--seed", "5", "--name", 'Ada "A." O\'Hara: #1')
    assert status == 0
    assert "chipgate lesson predict 1" in out
    assert "foundry.wafer_starts: 80 wafers/week to 900 wafers/week" in out
    assert sorted(os.listdir(here)) == ["01-tiny"]
    assert sorted(os.listdir(here / "01-tiny")) == ["README.md", ANSWERS, "base.yaml", "scenario.yaml"]
    work = read_work(find("1"), None)
    assert (work.seed, work.name) == (5, 'Ada "A." O\'Hara: #1')
    assert set(work.answers.values()) == {None}


def test_what_could_tell_the_answer_is_laid_out_with_the_seal(exercise, here):
    folder = here / "w"
    start(exercise, folder, seed=3, name="Ada")
    before = {path.name: path.read_text() for path in folder.iterdir()}
    assert exercise.opening in before["README.md"]
    assert "there is more than before" not in before["README.md"]
    assert not any(question.question in before[ANSWERS] for question in exercise.machine.answers.values())
    predict(folder, exercise)
    assert (folder / "README.md").read_text() == exercise.readme
    answers = (folder / ANSWERS).read_text()
    assert answers.startswith(before[ANSWERS])
    assert all(f"\n  {key}:\n" in answers for key in exercise.machine.answers)
    assert read_work(exercise, folder).name == "Ada"


def test_what_a_student_wrote_stays_when_the_rest_is_laid_out(exercise, here):
    folder = here / "w"
    start(exercise, folder, seed=3)
    (folder / "README.md").write_text((folder / "README.md").read_text() + "My note.\n")
    (folder / ANSWERS).write_text((folder / ANSWERS).read_text() + "answers:\n  way: more\n")
    predict(folder, exercise)
    predicted = {path.name: path.read_text() for path in folder.iterdir()}
    assert "My note.\n" in predicted["README.md"]
    assert predicted["README.md"].endswith(exercise.rest)
    assert predicted[ANSWERS].endswith("answers:\n  way: more\n")
    lay_out_rest(exercise, folder)
    assert {path.name: path.read_text() for path in folder.iterdir()} == predicted


def test_a_seal_holds_where_the_rest_cannot_be_laid_out(exercise, here, monkeypatch):
    folder = here / "w"
    start(exercise, folder, seed=3)
    before = (folder / "README.md").read_text()
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(ChipgateError, match=r"your prediction is sealed, but .* No space left\n.*show 1 --all"):
        predict(folder, exercise)
    assert (folder / "README.md").read_text() == before
    assert sorted(os.listdir(folder)) == sorted(["README.md", ANSWERS, "base.yaml", "prediction.json", "scenario.yaml"])


def test_a_page_saved_in_another_encoding_stays_and_the_questions_come(exercise, here):
    folder = here / "w"
    start(exercise, folder, seed=3)
    mine = (folder / "README.md").read_text().encode("utf-16")
    (folder / "README.md").write_bytes(mine)
    predict(folder, exercise)
    assert (folder / "README.md").read_bytes() == mine
    assert "\nanswers:\n" in (folder / ANSWERS).read_text()


def test_what_could_not_be_laid_out_with_the_seal_is_laid_out_by_a_check(exercise, here):
    folder = here / "w"
    begun(exercise, folder, seed=3)
    (folder / "README.md").write_text(exercise.opening)
    checked(exercise, folder, Small(2))
    assert (folder / "README.md").read_text() == exercise.readme


@pytest.mark.usefixtures("tiny_exercises")
def test_students_get_seeds_of_their_own(here):
    seeds = {start(find("1"), here / str(number)) for number in range(5)}
    assert len(seeds) > 1
    assert min(seeds) >= 1


@pytest.mark.usefixtures("tiny_exercises")
def test_start_refuses_a_folder_that_exists_and_leaves_it_alone(chipgate, here):
    (here / "01-tiny").mkdir()
    (here / "01-tiny" / "mine.txt").write_text("mine")
    status, _, err = chipgate("lesson", "start", "1")
    assert status == 2
    assert "'01-tiny' exists already; name another folder" in err
    assert "--overwrite" not in err
    assert os.listdir(here / "01-tiny") == ["mine.txt"]
    assert os.listdir(here) == ["01-tiny"]


def test_start_writes_all_or_nothing(exercise, here, monkeypatch):
    monkeypatch.setattr("pathlib.Path.rename", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(ChipgateError, match="No space left; nothing was kept"):
        start(exercise, here / "x")
    assert os.listdir(here) == []


# --- predict ---


@pytest.mark.usefixtures("tiny_exercises")
@pytest.mark.parametrize(("name", "typed"), [("Ada", ""), ("", "Ada\n")])
def test_a_prediction_is_asked_for_and_sealed(name, typed, here):
    from click.testing import CliRunner

    start(find("1"), here / "01-tiny", seed=5, name=name)
    done = CliRunner().invoke(main, ["lesson", "predict", "1"], input=f"{typed}lower\n-4\n-9.5\n1\n")
    assert done.exit_code == 0, done.output
    assert "What do twice the wafers change?" in done.stdout
    assert "lower, -4 %; 80 % interval -9.5 to +1 %" in done.stdout
    content = json.loads((here / "01-tiny" / "prediction.json").read_text())
    assert (content["name"], content["seed"], content["size"]) == ("Ada", 5, -4)
    assert LABEL in done.stdout
    code = read_prediction(here / "01-tiny" / "prediction.json").code
    assert f"code is {code}." in done.stdout


def typed(lines, *options):
    from click.testing import CliRunner

    return CliRunner().invoke(main, ["lesson", "predict", "1", *options], input="".join(f"{x}\n" for x in lines))


@pytest.mark.usefixtures("tiny_exercises")
@pytest.mark.parametrize(
    ("lines", "options", "told"),
    [
        (["higher", -4, "lower", -4, -9.5, 1], [], "'higher' means a size above 0, not -4. Once more, or another"),
        (["lower", -1, -4, -9.5, 1], [], "say 'same', or a size further from 0. Once more, or another direction:"),
        (["lower", 4, -4, -9.5, 1], [], "'lower' means a size below 0, such as -4, not 4. Once more, or another"),
        (["same", -4, "less", -4, -9.5, 1], [], "say 'lower'. Once more, or another direction:"),
        (["shorter", -4, -9.5, 1], [], None),
        (["up", "Fewer", -4, -9.5, 1], [], None),
        (["wider", "LOWER", -4, -9.5, 1], [], "'wider' is not one of 'higher', 'lower', 'same'."),
        (["lower", -4, 1, -9.5, -9.5, 1], [], "lower end, 1, lies above its upper end, -9.5. Once more:"),
        (["lower", -4, -3, 1, -9.5, 1], [], "size -4 lies outside your interval, -3 to 1. Once more:"),
        ([4, -4, -9.5, 1], ["--sign", "lower"], "'lower' means a size below 0, such as -4, not 4. Once more, or"),
        (["higher", "less", -9.5, 1], ["--size", "-4"], "'higher' means a size above 0, not -4. Once more:"),
        ([3, 1], ["--sign", "lower", "--size", "-4", "--low", "-9.5"], None),
        (["lower", "nan", -4, -9.5, 1], [], "size, low and high are numbers. Once more, or another direction:"),
    ],
)
def test_what_contradicts_itself_is_asked_again_and_nothing_before_it_lost(lines, options, told, here):
    start(find("1"), here / "01-tiny", seed=5, name="Ada")
    done = typed(lines, *options)
    assert done.exit_code == 0, done.output
    assert told is None or told in " ".join(done.output.split())
    content = json.loads((here / "01-tiny" / "prediction.json").read_text())
    assert (content["sign"], content["size"], content["low"], content["name"]) == ("lower", -4, -9.5, "Ada")


@pytest.mark.usefixtures("tiny_exercises")
def test_a_name_too_long_is_asked_again_before_anything_else(here):
    start(find("1"), here / "01-tiny", seed=5)
    done = typed(["x" * 81, "Ada", "lower", -4, -9.5, 1])
    assert done.exit_code == 0, done.output
    assert "a name has at most 80 letters" in done.output
    assert json.loads((here / "01-tiny" / "prediction.json").read_text())["name"] == "Ada"


@pytest.mark.usefixtures("tiny_exercises")
@pytest.mark.parametrize("word", ["lower", " Longer", "same"])
def test_a_direction_typed_for_a_name_is_told_and_the_name_asked_again(word, here):
    start(find("1"), here / "01-tiny", seed=5)
    done = typed([word, "Ada", "lower", -4, -9.5, 1])
    assert done.exit_code == 0, done.output
    assert f"'{word.strip()}' is a direction, which is asked next" in done.output
    assert json.loads((here / "01-tiny" / "prediction.json").read_text())["name"] == "Ada"


@pytest.mark.usefixtures("tiny_exercises")
def test_a_direction_given_as_an_option_may_be_said_in_other_words(here):
    start(find("1"), here / "01-tiny", seed=5)
    done = typed([], "--sign", "less", "--size", "-4", "--low", "-9.5", "--high", "1")
    assert done.exit_code == 0, done.output
    assert json.loads((here / "01-tiny" / "prediction.json").read_text())["sign"] == "lower"


@pytest.mark.parametrize(
    ("number", "asked"),
    [("4", "higher (longer), lower (shorter) or same"), ("1", "higher (more), lower (less) or same")],
)
def test_the_way_is_asked_for_in_the_exercises_own_words(number, asked, here):
    from click.testing import CliRunner

    start(find(number), here / "work", seed=5, name="Ada")
    assert asked in CliRunner().invoke(main, ["lesson", "predict", number, "work"], input="").output


@pytest.mark.usefixtures("tiny_exercises")
@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("", [], "5 questions follow."),
        ("Ada", [], "4 questions follow."),
        ("Ada", ["--sign", "lower", "--size", "-4", "--low", "-9"], "1 question follows."),
    ],
)
def test_who_is_asked_knows_how_many_questions_follow(name, options, told, here):
    start(find("1"), here / "01-tiny", seed=5, name=name)
    assert told in typed([], *options).output.splitlines()


@pytest.mark.usefixtures("tiny_exercises")
@pytest.mark.parametrize(
    "options",
    [
        ["--sign", "lower", "--size", "4"],
        ["--low", "3", "--high", "1"],
        ["--low", "3", "--high", "3"],
        ["--size", "2", "--low", "3"],
        ["--name", "x" * 81],
        ["--sign", "lower", "--size", "-4", "--low", "1", "--high", "2"],
    ],
    ids=str,
)
def test_options_that_contradict_each_other_are_a_mistake_before_anything_is_asked(options, here):
    start(find("1"), here / "01-tiny", seed=5)
    done = typed(["Ada", "lower", -4, -9.5, 1], *options)
    assert done.exit_code == 2
    assert "follow" not in done.output
    assert not (here / "01-tiny" / "prediction.json").exists()


@pytest.mark.parametrize(
    ("outcome", "measure", "sign", "size", "told"),
    [
        ("delivered", "percent", "same", 1.9, None),
        ("delivered", "percent", "same", 2.0, "less than 2 % either way, and your size is 2; say 'higher'"),
        ("delivered", "percent", "same", -40, "say 'lower'"),
        ("delivered", "percent", "higher", 2.0, None),
        ("delivered", "percent", "lower", -1.9, "and so is your size, -1.9; say 'same'"),
        ("readiness", "points", "same", 0.5, None),
        ("readiness", "points", "higher", 0.5, "less than 1 percentage point either way"),
        ("grey_share", "percent", "lower", -0.1, None),  # in % of a mean that nobody knows yet
    ],
)
def test_a_sign_that_its_own_size_belies_is_refused(outcome, measure, sign, size, told):
    asked = Predict(question="?", base="a", other="b", outcome=outcome, measure=measure)
    if told is None:
        refuse_contradiction(asked, sign, size)
        return
    with pytest.raises(ChipgateError) as error:
        refuse_contradiction(asked, sign, size)
    assert told in str(error.value)


@pytest.mark.usefixtures("tiny_exercises")
def test_a_sign_that_its_size_belies_seals_nothing(chipgate, here):
    start(find("1"), here / "01-tiny", seed=5)
    before = {path.name: path.read_text() for path in (here / "01-tiny").iterdir()}
    terms = ["--size", "1", "--low", "0.5", "--high", "3", "--name", "Ada"]
    status, _, err = chipgate("lesson", "predict", "1", "--sign", "higher", *terms)
    assert (status, "say 'same'" in err) == (2, True)
    assert {path.name: path.read_text() for path in (here / "01-tiny").iterdir()} == before
    assert chipgate("lesson", "predict", "1", "--sign", "same", *terms)[0] == 0  # 0 need not lie in the interval


PREDICT = ["--sign", "higher", "--size", "3", "--low", "1", "--high", "9"]


@pytest.mark.parametrize(
    ("outcome", "measure", "border"),
    [
        ("delivered", "percent", "less than 2 % of its mean either way."),
        ("review_weeks", "percent", "less than 1 week either way, however much that is in %."),
        ("review_weeks", "unit", "less than 1 week either way."),
        ("grey_share", "percent", "less than 0.5 points either way, however much that is in %."),
        ("readiness", "points", "less than 1 point either way."),
        ("domestic_majority", "unit", "less than 5 weeks either way, however much that is in years."),
    ],
)
def test_the_border_of_same_stands_in_its_own_unit_and_says_where_that_is_not_the_one_asked_for(
    outcome, measure, border
):
    asked = Predict(question="?", base="a", other="b", outcome=outcome, measure=measure)
    text = " ".join(question_text(asked).split())
    assert text.endswith(f"'same' means {border}")


@pytest.mark.parametrize(
    ("value", "unit", "signed", "text"),
    [
        (1, "weeks", True, "+1 week"),
        (-1, "percentage points", True, "-1 percentage point"),
        (1, "weeks", False, "1 week"),
        (1.5, "weeks", True, "+1.5 weeks"),
        (10, "weeks", False, "10 weeks"),
        (1, "%", True, "+1 %"),
        (0, "%", True, "0 %"),
        (-0.0, "weeks", True, "0 weeks"),
        (-123_456_789, "", True, "-123,000,000"),
        (-1e15, "", True, "-1e+15"),
    ],
)
def test_a_single_unit_has_no_plural(value, unit, signed, text):
    assert number_text(value, unit, signed) == text


def test_two_percentages_lie_percentage_points_apart(work, exercise):
    report = checked(exercise, work, RUNNER)
    score = scored(report.prediction, report.prediction.high + 51.3, "higher")
    report = replace(report, score=score)
    text = " ".join(" ".join(score_lines(report)).split())
    assert "outside your interval, by 51.3 percentage points." in text
    assert f"Interval score: {score.score:.3g} percentage points;" in text
    assert "the interval's width, 19 percentage points, and 10 times" in text
    assert "higher, +5 %; 80 % interval +1 to +20 %" in text


def test_a_small_difference_is_said_to_count_as_the_same(work, exercise):
    report = checked(exercise, work, RUNNER)
    score = scored(report.prediction, 1.4, "same", 2.0)
    told = score_lines(replace(report, score=score, model=replace(report.model, value=1.4, sign="same")))
    assert "You said higher; less than 2 % either way counts as the same." in " ".join(" ".join(told).split())


def test_a_second_prediction_is_refused_before_anything_is_asked(work, chipgate):
    before = (work / "prediction.json").read_bytes()
    status, out, err = chipgate("lesson", "predict", "1")
    assert (status, out) == (2, "")
    assert "a second one is not taken" in err
    assert (work / "prediction.json").read_bytes() == before


def test_after_a_check_it_is_too_late_for_a_prediction(work, chipgate):
    chipgate("lesson", "check", "1")
    (work / "prediction.json").unlink()
    status, _, err = chipgate("lesson", "predict", "1", *PREDICT)
    assert status == 2
    assert "too late" in err
    assert not (work / "prediction.json").exists()


def test_a_prediction_beside_results_says_so(exercise, here, chipgate):
    start(exercise, here / "w", seed=5)
    (here / "w" / "results").mkdir()
    status, out, _ = chipgate("lesson", "predict", "1", "w", *PREDICT, "--json")
    assert status == 0
    assert json.loads(out)["run_before"] is True
    assert json.loads(out)["label"] == LABEL


def test_nonsense_is_refused_and_nothing_sealed(exercise, here, chipgate):
    start(exercise, here / "w", seed=5)
    status, _, err = chipgate(
        "lesson", "predict", "1", "w", "--sign", "lower", "--size", "3", "--low", "-1", "--high", "9"
    )
    assert status == 2
    assert "'lower' means a size below 0" in err
    assert not (here / "w" / "prediction.json").exists()


# --- check: what holds ---


def test_a_solution_passes_and_the_prediction_is_scored(work, exercise, chipgate):
    solve(work, exercise)
    status, out, err = chipgate("lesson", "check", "1")
    assert status == 0, out + err
    assert "All of it holds" in out
    assert "Why so?" in out, "the questions of the page"
    assert "does not hold" not in out
    assert "Your prediction, seal" in out
    assert "Interval score" in out
    assert LABEL in out


@pytest.mark.usefixtures("work")
def test_what_does_not_hold_is_told_with_hints_that_help_more_each_time(chipgate):
    hints = []
    for number in (1, 2, 3, 4):
        status, out, _ = chipgate("lesson", "check", "1", "--json")
        report = json.loads(out)
        assert status == 1
        assert (report["number"], report["passed"]) == (number, False)
        hints.append(report["properties"][0]["hint"])
    assert hints == [
        "Try more wafers.",
        "Try many more wafers.",
        "Try the top of the range.",
        "Try the top of the range.",
    ]
    assert [p["detail"] for p in report["properties"][1:]] == [
        "'level' in answers.yaml is still blank.",
        "'way' in answers.yaml is still blank.",
        "'word' in answers.yaml is still blank.",
        "The changes add up to 0.0.",
        "It has 0 words so far; 3 are wanted.",
    ]
    assert "0 of 6 runs; 6 are needed" in report["properties"][0]["detail"]


def test_checks_of_another_prediction_are_not_counted(work, exercise, here):
    other = begun(exercise, here / "other", seed=3)
    checked(exercise, other, RUNNER)
    shutil.copy(other / LOG, work / LOG)
    report = checked(exercise, work, RUNNER)
    assert report.number == 1
    assert report.findings[0].hint == "Try more wafers."
    assert len((work / LOG).read_text().splitlines()) == 2, "nothing is lost"


def test_a_check_tells_no_answer(work, exercise, chipgate):
    answer(work, level="1 A100e", way="less", word="x")
    out = chipgate("lesson", "check", "1")[1]
    level = float(Runs(read_work(exercise, work), RUNNER).lazy("base").run["delivered"].mean())
    assert f"{level:.3g}" not in out
    assert f"{level:,.0f}" not in out
    assert "esame" not in out


def test_the_check_is_on_the_students_own_seed(work, exercise, here):
    other = begun(exercise, here / "other", seed=4)
    values = [checked(exercise, folder, RUNNER).model.value for folder in (work, other)]
    assert values[0] != values[1]
    assert checked(exercise, work, RUNNER).model.value == values[0]


def test_the_model_value_is_the_paired_difference_in_percent(work, exercise):
    report = checked(exercise, work, RUNNER)
    runs = Runs(report.work, RUNNER)
    base, more = (runs.lazy(name).run["delivered"] for name in ("base", "more"))
    assert report.model.value == pytest.approx(100 * (more - base).mean() / base.mean())


def test_a_scenario_named_on_the_command_line_is_checked_in_place_of_the_file(work, chipgate):
    shutil.copy(work / "scenario.yaml", work / "second.yaml")
    edit(work / "second.yaml", "title: Mine", "title: Second\nfoundry: {wafer_starts: 800 wafers/week}")
    for given in (work / "second.yaml", "second.yaml"):
        report = json.loads(chipgate("lesson", "check", "1", given, "--json")[1])
        assert report["properties"][0]["holds"]
    assert not json.loads(chipgate("lesson", "check", "1", work / ANSWERS, "--json")[1])["properties"][0]["holds"]


def test_a_check_says_which_file_it_looked_at_where_that_is_not_the_exercises_own(work, chipgate):
    shutil.copy(work / "scenario.yaml", work / "second.yaml")
    assert "\n01-tiny: check 1 of second.yaml, seed 3," in chipgate("lesson", "check", "1", "second.yaml")[1]
    for number, own in enumerate(("scenario.yaml", ANSWERS, "README.md", "prediction.json", LOG, "."), start=2):
        assert f"\n01-tiny: check {number}, seed 3," in chipgate("lesson", "check", "1", own)[1]
    assert json.loads(chipgate("lesson", "check", "1", "second.yaml", "--json")[1])["file"] == "second.yaml"


def test_a_file_that_is_no_scenario_is_refused_and_nothing_else_checked_in_its_place(work, chipgate):
    (work / "good.txt").write_text((work / "scenario.yaml").read_text())
    status, out, err = chipgate("lesson", "check", "1", "good.txt")
    assert (status, out) == (2, "")
    assert "'good.txt' is not a scenario: name a YAML file, such as scenario.yaml, or the folder" in err
    assert not (work / LOG).exists()


def test_an_exercise_without_a_file_to_edit_refuses_one_and_takes_its_own(here):
    text = EXERCISE.replace(EXERCISE[EXERCISE.index("edit:") : EXERCISE.index("files:")], "")
    gains = text.index("  gains:")
    text = text[:gains] + text[text.index("  level-read:") : text.index("  gentle:")]
    text = text.replace("  gain: yours.delivered / base.delivered\n", "  gain: more.delivered / base.delivered\n")
    text = text.replace('  calm: {scenario: yours, set: {foundry.lot_cv: "0"}}\n', "")
    exercise = read_exercise(make_exercise(here / "x" / "01-tiny", text))
    work = begun(exercise, here / "w", seed=3)
    (work / "mine.yaml").write_text("extends: base.yaml\n")
    with pytest.raises(ChipgateError, match=r"has no file to edit, so '.*mine.yaml' is not checked; leave it out"):
        read_work(exercise, work / "mine.yaml")
    assert read_work(exercise, work / "base.yaml").file is None


def test_a_check_says_where_results_lay_there_before_the_seal(exercise, here, chipgate):
    start(exercise, here / "w", seed=5)
    (here / "w" / "results").mkdir()
    predict(here / "w", exercise)
    begun(exercise, here / "v", seed=5)
    told = "Sealed after a run: results lay in this folder before the prediction."
    assert told in chipgate("lesson", "check", "1", "w")[1]
    assert told not in chipgate("lesson", "check", "1", "v")[1]


# --- check: edits ---


@pytest.mark.parametrize(
    "change",
    [
        "foundry: {wafer_starts: 900 wafers/week}",
        "efficiency: off",
        "memory: {domestic: {cxmt: off}}",
        "memory: {domestic: {cxmt: {rate: 1 stack/week, growth: 5 %/year}}}",
        "question: Another?",
        "look_at: [delivered]",
        "policies: {h20-block: {source: mine}}",
    ],
)
def test_an_allowed_change_is_taken(change, work, exercise):
    write_scenario(work, change + "\n")
    assert checked(exercise, work, RUNNER).number == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("foundry: {wafer_starts: 901 wafers/week}", "outside its range, 80 wafers/week to 900 wafers/week"),
        ("foundry: {growth: 80 %/year}", "'foundry.growth' = 80 %/year (it was 50 %/year) may not change"),
        ("efficiency: {rebound: 0}", "may be taken out ('efficiency: off'), not changed otherwise"),
        ("grey: off", "'grey.base' (taken out) may not change"),
        ("policies: {mine: {effective: 2024-01-01, ban: {product: h800}}}", "'policies.mine.ban.product' = h800 (new)"),
        ("imports: {a800: {power: 1 kW}}", "'imports.a800.power'"),
        ("projects: {datong: {arrives: 2023-06-01}}", "'projects.datong.arrives' = 2023-06-01"),
    ],
)
def test_any_other_change_is_refused_with_its_place_and_what_is_allowed(change, told, work, chipgate):
    write_scenario(work, change + "\n")
    line = len((work / "scenario.yaml").read_text().splitlines())
    status, out, err = chipgate("lesson", "check", "1")
    assert (status, out) == (2, "")
    assert told in err
    assert "What you may change:\n  foundry.wafer_starts: 80 wafers/week to 900 wafers/week" in err
    assert "taken out)" in err or f"scenario.yaml:{line}: " in err
    assert not (work / LOG).exists()


@pytest.mark.parametrize(
    ("change", "effort", "many"),
    [
        ("foundry: {wafer_starts: 800 wafers/week}", 7, 1),
        ("foundry: {wafer_starts: 80 wafers/week}", 0.2, 1),
        ("foundry: {wafer_starts: 80 wafers/week}\nefficiency: off", 3.2, 4),
    ],
)
def test_the_effort_is_the_sum_of_relative_changes_and_counts_one_for_what_is_no_number(
    change, effort, many, work, exercise
):
    write_scenario(work, change + "\n")
    found = changes(exercise.machine.edit, exercise.scenario("base.yaml"), load(work / "scenario.yaml"))
    assert len(found) == many
    assert sum(each.effort for each in found) == pytest.approx(effort)
    [gentle] = [finding for finding in checked(exercise, work, RUNNER).findings if finding.name == "gentle"]
    assert gentle.detail == f"The changes add up to {effort:.1f}."
    assert gentle.holds == (many == 1)


@pytest.mark.parametrize(
    ("before", "after", "effort"),
    [
        (2.0, 1.0, 0.5),
        (2.0, 3.0, 0.5),
        (-2.0, 1.0, 1.5),
        (-2.0, -3.0, 0.5),
        (-2.0, -1.0, 0.5),
        (2.0, -2.0, 2.0),
        (0.0, -5.0, 1.0),
        ("a", "b", 1.0),
        (None, 3.0, 1.0),
        (3.0, None, 1.0),
    ],
)
def test_no_change_gives_effort_back_also_of_a_number_below_nought(before, after, effort):
    assert Changed("key", before, after).effort == pytest.approx(effort)


def test_runs_may_have_settings_laid_over_them_or_a_constraint_relaxed(work, exercise):
    write_scenario(work, "foundry: {wafer_starts: 300 wafers/week}\n")
    runs = Runs(read_work(exercise, work), RUNNER)
    settings = {"foundry.lot_cv": "0"}
    expected = {
        "yours": load(work / "scenario.yaml"),
        "calm": load(work / "scenario.yaml", settings),
        "unbound": relax(exercise.scenario("base.yaml"), "wafers"),
        "base": exercise.scenario("base.yaml"),
    }
    means = {name: runs.lazy(name).run["delivered"].mean() for name in expected}
    assert means == {name: run_scenario(s, 6, 3, workers=1)["delivered"].mean() for name, s in expected.items()}
    assert len(set(means.values())) == 4


def test_dates_and_starred_keys_have_ranges_too(work, exercise):
    text = (work / "scenario.yaml").read_text()
    (work / "scenario.yaml").write_text(
        text.replace("2024-04-01", "2024-05-01").replace("state: {", "state: {patience: 41 weeks, ")
    )
    assert checked(exercise, work, RUNNER).number == 1
    (work / "scenario.yaml").write_text(
        text.replace("2024-04-01", "2024-07-01").replace("state: {", "state: {patience: 39 weeks, ")
    )
    with pytest.raises(ChipgateError, match=r"(?s)window.end.*2024-06-01.*demand.state.patience"):
        checked(exercise, work, RUNNER)


def test_a_base_changed_in_the_students_folder_is_a_change_too(work, chipgate):
    edit(work / "base.yaml", "wafer_starts: 100 wafers/week}", "wafer_starts: 100 wafers/week, growth: 10 %/year}")
    assert chipgate("lesson", "check", "1")[0] == 2


# --- check: bad input ---


def test_a_check_needs_a_prediction(exercise, here, chipgate):
    start(exercise, here / "w", seed=5)
    status, out, err = chipgate("lesson", "check", "1", "w")
    assert (status, out) == (2, "")
    assert "chipgate lesson predict 1" in err
    assert not (here / "w" / LOG).exists()


@pytest.mark.parametrize(("old", "new"), [('"size": 5.0', '"size": 6.0'), ('"seal": "', '"seal": "f')])
def test_an_edited_prediction_or_seal_is_refused(old, new, work, chipgate):
    edit(work / "prediction.json", old, new)
    status, _, err = chipgate("lesson", "check", "1")
    assert status == 2
    assert "was changed after sealing" in err
    assert not (work / LOG).exists()


def test_the_folder_of_another_exercise_is_refused(work, chipgate):
    line = 1 + (work / ANSWERS).read_text().splitlines().index("exercise: 01-tiny")
    status, _, err = chipgate("lesson", "check", "2")
    assert status == 2
    assert "these are the answers of '01-tiny', not of 02-tiny-again" in err
    assert f"{ANSWERS}:{line}" in err


def test_the_prediction_of_another_exercise_is_refused(work, chipgate):
    edit(work / ANSWERS, "exercise: 01-tiny", "exercise: 02-tiny-again")
    status, _, err = chipgate("lesson", "check", "2")
    assert status == 2
    assert "this prediction is of 01-tiny" in err


def test_another_seed_than_the_sealed_one_is_refused(work, chipgate):
    edit(work / ANSWERS, "seed: 3", "seed: 4")
    status, _, err = chipgate("lesson", "check", "1")
    assert status == 2
    assert "answers.yaml says seed 4, but the prediction was sealed with seed 3" in err


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"way": "sideways"}, "'sideways' is not among the choices"),
        ({"level": "many"}, "'many' is not a quantity"),
        ({"level": "3 weeks"}, "'weeks' does not measure this"),
        ({"level": "[1, 2]"}, "'answers.level' takes one value here"),
        ({"why": "because: it is"}, "put the text in quotes"),
    ],
)
def test_an_answer_that_cannot_be_read_is_told_at_its_place(answers, told, work, chipgate):
    answer(work, **answers)
    status, _, err = chipgate("lesson", "check", "1")
    assert status == 2
    assert told in err
    assert f"{ANSWERS}:" in err


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  way:", "  wya:", "unknown key 'wya' in 'answers'"),
        ("seed: 3", "seed: many", "'many' is not a whole number"),
        ("seed: 3", "seed: ²", "'²' is not a whole number"),
        ("seed: 3", f"seed: {'9' * 5000}", "is not a whole number"),
        ("seed: 3", "seed:", "it is the one that 'lesson start' wrote"),
        ("seed: 3", "# seed", "the seed is missing"),
        ("exercise: 01-tiny\n", "", "does not say its exercise"),
        ("\nanswers:", "\nanswers: [", "answers.yaml"),
        ("\nanswers:", "\nanswers: none\nmore:", "'answers' cannot be switched off"),
    ],
)
def test_a_file_of_answers_that_was_bent_is_told(old, new, told, work, chipgate):
    edit(work / ANSWERS, old, new)
    status, _, err = chipgate("lesson", "check", "1")
    assert status == 2
    assert told in err


def test_a_missing_file_or_folder_is_told(work, chipgate, here):
    for given, told in [("nowhere", "there is no 'nowhere'"), (here, "holds no answers.yaml")]:
        status, _, err = chipgate("lesson", "check", "1", given)
        assert status == 2
        assert told in err
    (work / "scenario.yaml").unlink()
    assert "holds no scenario.yaml" in chipgate("lesson", "check", "1")[2]
    os.chdir(here.parent)
    assert "there is no folder of this exercise here" in chipgate("lesson", "check", "1")[2]


def test_a_scenario_with_mistakes_gets_the_loaders_report(work, chipgate):
    write_scenario(work, "fondry: {growth: 1}\n")
    status, _, err = chipgate("lesson", "check", "1")
    assert status == 2
    assert "did you mean 'foundry'?" in err


def test_a_bent_line_of_the_log_is_told_and_kept_and_the_check_goes_on(work, exercise, chipgate):
    checked(exercise, work, RUNNER)
    whole = (work / LOG).read_text()
    (work / LOG).write_text('{"seal": "x"}\n' + whole + "{\n")
    status, out, _ = chipgate("lesson", "check", "1")
    assert status == 1
    told = " ".join(out.split())
    assert (
        "checks.jsonl: line 1 is broken and left out, and so is 1 more: this is not a check. The other checks" in told
    )
    assert "check 2, seed 3" in out
    assert (work / LOG).read_text().startswith('{"seal": "x"}\n' + whole + "{\n")
    assert list(read_log(work / LOG).bad) == [1, 3]
    assert [entry["number"] for entry in read_log(work / LOG).tries] == [1, 2]


def test_a_line_cut_off_by_a_crash_costs_neither_the_check_before_it_nor_the_one_behind_it(work, exercise):
    checked(exercise, work, RUNNER)
    with (work / LOG).open("a") as file:
        file.write('{"label": "Ill')
    assert checked(exercise, work, RUNNER).number == 2
    report = checked(exercise, work, RUNNER)
    assert report.number == 3
    assert list(report.log.bad) == [2]


def test_harmless_differences_of_a_log_are_taken(work, exercise):
    checked(exercise, work, RUNNER)
    entry = json.loads((work / LOG).read_text())
    lines = [json.dumps(entry | {"value": 57}), "", "  ", json.dumps(entry), ""]
    (work / LOG).write_text("\ufeff" + "\r\n".join(lines) + "\n\n", encoding="utf-8", newline="")
    log = read_log(work / LOG)
    assert log.bad == {}
    assert [type(each["value"]) for each in log.tries] == [float, float]
    assert checked(exercise, work, RUNNER).number == 3


def test_a_log_that_is_a_link_is_refused_and_nothing_written_through_it(work, chipgate, here):
    (here / "elsewhere").write_text("")
    (work / LOG).symlink_to(here / "elsewhere")
    status, _, err = chipgate("lesson", "check", "1")
    assert (status, "is a link" in err) == (2, True)
    assert (here / "elsewhere").read_text() == ""


def test_a_log_that_is_far_too_large_is_told_so(work, chipgate, monkeypatch):
    monkeypatch.setattr("sim.lessons.work.LARGEST_LOG", 100)
    (work / LOG).write_text("\n" * 101)
    status, _, err = chipgate("lesson", "check", "1")
    assert status == 2
    assert "is far too large, over 0.0001 MB. Move it away to go on without it" in err


def test_a_log_of_broken_lines_shows_too_that_it_is_too_late_for_a_prediction(work, chipgate):
    (work / "prediction.json").unlink()
    (work / LOG).write_text("{\n")
    status, _, err = chipgate("lesson", "predict", "1", *PREDICT)
    assert (status, "too late" in err) == (2, True)


def test_a_blank_answer_is_no_try_and_leads_to_no_stronger_hint(exercise, here):
    hints = ["Look at the table.", "It is in the first row.", "It is 7."]
    folder = make_exercise(here / "x" / "01-tiny", EXERCISE.replace("[Look at the table.]", f"[{', '.join(hints)}]"))
    exercise = read_exercise(folder)
    work = begun(exercise, here / "w", seed=3)

    def hint():
        return next(each.hint for each in checked(exercise, work, RUNNER).findings if each.name == "level-read")

    assert [hint() for _ in range(3)] == hints[:1] * 3
    answer(work, level="1 A100e")
    assert [hint() for _ in range(4)] == [*hints, hints[-1]]


@pytest.mark.usefixtures("work")
def test_an_exercise_that_asks_otherwise_now_is_told(exercise, chipgate, monkeypatch):
    changed = dataclasses.replace(exercise.machine.predict, outcome="cancelled")
    machine = dataclasses.replace(exercise.machine, predict=changed)
    monkeypatch.setattr(sim.lessons.exercise, "find", lambda _: sim.lessons.exercise.Exercise(exercise.folder, machine))
    status, _, err = chipgate("lesson", "check", "1")
    assert status == 2
    assert "asks another question now" in err


# --- exercise.yaml ---


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("minutes: 20", "minutes: 10", "4:10: '10' is out of range; it must be at least 20 and at most 60"),
        (
            "title: Tiny",
            "titel: Tiny",
            "2:1: unknown key 'titel' in the exercise 2 | titel: Tiny | ^^^^^ did you mean 'title'",
        ),
        (
            "test: gain > 1",
            "test: gian > 1",
            "38:11: 'gian' is not known 38 | test: gian > 1 | ^^^^^^^^ did you mean 'gain'?",
        ),
        ("test: gain > 1", "test: 'gain >'", "is not an expression"),
        ("base: base.yaml\n  other", "base: bse.yaml\n  other", "8:9: there is no file 'bse.yaml' beside it"),
        ("more: more.yaml", "more: nothing", "no shipped scenario is named 'nothing'"),
        ("more: more.yaml", "mean: more.yaml", "the name 'mean' is taken"),
        ("relax: wafers", "relax: sand", "no constraint is named 'sand'"),
        ("choices: [more, less]", "choices: [more]", "'choices' belong to a choice"),
        ("test: within(", "tell: '{mean(base.delivered)}'\n    test: within(", "would give the answer away"),
        ("test: within(", "tell: '{mean(gain)}'\n    test: within(", "would give the answer away"),
        ("  why: {", "  gains: {", "a property has this name"),
        ("hints: [Run both.]", "hints: []", "'properties.way-told.hints' has no entries; it takes 1 or more"),
        (
            "[80 wafers/week, 900",
            "[80 wafers/week, 90, 900",
            "'edit.keys.foundry.wafer_starts' has 3 entries; it takes 2",
        ),
        ("efficiency: off", "efficiency: of", "'of' is not one of: off, any"),
        ("test: gain > 1", "test: gain > 1\n    in: 120 %", "at most 100 %"),
        ("title: Tiny", "title: [", "exercise.yaml"),
    ],
)
def test_a_mistake_in_an_exercise_is_told_to_its_author(old, new, told, tmp_path):
    assert old in EXERCISE
    folder = make_exercise(tmp_path / "01-tiny", EXERCISE.replace(old, new, 1))
    with pytest.raises(ChipgateError) as error:
        read_exercise(folder)
    report = " ".join(str(error.value).split())
    assert told in report
    assert "01-tiny/exercise.yaml" in report


def test_all_mistakes_in_an_exercise_are_told_at_once(tmp_path):
    text = EXERCISE.replace("minutes: 20", "minutes: 10").replace("level: first steps", "level: second steps")
    with pytest.raises(ChipgateError, match=r"2 mistakes in 01-tiny/exercise\.yaml$"):
        read_exercise(make_exercise(tmp_path / "01-tiny", text))
    text = EXERCISE.replace("test: gain > 1", "test: gian > 1").replace(
        "base: base.yaml\n  more", "base: bse.yaml\n  more"
    )
    with pytest.raises(ChipgateError, match=r"2 mistakes in 02-tiny/exercise\.yaml$"):
        read_exercise(make_exercise(tmp_path / "02-tiny", text))


# --- The language ---


@pytest.fixture(scope="module")
def names(folder_of_exercises):
    scenarios = {name: load(folder_of_exercises / "01-tiny" / f"{name}.yaml") for name in ("base", "more")}
    scenarios["unbound"] = relax(scenarios["base"], "wafers")
    return Names(
        runs={name: Lazy(s, lambda s=s: RUNNER(s, 6, 1)) for name, s in scenarios.items()},
        answers={"n": 3.0, "word": "wafers", "blank": None},
        let={"twice": "2 * answers.n"},
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3 - 4 / 2 ** 2", 6),
        ("-(2 - 5)", 3),
        ("1 < 2 <= 2 and not 3 < 2", True),
        ("1 == 1 + 1e-15 or 1 != 1", True),
        ("1 < 1 + 1e-15", False),
        ("'a' == 'b'", False),
        ("answers.word == 'wafers'", True),
        ("twice + answers.n", 9),
        ("near(1, 1.2, 0.2) and not near(1, 1.3, 0.2)", True),
        ("within(1.1, 1, 0.1) and within(1, 1.1, 0.1) and not within(1, -1, 9)", True),
        ("largest('a', 1, 'b', 2)", "b"),
        ("sqrt(16) + abs(-1) + min(1, 2) + max(1, 2)", 8),
        ("value(base, 'foundry.wafer_starts')", 100),
        ("value(base, 'window.end')", pytest.approx(2024 + 91 / 365.25)),
        ("value(base, 'nothing') > 0 or value(base, 'nothing') < 1", False),
        ("count(base.delivered)", 6),
        ("mean(first(base.delivered, 2)) == mean(base.delivered)", False),
        ("share(base.delivered == base.delivered)", 1),
        ("mean(base.delivered[2023]) < mean(base.delivered)", True),
        ("mean(base.revenue_huawei['2023Q1']) < mean(base.revenue_huawei[2023])", True),
        ("verdict(base, base, 'delivered')", "too small to matter"),
        ("low(base.delivered) < mean(base.delivered) < high(base.delivered)", True),
        ("variance_ratio(base.demand, more.demand) > 1e300", False),
        ("1 / 0 > 1", False),
    ],
)
def test_the_language_says_what_it_seems_to_say(text, expected, names):
    assert evaluate(text, names) == expected


def test_outcomes_are_arrays_in_pairs(names):
    assert evaluate("more.demand == base.demand", names).all(), "the same luck"
    assert evaluate("base.delivered", names).shape == (6,)


def test_the_constraint_that_leads_is_the_largest(names):
    run = names.runs["base"].run
    held = {
        key.item: values.mean() for key, values in run.outcomes.items() if key.outcome == "binds" and key.period is None
    }
    assert evaluate("leads(base)", names) == max(held, key=held.get)
    assert evaluate("leads(base, 2023)", names) in held


def test_replications_for_a_half_width(names):
    """So many of these spreads would give that half-width, and one fewer would not."""
    values = names.runs["base"].run["delivered"]
    wanted = FUNCTIONS["half_width"](values)
    assert evaluate("replications_for(base.delivered, half_width(base.delivered))", names) == 6
    assert FUNCTIONS["replications_for"](values, wanted / 10) > 300


@pytest.mark.parametrize(
    "text",
    [
        "largest('a', NAN, 'b', 2)",
        "largest('b', 2, 'a', NAN)",
        "largest('a', NAN)",
        "largest('c', 3, 'a', NAN, 'b', 2)",
    ],
)
def test_no_number_is_the_largest_where_one_does_not_exist(text, names):
    """Whatever their order."""
    with pytest.raises(ExpressionError, match=r"^in 'largest.*': the number of 'a' does not exist, so none is known"):
        evaluate(text.replace("NAN", "1 / 0"), names)


def test_no_constraint_leads_where_one_does_not_exist(names):
    run = names.runs["base"].run
    outcomes = {**run.outcomes, Key("binds", "memory"): run["delivered"] * float("nan")}
    patchy = Lazy(run.sourced, lambda: Run.of(run.sourced, run.seed, run.numbers, outcomes, run.series))
    with pytest.raises(ExpressionError, match="the number of 'memory' does not exist"):
        evaluate("leads(base)", Names(runs={"base": patchy}))


@pytest.mark.parametrize("name", ["min", "max"])
def test_the_smallest_and_the_largest_of_numbers_do_not_exist_where_one_does_not(name, names):
    for numbers in ("1 / 0, 2", "2, 1 / 0", "1, 1 / 0, 3"):
        assert math.isnan(evaluate(f"{name}({numbers})", names)), numbers
        assert not evaluate(f"{name}({numbers}) > 0 or {name}({numbers}) <= 0", names)
    assert evaluate(f"{name}(3, 1, 2)", names) == {"min": 1, "max": 3}[name]


@pytest.mark.parametrize(
    "text",
    [
        "near(NAN, 1, 9)",
        "near(1, NAN, 9)",
        "near(1, 1, NAN)",
        "within(NAN, 1, 9)",
        "within(1, NAN, 9)",
        "within(1, 1, NAN)",
    ],
)
def test_what_does_not_exist_is_near_nothing(text, names):
    assert evaluate(text.replace("NAN", "1 / 0"), names) is False


def test_no_number_of_replications_gives_what_does_not_exist(names):
    for text in ("replications_for(first(base.delivered, 1), 3)", "replications_for(base.delivered, 1 / 0)"):
        assert math.isnan(evaluate(text, names)), text


def test_erlang_c_has_its_known_values():
    assert FUNCTIONS["erlang_c"](1, 0.7) == pytest.approx(0.7)
    assert FUNCTIONS["erlang_c"](2, 1.0) == pytest.approx(1 / 3)
    with pytest.raises(ExpressionError):
        FUNCTIONS["erlang_c"](2, 2)


@pytest.mark.parametrize(
    "text",
    [
        "base.run",
        "base.__class__",
        "base.sourced.parameters",
        "mean.__globals__",
        "mean(values=base.delivered)",
        "open('x')",
        "'a' < 'b'",
        "delivered",
        "answers.other",
        "answers",
        "first(base.delivered, 0)",
        "mean('x')",
        "value(unbound, 'foundry.growth')",
    ],
)
def test_nothing_but_the_language_is_evaluated(text, names):
    with pytest.raises(ChipgateError):
        evaluate(text, names)


@pytest.mark.parametrize(
    ("wanted", "holds", "told"),
    [
        (0.5, True, "It is so in 3 of 6 runs."),
        (0.51, False, "It is so in 3 of 6 runs; 4 are needed."),
        (None, False, "It is so in 3 of 6 runs; 6 are needed."),
        (1.0, False, "It is so in 3 of 6 runs; 6 are needed."),
    ],
)
def test_a_property_of_single_runs_holds_in_the_share_of_them_that_is_wanted(wanted, holds, told, names):
    middle = sorted(names.runs["base"].run["delivered"])[3]
    terms = Property(claim="", test=f"base.delivered >= {middle}", share=wanted, hints=["x"])
    assert judged(terms, names) == (holds, told)


@pytest.mark.parametrize(
    ("test", "wanted", "told"), [("1 < 2", 0.95, "a single truth"), ("1 + 2", None, "neither true nor false")]
)
def test_a_property_that_is_no_truth_or_the_wrong_kind_is_told_to_its_author(test, wanted, told, names):
    with pytest.raises(ExpressionError, match=told):
        judged(Property(claim="", test=test, share=wanted, hints=["x"]), names)


def test_a_blank_answer_is_known_as_one(names):
    with pytest.raises(BlankAnswerError, match="blank"):
        evaluate("answers.blank > 1", names)


def test_sentences_are_filled_with_numbers(names):
    assert filled("a {answers.n} b {0.5 | .0%} c {answers.word}", names) == "a 3 b 50 % c wafers"
    with pytest.raises(ExpressionError):
        filled("{answers.word | .0%}", names)


def test_a_property_of_runs_counts_them_and_one_of_means_does_not(work, exercise):
    report = checked(exercise, work, RUNNER)
    told = {finding.name: finding.detail for finding in report.findings}
    assert "of 6 runs" in told["gains"]
    assert "runs" not in told["level-read"]


def test_a_folder_that_cannot_be_written_is_refused_before_anything_runs(exercise, here, monkeypatch):
    work = begun(exercise, here / "mine", 3)
    monkeypatch.setattr("sim.lessons.work.os.access", lambda *_: False)

    def run(*_):
        pytest.fail("it ran")

    with pytest.raises(ChipgateError, match=r"you may not write in '.*mine', so a check could not be written down"):
        check(read_work(exercise, work), run)


def test_each_level_stands_once_in_the_list():
    lines = list_text(all_exercises()).splitlines()
    for level in ("First steps", "Mechanisms", "Open questions"):
        assert lines.count(level) == 1
    assert len([line for line in lines if " min  " in line]) == len(all_exercises())
