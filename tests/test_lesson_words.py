"""How exercises read and write numbers and lines: thousands, per cent, widths of lines, and the words of a check."""

from dataclasses import replace

import pytest
from click.testing import CliRunner
from exercise_runs import Small, begun, checked
from lesson_world import EXERCISE, make_exercise

import sim.lessons.exercise
from sim.base.errors import ChipgateError
from sim.base.units import UnitError
from sim.cli import main
from sim.exhibits.layout import wrapped
from sim.lessons.exercise import all_exercises, read_exercise
from sim.lessons.numbers import read_amount, read_number
from sim.lessons.texts import list_text, page_text, question_text, report_text, score_lines, started_text
from sim.lessons.work import ANSWERS, lay_out_rest, questions_text, read_work, start, who_text

RUNNER = Small(2)
SHARE = "  part: {question: Which part?, kind: number, unit: share}\n"


@pytest.fixture(scope="module")
def two_exercises(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exercises")
    text = EXERCISE.replace("answers:\n", f"answers:\n{SHARE}", 1)
    make_exercise(folder / "01-tiny", text)
    make_exercise(
        folder / "02-tiny-again", text.replace("more: more.yaml", "more: {scenario: more.yaml, replications: 9}")
    )
    return folder


@pytest.fixture
def exercises(two_exercises, monkeypatch):
    monkeypatch.setattr(sim.lessons.exercise, "exercise_folder", lambda: two_exercises)
    return [read_exercise(two_exercises / name) for name in ("01-tiny", "02-tiny-again")]


@pytest.fixture(scope="module")
def report(two_exercises, tmp_path_factory):
    """A check of the first exercise in which nearly nothing holds."""
    exercise = read_exercise(two_exercises / "01-tiny")
    return checked(exercise, begun(exercise, tmp_path_factory.mktemp("work") / "w", seed=3), RUNNER)


def answered(exercise, folder, key, text):
    start(exercise, folder, seed=5)
    lay_out_rest(exercise, folder)
    path = folder / ANSWERS
    path.write_text(path.read_text().replace(f"\n  {key}:\n", f"\n  {key}: {text}\n"))
    return read_work(exercise, folder).answers[key]


# --- Numbers in answers ---


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("79,000", 79_000),
        ("'79,000'", 79_000),
        ("-1,234,567.5", -1_234_567.5),
        ("1,200 A100e", 1_200),
        ("1,200 thousand A100e", 1_200_000),
        ("79000", 79_000),
    ],
)
def test_an_answer_may_have_commas_between_its_thousands(text, number, exercises, here):
    assert answered(exercises[0], here / "w", "level", text) == number


@pytest.mark.parametrize("text", ["7,9", "79,00", "0,500", "1,2345", "1,234,5", "1234,567", "',500'"])
def test_any_other_comma_is_refused(text, exercises, here):
    with pytest.raises(ChipgateError) as error:
        answered(exercises[0], here / "w", "level", text)
    plain = text.strip("'")
    assert f"'{plain}' has a comma that is not between thousands" in " ".join(str(error.value).split())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("71.57", "'71.57' without a unit is 7,157 %, above 100 %; did you mean 71.57 %?"),
        ("-3", "'-3' without a unit is -300 %, below -100 %; did you mean -3 %?"),
    ],
)
def test_a_bare_share_beyond_one_is_asked_back(text, told, exercises, here):
    with pytest.raises(ChipgateError) as error:
        answered(exercises[0], here / "w", "part", text)
    assert told in " ".join(str(error.value).split())
    assert f"{ANSWERS}:" in str(error.value)


@pytest.mark.parametrize(
    ("text", "number"), [("71.57 %", 0.7157), ("0.7157", 0.7157), ("1", 1), ("203 %", 2.03), ("\u22127.72 %", -0.0772)]
)
def test_a_share_that_is_clear_is_taken(text, number, exercises, here):
    assert answered(exercises[0], here / "w", "part", text) == pytest.approx(number)


def test_a_number_that_is_no_share_may_be_bare_and_large():
    assert read_number("71.57", "A100e") == 71.57
    assert read_number("71.57", "") == 71.57


# --- Numbers in predictions ---


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("12", "%", 12),
        ("12 %", "%", 12),
        ("-12%", "%", -12),
        ("+3.5 percent", "%", 3.5),
        ("1e2", "%", 100),
        ("1,500 %", "%", 1500),
        ("-2 points", "percentage points", -2),
        ("1 percentage point", "percentage points", 1),
        ("3 weeks", "weeks", 3),
        ("1 week", "weeks", 1),
        (" 4 ", "", 4),
    ],
)
def test_a_predicted_number_may_carry_its_unit(text, unit, number):
    assert read_amount(text, unit) == number


@pytest.mark.parametrize(
    ("text", "unit"), [("12 %", "weeks"), ("12 %", "percentage points"), ("3 months", "weeks"), ("%", "%"), ("", "")]
)
def test_a_predicted_number_in_another_unit_is_refused(text, unit):
    with pytest.raises(UnitError, match="is not a number"):
        read_amount(text, unit)


def test_per_cent_may_be_typed_where_per_cent_is_asked_for(exercises, here):
    start(exercises[0], here / "w", seed=5)
    typed = "Ada\nlower\ntwelve\n-12 %\n-20%\n-5 %\n"
    done = CliRunner().invoke(main, ["lesson", "predict", "1", "w"], input=typed)
    assert done.exit_code == 0, done.output
    assert "'twelve' is not a number in %; write it as 12 or 12 %" in done.output
    assert "lower, -12 %; 80 % interval -20 to -5 %" in done.output
    assert done.output.count("'same' means less than") == 1


def test_a_prediction_in_options_shows_the_question_and_the_meaning_of_same(exercises, here, chipgate):
    start(exercises[0], here / "w", seed=5)
    options = ["--sign", "lower", "--size", "-12 %", "--low", "-20%", "--high", "-5"]
    status, out, err = chipgate("lesson", "predict", "1", "w", *options)
    assert status == 0, err
    assert out.startswith(question_text(exercises[0].machine.predict))
    assert out.index("'same' means less than") < out.index("Sealed: lower, -12 %; 80 % interval -20 to -5 %")


def test_an_option_that_is_no_number_is_told_and_nothing_sealed(exercises, here, chipgate):
    start(exercises[0], here / "w", seed=5)
    options = ["--sign", "lower", "--size", "-12 weeks", "--low", "-20", "--high", "-5"]
    status, out, err = chipgate("lesson", "predict", "1", "w", *options)
    assert (status, out) == (2, "")
    assert "--size" in err
    assert "'-12 weeks' is not a number in %" in err
    assert not (here / "w" / "prediction.json").exists()


# --- Lines ---


def test_a_number_and_its_percent_stay_together_wherever_the_line_breaks():
    for start_of_line in range(80):
        text = "x" * start_of_line + " 80 % of 12.5 % and 3 %."
        lines = wrapped(text)
        assert not any(line.lstrip().startswith("%") for line in lines)
        assert "\u00a0" not in "".join(lines)
        assert " ".join(lines).split() == text.split()


def test_no_word_is_broken_and_an_empty_text_is_a_line():
    name = "a-file-of-" + "many-" * 20 + "words.yaml"
    assert wrapped(f"See {name} there.", "  ") == ["See", f"  {name}", "  there."]
    assert wrapped("") == [""]


def test_lines_are_as_narrow_as_asked():
    assert max(map(len, wrapped("a few words " * 20, "  ", 40))) <= 40


def test_what_the_shipped_exercises_say_fits_in_80_columns():
    exercises = all_exercises({})
    told = [list_text(exercises)]
    for exercise in exercises:
        told += [
            question_text(exercise.machine.predict),
            started_text(exercise, exercise.name, 123_456),
            who_text(exercise.name, 123_456, "Ada"),
            questions_text(exercise),
            page_text(exercise, whole=False),
        ]
    lines = [line for text in told for line in text.splitlines() if not line.startswith("# ")]
    assert [line for line in lines if len(line) > 80] == []
    assert [line for line in lines if line.lstrip(" #").startswith("%")] == []


def test_a_check_fits_in_80_columns(report):
    lines = report_text(report).splitlines()
    assert [line for line in lines if len(line) > 80] == []


# --- Words of a check ---


def with_findings(report, *holds):
    return replace(report, findings=[replace(report.findings[0], holds=each) for each in holds])


def test_one_does_not_hold_and_two_do_not(report):
    assert "1 of 3 does not hold yet" in report_text(with_findings(report, True, False, True))
    assert "2 of 3 do not hold yet" in report_text(with_findings(report, False, False, True))


@pytest.mark.usefixtures("exercises")
def test_who_has_passed_is_told_what_comes_next(report):
    assert "Next, outside this folder: chipgate lesson start 02-tiny-again" in report_text(with_findings(report, True))
    assert "Next" not in report_text(with_findings(report, False))


def test_after_the_last_exercise_nothing_comes_next(report, exercises):
    last = replace(report, work=replace(report.work, exercise=exercises[1]))
    assert "Next" not in report_text(with_findings(last, True))


def test_runs_with_a_number_of_replications_of_their_own_are_told(report, exercises):
    assert report_text(report).startswith("01-tiny: check 1, seed 3, 6 replications of each run\n")
    last = replace(report, work=replace(report.work, exercise=exercises[1]))
    assert "6 replications of each run; one run has 9" in " ".join(report_text(last).split())


@pytest.mark.parametrize(
    ("half_width", "told"),
    [
        (0.0, "higher, +9.54 %, the same in every pair."),
        (1e-12, "higher, +9.54 %, the same in every pair."),
        (1.0, "higher, +9.54 % (95 % interval +8.54 to +10.5)."),
        (float("nan"), "higher, +9.54 %."),
    ],
)
def test_a_difference_that_never_varies_is_told_so(half_width, told, report):
    model = replace(report.model, value=9.54, half_width=half_width, direction="higher")
    assert told in " ".join(" ".join(score_lines(replace(report, model=model))).split())


def test_scores_and_widths_of_per_cents_are_in_points(report):
    told = " ".join(" ".join(score_lines(report)).split())
    assert "the interval's width, 19 percentage points" in told
    assert f"Interval score: {report.score.score:.3g} percentage points" in told


# --- What is refused ---


def refused(exercise, folder, change):
    begun(exercise, folder, seed=3)
    with (folder / "scenario.yaml").open("a") as file:
        file.write(f"{change}\n")
    with pytest.raises(ChipgateError) as error:
        checked(exercise, folder, RUNNER)
    return str(error.value)


def test_a_value_out_of_its_range_is_not_said_to_be_closed(exercises, here):
    told = refused(exercises[0], here / "w", "foundry: {wafer_starts: 901 wafers/week}")
    assert told.startswith("outside its range:\n  ")
    assert "does not leave open" not in told


def test_both_kinds_of_refusal_stand_under_their_own_heading(exercises, here):
    told = refused(exercises[0], here / "w", "foundry: {wafer_starts: 901 wafers/week, growth: 80 %/year}")
    closed, outside, allowed = told.split("\n\n")
    assert closed.startswith("this exercise does not leave open:\n")
    assert "'foundry.growth'" in closed
    assert outside.startswith("outside its range:\n")
    assert "'foundry.wafer_starts'" in outside
    assert allowed.startswith("What you may change:\n")
