"""A lesson's folder on a full disk, where each command writes all of a file or nothing; and links, which are refused."""

import os
import resource
from contextlib import contextmanager
from pathlib import Path

import pytest
from exercise_runs import Small, begun, checked
from lesson_world import make_exercise

import sim.lessons.exercise
from sim.base.errors import ChipgateError
from sim.lessons.exercise import find
from sim.lessons.seal import FILE, read_prediction
from sim.lessons.work import ANSWERS, LOG, lay_out_rest, read_log, read_work, start

RUNNER = Small(6)
GUESS = ("--sign", "higher", "--size", "5", "--low", "1", "--high", "20", "--name", "Ada")


pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture(scope="module", autouse=True)
def tiny_exercises(tmp_path_factory):
    """One exercise over a tiny world in place of the shipped ones."""
    folder = tmp_path_factory.mktemp("exercises")
    make_exercise(folder / "01-tiny")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sim.lessons.exercise, "exercise_folder", lambda: folder)
        yield folder


@contextmanager
def full_disk(most):
    """No file grows beyond so many bytes, as on a disk that has no more room."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))


def everything(folder=Path()):
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.parametrize("most", [0, 100, 200])
@pytest.mark.parametrize("place", ["w", "not/there/yet"])
def test_start_leaves_nothing_on_a_full_disk(place, most, chipgate):
    with full_disk(most):
        status, _, err = chipgate("lesson", "start", "1", place)
    assert (status, "File too large; nothing was kept" in err) == (2, True)
    assert os.listdir() == []


@pytest.mark.parametrize("most", [0, 1, 400])
def test_predict_leaves_no_part_of_a_prediction(most, chipgate):
    start(find("1"), Path("w"), seed=3)
    before = everything()
    with full_disk(most):
        status, _, err = chipgate("lesson", "predict", "1", "w", *GUESS)
    assert (status, "cannot write 'w/prediction.json': File too large" in err) == (2, True)
    assert everything() == before


def test_a_prediction_that_just_fits_is_sealed_and_the_rest_comes_with_the_check(chipgate):
    begun(find("1"), Path("probe"), seed=3)
    sealed = Path("probe", FILE).stat().st_size
    longer = Path("probe", ANSWERS).stat().st_size
    assert sealed < longer
    start(find("1"), Path("w"), seed=3)
    before = everything(Path("w"))
    with full_disk(sealed + 20):
        status, _, err = chipgate("lesson", "predict", "1", "w", *GUESS)
    assert (status, "your prediction is sealed, but 'w' cannot take the rest of the page" in err) == (2, True)
    after = everything(Path("w"))
    assert after.keys() - before.keys() == {Path("w", FILE)}
    assert read_prediction(Path("w", FILE)).size == 5
    checked(find("1"), Path("w"), RUNNER)
    assert "answers:" in Path("w", ANSWERS).read_text()


def test_a_check_that_does_not_fit_leaves_the_log_as_it_was():
    work = begun(find("1"), Path("w"), seed=3)
    lay_out_rest(find("1"), work)

    def on_a_full_disk(most):
        before = everything()
        with full_disk(most), pytest.raises(ChipgateError, match=r"cannot write 'w/checks.jsonl': "):
            checked(find("1"), work, RUNNER)
        assert everything() == before

    on_a_full_disk(0)
    on_a_full_disk(200)
    checked(find("1"), work, RUNNER)
    on_a_full_disk((work / LOG).stat().st_size + 100)
    checked(find("1"), work, RUNNER)
    assert len(read_log(work / LOG).tries) == 2


@pytest.mark.parametrize("most", [0, 3000])
def test_merge_leaves_nothing(most, chipgate):
    begun(find("1"), Path("class", "ada"), seed=3)
    checked(find("1"), Path("class", "ada"), RUNNER)
    before = everything()
    with full_disk(most):
        status, _, err = chipgate("lesson", "merge", "class")
    assert (status, "File too large; nothing was kept" in err) == (2, True)
    assert everything() == before, "nor the folder 'results'"


# --- Links ---


@pytest.mark.parametrize("name", [FILE, LOG, ANSWERS, "README.md"])
@pytest.mark.parametrize("link", [os.symlink, os.link])
@pytest.mark.parametrize("command", ["predict", "check"])
def test_a_file_that_is_written_to_and_lies_elsewhere_is_refused(command, link, name, chipgate):
    begun(find("1"), Path("w"), seed=3)
    checked(find("1"), Path("w"), RUNNER)
    Path("w", name).rename("elsewhere")
    link(Path("elsewhere").absolute(), Path("w", name))
    before = everything()
    status, _, err = chipgate("lesson", command, "1", "w", *(GUESS if command == "predict" else ()))
    assert (status, f"'w/{name}' is a link" in err) == (2, True)
    assert everything() == before


def test_a_folder_that_is_a_link_is_not_written_into(chipgate):
    begun(find("1"), Path("ben"), seed=3)
    Path("ada").symlink_to("ben")
    Path("nowhere").symlink_to("new")
    before = everything()
    for command in (("check", "1", "ada"), ("start", "1", "ada"), ("start", "1", "nowhere")):
        status, _, err = chipgate("lesson", *command)
        assert (status, "is a link" in err or "exists already" in err) == (2, True)
    assert everything() == before


def test_a_page_of_many_megabytes_is_not_read():
    begun(find("1"), Path("w"), seed=3)
    os.truncate(Path("w", "README.md"), 1_500_000_000)
    with pytest.raises(ChipgateError, match=r"README.md' is far too large"):
        checked(find("1"), Path("w"), RUNNER)
    assert read_work(find("1"), Path("w")).seed == 3
