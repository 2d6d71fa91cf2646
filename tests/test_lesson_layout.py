"""What is written into a student's folder beside the page: the name, files for later, and how answers are read."""

import pytest
from exercise_runs import Small, begun, checked, predict
from lesson_world import EXERCISE, make_exercise

from sim.base.errors import ChipgateError
from sim.lessons.exercise import read_exercise
from sim.lessons.texts import sealed_text
from sim.lessons.work import ANSWERS, lay_out_rest, questions_text, read_work, start

RUNNER = Small(2)
TEXT = EXERCISE.replace("files: [base.yaml]", "later: [more.yaml, base.yaml]").replace(
    "answers:\n", "answers:\n  found: {question: Which key?, kind: key}\n", 1
)


@pytest.fixture(scope="module")
def exercise(tmp_path_factory):
    return read_exercise(make_exercise(tmp_path_factory.mktemp("exercises") / "01-tiny", TEXT))


@pytest.fixture
def folder(exercise, tmp_path):
    start(exercise, tmp_path / "w", seed=3)
    return tmp_path / "w"


def answer(folder, key, text):
    path = folder / ANSWERS
    path.write_text(path.read_text().replace(f"\n  {key}:\n", f"\n  {key}: {text}\n"))


# --- Files for later ---


def test_files_for_later_are_laid_out_with_the_seal(exercise, folder):
    assert not {"base.yaml", "more.yaml"} & {path.name for path in folder.iterdir()}
    predict(folder, exercise)
    for name in ("base.yaml", "more.yaml"):
        assert (folder / name).read_bytes() == (exercise.folder / name).read_bytes()
    told = sealed_text(begin_again(exercise, folder), exercise, "check")
    assert "Laid out beside them: more.yaml, base.yaml." in told


def begin_again(exercise, folder):
    """The prediction that lies in the folder."""
    from sim.lessons.check import sealed_prediction

    return sealed_prediction(read_work(exercise, folder))


def test_a_file_of_the_students_is_not_written_over_by_one_for_later(exercise, folder):
    (folder / "more.yaml").write_text("title: mine\n")
    predict(folder, exercise)
    assert (folder / "more.yaml").read_text() == "title: mine\n"
    assert (folder / "base.yaml").is_file()


def test_a_file_for_later_that_is_not_there_is_told_to_the_author(tmp_path):
    make_exercise(tmp_path / "01-tiny", TEXT.replace("later: [more.yaml", "later: [gone.yaml"))
    with pytest.raises(ChipgateError, match=r"there is no file 'gone\.yaml' beside it"):
        read_exercise(tmp_path / "01-tiny")


# --- The name ---


@pytest.mark.parametrize("name", ["Ada", 'A "B" \\1 #2', "Ådél"])
def test_a_name_given_with_the_prediction_stands_in_the_answers(exercise, folder, name):
    before = (folder / ANSWERS).read_text()
    predict(folder, exercise, name=name)
    assert read_work(exercise, folder).name == name
    assert (folder / ANSWERS).read_text().splitlines()[:4] == before.splitlines()[:4]


def test_a_name_that_stands_there_already_stays(exercise, tmp_path):
    start(exercise, tmp_path / "w", seed=3, name="Ada")
    predict(tmp_path / "w", exercise, name="Bob")
    assert read_work(exercise, tmp_path / "w").name == "Ada"


def test_without_a_name_the_line_stays_blank(exercise, folder):
    predict(folder, exercise, name="")
    assert "\nname:\n" in (folder / ANSWERS).read_text()


# --- Keys ---


def test_a_whole_key_is_an_answer(exercise, folder):
    lay_out_rest(exercise, folder)
    answer(folder, "found", "foundry.wafer_starts")
    assert read_work(exercise, folder).answers["found"] == "foundry.wafer_starts"


@pytest.mark.parametrize("short", ["wafer_starts", "foundry", "foundry.*"])
def test_a_part_of_a_key_is_told_to_be_one(exercise, folder, short):
    lay_out_rest(exercise, folder)
    answer(folder, "found", f"'{short}'")
    with pytest.raises(ChipgateError) as error:
        read_work(exercise, folder)
    told = " ".join(str(error.value).split())
    assert f"'{short}' is not a complete key" in told
    assert "write it in full, as README.md lists it" in told


def test_a_key_needs_a_file_that_has_it(tmp_path):
    text = TEXT[: TEXT.index("edit:")] + TEXT[TEXT.index("later:") :]
    make_exercise(tmp_path / "01-tiny", text)
    with pytest.raises(ChipgateError, match="without 'edit' there is no file that could have the key"):
        read_exercise(tmp_path / "01-tiny")


# --- Answers in words ---


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a a a a a a", "Different words in it: 1; 2 are wanted."),
        ("A, a. a! a", "Different words in it: 1; 2 are wanted."),
        ("wafers memory", "It has 2 words so far; 3 are wanted."),
        ("wafers wafers memory", ""),
    ],
)
def test_half_of_the_words_asked_for_are_different(exercise, tmp_path, text, told):
    folder = begun(exercise, tmp_path / "w", seed=3)
    answer(folder, "why", f"'{text}'")
    (finding,) = [each for each in checked(exercise, folder, RUNNER).findings if each.name == "why"]
    assert (finding.holds, finding.detail) == (not told, told)


def test_the_question_says_how_many_words_are_wanted_and_how_many_differ(exercise):
    assert "(3 words or more of your own, 2 of them different)" in " ".join(questions_text(exercise).split())
