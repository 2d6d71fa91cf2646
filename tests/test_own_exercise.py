"""An exercise of a teacher's own: in any folder, with no change of the package."""

import os
import shlex

import pytest
from exercise_runs import Small, checked
from lesson_world import make_exercise

from sim.base.errors import ChipgateError
from sim.lessons.exercise import find
from sim.lessons.work import ANSWERS, read_work

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
    assert chipgate("lesson", "predict", ".", *PREDICT)[0] == 0
    os.rename("../My wafers", "../../My wafers")
    status, _, err = chipgate("lesson", "check", ".")
    assert status == 2
    assert "about the exercise '../My wafers', and that is not there" in " ".join(err.split())
    assert checked(find("../../My wafers"), here / "copy" / "work", Small(2)).number == 1


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


def test_after_an_own_exercise_no_other_is_next(own):
    from sim.lessons import texts

    assert texts._next_lines(find(str(own))) == []
    assert texts._next_lines(find("1"))
