"""An exercise of a teacher's own: in any folder, with no change of the package."""

import os
import shlex
import shutil
import unicodedata

import pytest
from exercise_runs import Small, checked
from lesson_world import make_exercise

from sim.base.errors import ChipgateError
from sim.lessons.exercise import find
from sim.lessons.trial import EXAMPLE, faults, tried
from sim.lessons.work import ANSWERS, read_work, start

RUNNER = Small(4)
PREDICT = ["--sign", "higher", "--size", "5", "--low", "1", "--high", "20", "--name", "Ada"]


@pytest.fixture
def own(here):
    """An exercise in a folder with a blank in its name, in which the test does not stand."""
    return make_exercise(here / "stick" / "My wafers")


def lines_with(text: str, word: str) -> list[str]:
    return [line.split("  ")[1].strip() for line in text.splitlines() if line.startswith(f"  {word}")]


@pytest.mark.usefixtures("own")
def test_the_commands_that_are_told_work_one_after_the_other(chipgate):
    """Shown, started, predicted and checked by what each command says next."""

    given = "stick/My wafers"
    status, page, _ = chipgate("lesson", "show", given)
    assert status == 0
    told = shlex.split(page.replace("\n", " ").partition("`chipgate ")[2].partition("`")[0])
    status, out, err = chipgate(*told, "--seed", "3")
    assert status == 0, err
    [into] = lines_with(out, "cd")
    os.chdir(shlex.split(into)[1])
    for line in lines_with(out, "chipgate"):
        words = shlex.split(line)[1:]
        status, out, err = chipgate(*words, *(PREDICT if "predict" in words else []))
        assert status == (1 if "check" in words else 0), err
    assert "My wafers: check 1, seed 3" in out


def test_a_stick_that_is_copied_elsewhere_still_works(own, here, chipgate):
    assert chipgate("lesson", "start", own, here / "stick" / "work", "--seed", "3")[0] == 0
    os.rename("stick", "copy")
    os.chdir("copy/work")
    assert "then: chipgate lesson check .\n" in chipgate("lesson", "predict", ".", *PREDICT)[1]
    os.rename("../My wafers", "../../My wafers")
    status, _, err = chipgate("lesson", "check", ".")
    assert status == 2
    assert "about the exercise '../My wafers', and that is not there" in " ".join(err.split())
    assert checked(find("../../My wafers"), here / "copy" / "work", RUNNER).number == 1


@pytest.mark.parametrize(
    ("stood_in", "wanted", "called"),
    [(".", "mine", "./mine"), (".", "./mine/", "./mine"), ("mine", ".", "."), ("mine/work", "..", "..")],
)
def test_a_folder_is_called_by_a_way_to_it_from_where_its_user_stands(stood_in, wanted, called, here):
    make_exercise(here / "mine")
    (here / "mine" / "work").mkdir()
    os.chdir(stood_in)
    exercise = find(wanted)
    assert (exercise.called, exercise.name, exercise.number) == (called, "mine", None)
    assert find(exercise.called).name == "mine"


@pytest.mark.usefixtures("here")
def test_the_folder_stood_in_says_which_shipped_exercise_it_is_about(chipgate):
    chipgate("lesson", "start", "1")
    os.chdir("01-first-run")
    assert (find(".").name, find(".").called) == ("01-first-run", "1")


def test_a_name_of_a_shipped_exercise_is_that_one_and_a_way_is_the_folder(here):
    make_exercise(here / "01-first-run")
    assert find("01-first-run").shipped
    assert find("1").shipped
    assert not find("./01-first-run").shipped
    assert (find("./01-first-run").number, find("./01-first-run").heading) == (1, "01. Tiny")


def test_work_on_another_exercise_is_refused(own, here, chipgate):
    make_exercise(here / "other")
    chipgate("lesson", "start", own, "work")
    with pytest.raises(ChipgateError, match=r"these are the answers of .*My wafers', not of other"):
        read_work(find("./other"), here / "work")


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (".", "there is no exercise here"),
        ("./nowhere", "in './nowhere': the folder of one holds exercise.yaml"),
        ("a\0/b", "there is no exercise"),
        ("x/" * 5000, "there is no exercise"),
    ],
)
def test_a_folder_without_an_exercise_is_told(wanted, told):
    with pytest.raises(ChipgateError, match=told):
        find(wanted)


@pytest.mark.parametrize("answers", ["", "exercise:\n", "exercise: [1]\n", "exercise: ../gone\n", "{"])
def test_answers_that_name_no_exercise_are_told(answers, here):
    (here / ANSWERS).write_text(answers)
    with pytest.raises(ChipgateError, match="and that is not there"):
        find(".")


@pytest.mark.parametrize("name", ["README.md", "TEACHER.md", "exercise.yaml", ANSWERS])
def test_a_file_that_students_get_is_none_of_the_exercises_own(name, own):
    (own / ANSWERS).write_text("mine")
    text = (own / "exercise.yaml").read_text().replace("files: [base.yaml]", f"files: [{name}]")
    (own / "exercise.yaml").write_text(text)
    with pytest.raises(ChipgateError, match=f"'{name}' is no scenario's name"):
        find(str(own))


def test_a_page_with_codes_for_a_terminal_is_shown_without_them(own, chipgate):
    (own / "README.md").write_text("# Tiny\r\n\x1b]0;gone\x07\n## Predict\nWhat?\n", newline="")
    status, out, _ = chipgate("lesson", "show", own)
    assert status == 0
    assert "# Tiny\n" in out
    assert not set(out) & {"\x1b", "\x07", "\r"}


def test_a_page_that_is_no_plain_file_is_told_and_not_waited_for(own, chipgate):
    (own / "TEACHER.md").unlink()
    os.mkfifo(own / "TEACHER.md")
    status, out, err = chipgate("lesson", "show", own, "--teacher")
    assert (status, out) == (2, "")
    assert "TEACHER.md' is not a file that can be read" in err


def test_a_name_with_accents_is_the_same_however_a_system_writes_it(here):

    make_exercise(here / unicodedata.normalize("NFD", "Übung"))
    exercise = find(str(here / unicodedata.normalize("NFD", "Übung")))
    start(exercise, here / "work", seed=3)
    assert exercise.name == "Übung"
    assert read_work(exercise, here / "work").seed == 3


def test_after_an_own_exercise_no_other_is_next(own):
    from sim.lessons import texts

    assert texts._next_lines(find(str(own))) == []
    assert texts._next_lines(find("1"))


# --- new ---


def test_a_new_exercise_passes_its_own_test_at_once(here, chipgate):
    status, out, err = chipgate("lesson", "new", "my exercise")
    assert status == 0, err
    told = shlex.split(lines_with(out, "chipgate")[0])
    assert told[1:] == ["lesson", "test", "./my exercise"]
    status, out, err = chipgate(*told[1:], "--seeds", "1", "--workers", "1")
    assert status == 0, out + err
    assert "does not hold" not in out
    assert out.count("  holds  ") == 6
    assert os.listdir(here) == ["my exercise"], "a test leaves nothing behind"
    status, out, _ = chipgate("lesson", "start", "./my exercise")
    assert "foundry.cycle_time: 4 weeks to 40 weeks" in out


def test_new_refuses_a_place_that_is_taken_and_writes_all_or_nothing(here, chipgate, monkeypatch):
    (here / "mine").mkdir()
    status, _, err = chipgate("lesson", "new", "mine")
    assert (status, os.listdir(here / "mine")) == (2, [])
    assert "'mine' exists already" in err
    monkeypatch.setattr("pathlib.Path.rename", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    status, _, err = chipgate("lesson", "new", "other")
    assert (status, os.listdir(here)) == (2, ["mine"])
    assert "nothing was kept" in err


# --- test ---


@pytest.fixture
def example(here):
    """A copy of the example in a folder 'mine'."""
    shutil.copytree(EXAMPLE, here / "mine")
    return here / "mine"


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("README.md", "# The long", "# A long", "README.md should begin with '# The long way to a chip'."),
        (
            "README.md",
            "Illustrative",
            "Precise",
            "README.md should say 'Illustrative, not predictive' below its title.",
        ),
        (
            "README.md",
            "## Look at",
            "## Look",
            "README.md should have the sections Goal, Predict, Do, Look at, Explain and Go",
        ),
        ("README.md", "About 20 minutes", "About 20 min", "README.md says 'About 20 minutes' in its goal."),
        (
            "README.md",
            "costs, and",
            "costs, and this makes a line that is wider than eighty columns are on paper, and",
            "README.md:9 is wider than 80",
        ),
        ("README.md", "Your", "<b>Your", "README.md is plain text: no HTML, no images."),
        ("README.md", "which of", "![x](y.png) which of", "README.md is plain text: no HTML, no images."),
        ("README.md", "- Who notices first that chips take longer?\n", "", None),
        ("README.md", "`waiting`", "waiting", "README.md names `waiting`."),
        ("README.md", "`foundry.cycle_time`", "the time", "README.md names `foundry.cycle_time`."),
        ("README.md", "`fan.png`", "[the fan](fan.png)", "README.md links to 'fan.png', which students do not have."),
        ("TEACHER.md", "## Debrief", "## Talk", "TEACHER.md should have the sections What to expect, Common wrong"),
        ("TEACHER.md", "| 5 | check", "| 6 | check", "TEACHER.md plans 21 minutes, and exercise.yaml says 20."),
        ("exercise.yaml", "mean(yours.backlog) / mean(base.backlog) - 1", "0.05", "'waiting-read' sets answers beside"),
        ("exercise.yaml", "outcome: delivered", "outcome: delivere", "exercise.yaml: the prediction cannot be read: "),
        ("exercise.yaml", "base: base.yaml\n  other: slow.yaml", "base: baseline\n  other: h20-stays", "two scenarios"),
        ("slow.yaml", "foundry: {cycle_time: 28 weeks}", "window: {end: 2028-01-01}", None),
    ],
)
def test_what_is_missing_in_a_page_is_told(file, old, new, told, example):
    text = (example / file).read_text()
    assert text.count(old) >= (told is not None)
    (example / file).write_text(text.replace(old, new, 1))
    found = faults(find("./mine"))
    assert any(told in each for each in found) if told else found == []


def test_two_files_that_only_repeat_shipped_scenarios_are_no_prediction(example):
    (example / "base.yaml").write_text("title: Mine\nextends: baseline\n")
    (example / "slow.yaml").write_text("title: Mine too\nextends: h20-stays\n")
    assert any("two scenarios that come with the program" in told for told in faults(find("./mine")))


@pytest.fixture
def tried_out(here):
    """A tiny exercise with a solution and a wrong answer, and what its test tells of each trial but the pages."""
    folder = make_exercise(here / "mine")
    answers = "level: = mean(base.delivered)\nway: more\nword: sesame\nwhy: it is so\n"
    more = (folder / "scenario.yaml").read_text() + "foundry: {wafer_starts: 800 wafers/week}\n"
    for name in ("solution", "wrong-1"):
        (folder / "tests" / name).mkdir(parents=True)
        (folder / "tests" / name / ANSWERS).write_text(answers)
        (folder / "tests" / name / "scenario.yaml").write_text(more)
    (folder / "tests" / "wrong-1" / ANSWERS).write_text(answers.replace("sesame", "barley"))
    (folder / "tests" / "wrong-1" / "fails").write_text("word-found\n")

    def told(*seeds: int) -> dict[str, str]:
        seeds = seeds or (3,)
        return {each.name: each.detail for each in [*tried(find("./mine"), seeds, RUNNER)][1:] if not each.holds}

    return folder / "tests", told


def test_a_solution_that_fails_is_told_with_its_seeds_and_properties(tried_out):
    tests, told = tried_out
    assert told() == {}, "before anything is spoiled"
    (tests / "solution" / ANSWERS).write_text("level: = mean(base.delivered)\nword: sesame\nwhy: it is so\n")
    assert told(3, 4) == {
        "solution": "Seed 3: it fails in way-told ('way' in answers.yaml is still blank.).\n"
        "Seed 4: it fails in way-told ('way' in answers.yaml is still blank.)."
    }


def test_a_wrong_answer_that_passes_or_fails_elsewhere_is_told(tried_out):
    tests, told = tried_out
    (tests / "wrong-1" / "fails").write_text("word-found gains")
    assert told()["wrong-1"].startswith("Seed 3: it fails in word-found, not in gains.")
    shutil.copy(tests / "solution" / ANSWERS, tests / "wrong-1" / ANSWERS)
    assert told()["wrong-1"].startswith("Seed 3: it passes.")


def test_a_start_that_passes_with_the_right_answers_is_told(tried_out):
    tests, told = tried_out
    shutil.copy(tests / "solution" / "scenario.yaml", tests.parent / "scenario.yaml")
    assert told() == {"start": "Seed 3: it passes."}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("[", "is not YAML"),
        ("level", "is 'answer: value' lines"),
        ("lvel: 1", "unknown key 'lvel'"),
        ("level: = nowhere.delivered", "'nowhere.delivered' is not known"),
        ("level: [1]", "'answers.level' takes one value here"),
    ],
)
def test_answers_that_cannot_be_read_are_told_and_the_rest_is_tried(answers, expected, tried_out):
    tests, told = tried_out
    (tests / "wrong-1" / ANSWERS).write_text(answers)
    found = told()
    assert list(found) == ["wrong-1"]
    assert "mine/tests/wrong-1/answers.yaml" in found["wrong-1"] or "nowhere" in answers
    assert expected in " ".join(found["wrong-1"].split())


def test_without_a_solution_or_a_wrong_answer_that_is_told(tried_out, chipgate):
    tests, told = tried_out
    shutil.rmtree(tests / "wrong-1")
    assert list(told()) == ["wrong-*"]
    shutil.rmtree(tests / "solution")
    status, out, err = chipgate("lesson", "test", "./mine")
    assert status == 2
    assert "'mine/tests/solution' is not there" in err
    assert "does not hold" in out, "its pages are told all the same"


@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
def test_what_is_no_file_of_a_students_is_not_laid_over(kind, tried_out, here):
    """Nothing is written outside of the temporary folder, and nothing is waited for."""
    tests, told = tried_out
    strange = tests / "wrong-1" / "checks.jsonl"
    match kind:
        case "folder":
            strange.mkdir()
        case "pipe":
            os.mkfifo(strange)
        case "link":
            (here / "mine.txt").write_text("")
            strange.symlink_to(here / "mine.txt")
    found = told()
    assert list(found) == ([] if kind == "link" else ["wrong-1"])
    assert kind != "link" or (here / "mine.txt").read_text() == ""


def test_new_refuses_a_name_that_commands_would_take_for_a_shipped_exercise(chipgate, here):
    for name in ("1", "17", "01-first-run"):
        status, _, err = chipgate("lesson", "new", name)
        assert (status, "choose another name" in " ".join(err.split())) == (2, True)
    assert os.listdir(here) == []


def test_a_link_beside_the_pages_is_told_and_its_content_goes_nowhere(own, here, chipgate):
    (here / "secret").write_text("title: Mine\nextends: baseline\n")
    for name in find(str(own)).starting_files:
        kept = (own / name).read_bytes()
        (own / name).unlink()
        (own / name).symlink_to(here / "secret")
        status, _, err = chipgate("lesson", "start", own, here / "work")
        assert (status, f"'{name}' is a link" in err) == (2, True)
        (own / name).unlink()
        (own / name).write_bytes(kept)
    assert not (here / "work").exists()


def test_a_number_with_more_digits_than_a_page_holds_is_refused_before_anything_runs(own, chipgate):
    text = (own / "exercise.yaml").read_text()
    assert "| .1f}" in text
    (own / "exercise.yaml").write_text(text.replace("| .1f}", "| 999999999.1f}"))
    status, _, err = chipgate("lesson", "show", own)
    assert (status, "has too many digits" in err) == (2, True)
