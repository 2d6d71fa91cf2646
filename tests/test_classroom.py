"""A class's sealed predictions joined: what is whole is merged, what is broken is told, nothing is lost."""

import csv
import dataclasses
import io
import json
import os
import re
import shutil
from dataclasses import replace

import pytest
from exercise_runs import Small, checked
from lesson_world import EXERCISE, make_exercise
from matplotlib.text import Text
from test_label import csv_is_labelled, json_is_labelled, png_is_labelled, svg_is_labelled

import sim.base.files
import sim.lessons.exercise
import sim.lessons.seal
from sim.base.errors import ChipgateError
from sim.base.label import LABEL
from sim.exhibits.page import page_text
from sim.lessons.check import begin_prediction
from sim.lessons.classroom import (
    class_csv,
    class_page,
    class_record,
    held_text,
    intervals,
    merge,
    standing_text,
    students,
)
from sim.lessons.exercise import Exercise, find, read_exercise
from sim.lessons.picture import class_picture
from sim.lessons.seal import seal_of
from sim.lessons.work import read_work, start
from sim.pictures.slide import render

RUNNER = Small(6)
STUDENTS = {"Ada": ("higher", 3, 1, 200), "Ben": ("lower", -2, -4, 1), "Cem": ("same", 0, -1, 2)}


@pytest.fixture(scope="module", autouse=True)
def tiny_exercises(tmp_path_factory):
    """One exercise over a tiny world in place of the shipped ones."""
    folder = tmp_path_factory.mktemp("exercises")
    make_exercise(folder / "01-tiny")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sim.lessons.exercise, "exercise_folder", lambda: folder)
        yield folder


def join_class(folder, student, number, sign, size, low, high):
    start(find("1"), folder, seed=number, name=student)
    work = read_work(find("1"), folder)
    return begin_prediction(work)(sign=sign, size=size, low=low, high=high, name=work.name)


@pytest.fixture(scope="module")
def whole_class(tmp_path_factory):
    """Three students: the first has checked twice, the second once, the third not at all."""
    folder = tmp_path_factory.mktemp("class")
    for number, (student, guess) in enumerate(STUDENTS.items(), start=1):
        join_class(folder / student.lower(), student, number, *guess)
    for student in ("ada", "ada", "ben"):
        checked(find("1"), folder / student, RUNNER)
    return folder


@pytest.fixture
def room(whole_class, tmp_path):
    """A copy of the class's folder, to spoil."""
    shutil.copytree(whole_class, tmp_path / "class")
    return tmp_path / "class"


def merged(folder):
    return merge(folder, RUNNER)


def names_of(classroom):
    return [row.student for row in classroom.rows]


def test_a_class_is_joined_by_student_with_checks_and_scores(whole_class):
    classroom = merged(whole_class)
    ada, ben, cem = classroom.rows
    assert names_of(classroom) == ["Ada", "Ben", "Cem"]
    assert [row.tries for row in classroom.rows] == [2, 1, 0]
    assert [row.value_from for row in classroom.rows] == ["own check", "own check", ""]
    assert (cem.value, cem.sign, cem.score) == (None, None, None), "nobody measured it"
    assert ada.score.sign_right
    assert ada.score.inside
    assert not ben.score.inside
    assert ben.score.score == pytest.approx(5 + 10 * (ben.value - 1))
    assert ben.failing == ["gains", "level-read", "way-told", "word-found", "why"]
    assert cem.failing == []
    assert standing_text(classroom.rows) == (
        "2 of 3 checked, 0 passed. Not holding in the others' last check: "
        "gains (2), level-read (2), way-told (2), word-found (2), why (2)."
    )
    assert (classroom.broken, classroom.waiting, classroom.copies) == ([], [], [])


def test_who_has_passed_once_has_passed(room):
    [first, _] = (room / "ada" / "checks.jsonl").read_text().splitlines()
    held = json.loads(first)
    held |= {"passed": True, "properties": dict.fromkeys(held["properties"], True)}
    (room / "ada" / "checks.jsonl").write_text(json.dumps(held) + "\n" + first + "\n")
    classroom = merged(room)
    assert [row.passed for row in classroom.rows] == [True, False, False]
    assert standing_text(classroom.rows).startswith("2 of 3 checked, 1 passed.")
    assert "gains (1)" in page_text(class_page(classroom))


def test_without_a_check_the_model_is_run(room):
    for log in room.rglob("checks.jsonl"):
        log.unlink()
    classroom = merged(room)
    assert {row.value_from for row in classroom.rows} == {"run with seed 1"}
    again = merged(room)
    assert {row.value for row in classroom.rows} == {row.value for row in again.rows} != {None}
    text = " ".join(page_text(class_page(classroom)).split())
    assert "Nobody has checked: the model's value is that of a run with seed 1. 1 of 3 signs came out." in text
    assert text.count("(seed 1)") == 3, "each value says that it is not the student's own"


def test_who_has_not_checked_has_no_value_of_the_models_and_is_not_counted(whole_class):
    classroom = merged(whole_class)
    text = " ".join(page_text(class_page(classroom), 200).split())
    assert "1 of 2 signs came out. 1 of 2 intervals hold the model's value, 1 is confidently wrong." in text
    assert "1 has not checked and is not counted." in text
    assert re.search(r"Cem same 0 -1 \+2 not checked", text)
    assert re.search(r"Cem 01-tiny \d{5}-\d{5}-\d{5}", text)
    [cem] = [row for row in csv.DictReader(class_csv(classroom).splitlines()) if row["student"] == "Cem"]
    unknown = (
        "model_value",
        "model_sign",
        "model_value_from",
        "sign_right",
        "inside",
        "confidently_wrong",
        "interval_score",
    )
    assert {cem[key] for key in unknown} == {""}


def test_files_renamed_by_a_submission_box_are_found_with_their_logs(room):
    box = room / "box"
    box.mkdir()
    for student in ("ada", "ben"):
        for name in ("prediction.json", "checks.jsonl"):
            (room / student / name).rename(box / f"{student}_123_{name}")
        shutil.rmtree(room / student)
    classroom = merged(room)
    assert [(row.student, row.tries) for row in classroom.rows] == [("Ada", 2), ("Ben", 1), ("Cem", 0)]


@pytest.mark.parametrize(
    ("prediction", "log"),
    [
        ("prediction (1).json", "checks (1).jsonl"),
        ("prediction(2).json", "checks(2).jsonl"),
        ("prediction-1.json", "checks-1.jsonl"),
        ("Prediction.json", "CHECKS.JSONL"),
        ("prediction.json.txt", "checks.jsonl.txt"),
        ("Kopie von prediction.json", "Kopie von checks.jsonl"),
        ("ada_12_prediction-1 (1).JSON", "Ada_12_checks-1 (1).jsonl"),
        ("prediction (1).json", "checks.jsonl"),
        ("my guess.json", "checks.jsonl"),
        ("my guess.txt", "checks (3).jsonl"),
    ],
)
def test_files_renamed_by_a_browser_are_found_with_their_logs_and_nobody_is_said_to_lack_a_prediction(
    prediction, log, room
):
    (room / "ada" / "prediction.json").rename(room / "ada" / prediction)
    (room / "ada" / "checks.jsonl").rename(room / "ada" / log)
    classroom = merged(room)
    assert [(row.student, row.tries) for row in classroom.rows] == [("Ada", 2), ("Ben", 1), ("Cem", 0)]
    assert (classroom.broken, classroom.waiting, classroom.unread) == ([], [], [])


def test_two_students_downloads_in_one_folder_keep_their_own_checks(room):
    """A browser counts each name on its own: the second prediction may come with the first log."""
    box = room / "box"
    box.mkdir()
    for student, number in (("cem", ""), ("ada", " (1)"), ("ben", " (2)")):
        (room / student / "prediction.json").rename(box / f"prediction{number}.json")
    for student, number in (("ada", ""), ("ben", " (1)")):
        (room / student / "checks.jsonl").rename(box / f"checks{number}.jsonl")
    for student in STUDENTS:
        shutil.rmtree(room / student.lower())
    classroom = merged(room)
    assert [(row.student, row.tries) for row in classroom.rows] == [("Ada", 2), ("Ben", 1), ("Cem", 0)]
    assert classroom.unread == []


def test_a_prediction_without_a_log_is_not_given_somebody_elses(room):
    for name in ("prediction.json", "checks.jsonl"):
        (room / "ada" / name).rename(room / f"ada_{name}")
    (room / "cem" / "prediction.json").rename(room / "cem_prediction.json")
    for student in STUDENTS:
        shutil.rmtree(room / student.lower())
    assert [(row.student, row.tries, row.note) for row in merged(room).rows] == [("Ada", 2, ""), ("Cem", 0, "")]


def test_what_was_not_read_is_listed_and_the_status_says_so(room, chipgate, here):
    for name in ("student24.zip", "essay.docx", "ada/notes.txt", "ada/old.zip", "other.yaml"):
        (room / name).write_text("x")
    shutil.move(room / "ben" / "checks.jsonl", room / "checks.jsonl")
    (room / "linked").symlink_to(room / "cem")
    status, out, _ = chipgate("lesson", "merge", room, "--out", here / "out")
    assert status == 1
    listed = [
        "ada/old.zip (unpack it first)",
        "checks.jsonl (the prediction is missing)",
        "essay.docx",
        "linked (a link)",
        "other.yaml",
        "student24.zip (unpack it first)",
    ]
    assert "\n".join(["Not read", *listed, ""]) in out
    assert json.loads((here / "out" / "class.json").read_text())["not_read"] == listed


def test_a_long_list_of_what_was_not_read_is_cut(room):
    for number in range(25):
        (room / f"essay-{number:02}.docx").write_text("x")
    text = page_text(class_page(merged(room)))
    assert "essay-19.docx\n... and 5 more, in class.json\n" in text
    assert "essay-20.docx" not in text


def test_what_every_students_folder_holds_is_not_listed(room, chipgate, here):
    (room / "ada" / "results" / "mine").mkdir(parents=True)
    (room / "ada" / "results" / "mine" / "report.html").write_text("")
    (room / "ada" / "other-run").mkdir()
    for name in ("manifest.json", "summary.csv"):
        (room / "ada" / "other-run" / name).write_text("{}")
    (room / "ada" / "second.yaml").write_text("extends: base.yaml\n")
    (room / "ada" / ".DS_Store").write_text("")
    (room / "ada" / "trials").mkdir()
    for name in ("notes.txt", "trials/first.txt", "trials/second.yaml"):
        (room / "ada" / name).write_text("mine")
    (room / "Thumbs.db").write_text("")
    for name in ("scenario.yaml", "base.yaml", "answers.yaml", "README.md"):
        shutil.copy(room / "ben" / name, room / f"ben_12_{name}")
    shutil.copy(room / "ben" / "prediction.json", room / "ben_12_prediction.json")
    assert chipgate("lesson", "merge", room, "--out", room / "out")[0] == 0
    status, out, _ = chipgate("lesson", "merge", room, "--out", here / "out")
    assert status == 0, out
    assert "Not read" not in out
    assert "No prediction yet" not in out


def test_a_folder_of_archives_only_is_refused_and_says_what_lies_there(tmp_path):
    for number in range(5):
        (tmp_path / f"s{number}.zip").write_text("")
    with pytest.raises(ChipgateError, match=r"s0.zip \(unpack it first\), .*s2.zip \(unpack it first\), \.\.\.$"):
        merged(tmp_path)


def test_who_has_answers_and_an_unread_file_may_have_predicted(room):
    start(find("1"), room / "dora", seed=4)
    (room / "dora" / "guess.docx").write_text("x")
    (room / "emil_answers.yaml").write_text("x")
    assert merged(room).waiting == ["dora (some of what lies there was not read)", "emil_answers.yaml"]


def test_who_predicted_after_a_run_is_noted(room):
    start(find("1"), room / "eve", seed=5, name="Eve")
    (room / "eve" / "results").mkdir()
    begin_prediction(read_work(find("1"), room / "eve"))(sign="same", size=0, low=-1, high=1, name="Eve")
    assert "Eve (eve): results lay there before it was sealed" in page_text(class_page(merged(room)))


# --- What is broken ---


def spoil_seal(room):
    path = room / "ben" / "prediction.json"
    path.write_text(path.read_text().replace('"size": -2.0', '"size": 2.0'))
    return "ben/prediction.json", "was changed after sealing"


def spoil_json(room):
    (room / "ben" / "prediction.json").write_text('{"label": ')
    return "ben/prediction.json", "is not JSON"


def spoil_bytes(room):
    (room / "ben" / "prediction.json").write_bytes(b"\xff\xfe\x00")
    return "ben/prediction.json", "is not JSON"


def spoil_folder(room):
    (room / "ben" / "prediction.json").unlink()
    (room / "ben" / "prediction.json").symlink_to(room / "nowhere")
    return "ben/prediction.json", "ben/prediction.json: is a link; only the file itself counts\n"


def spoil_place(room):
    (room / "ben" / "prediction.json").unlink()
    (room / "ben" / "prediction.json").mkdir()
    return "ben/prediction.json", "ben/prediction.json: is a folder; a prediction is a file\n"


def spoil_size(room):
    """A seal that fits, over sizes that no picture can show."""
    path = room / "ben" / "prediction.json"
    content = json.loads(path.read_text()) | {"low": -1e308, "high": 1e308}
    path.write_text(json.dumps({**content, "seal": seal_of(content)}))
    return "ben/prediction.json", "size, low and high lie between"


def spoil_exercise(room):
    """A well-sealed prediction of an exercise that this version does not have."""
    from sim.lessons.seal import write_prediction

    (room / "ben" / "prediction.json").unlink()
    terms = {"sign": "same", "size": 0, "low": -1, "high": 1, "name": "Ben", "seed": 1}
    write_prediction(room / "ben", exercise="77-other", asks={}, **terms)
    return "ben/prediction.json", "chipgate has no exercise '77-other'"


SPOILT = [spoil_seal, spoil_json, spoil_bytes, spoil_folder, spoil_place, spoil_size, spoil_exercise]


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_broken_prediction_is_told_and_the_rest_is_merged(spoil, room, chipgate, here):
    path, reason = spoil(room)
    status, out, _ = chipgate("lesson", "merge", room, "--out", here / "out")
    assert status == 1
    assert "Broken, left out" in out
    assert path in out
    assert reason in out
    rows = list(csv.DictReader((here / "out" / "class.csv").read_text().splitlines()))
    assert [row["student"] for row in rows] == ["Ada", "Cem"]
    assert path in json.loads((here / "out" / "class.json").read_text())["broken"][0]["path"]


def test_a_broken_log_costs_the_checks_and_not_the_prediction(room):
    with (room / "ada" / "checks.jsonl").open("a") as file:
        file.write("{broken\n")
    classroom = merged(room)
    assert [(row.student, row.tries) for row in classroom.rows] == [("Ada", 2), ("Ben", 1), ("Cem", 0)]
    assert classroom.rows[0].note == "its log of checks is broken"
    [broken] = classroom.broken
    assert broken.path == "ada/checks.jsonl"
    assert broken.reason.startswith("line 3 is broken and left out: ")


def test_a_log_that_cannot_be_read_at_all_costs_the_checks_and_not_the_prediction(room, monkeypatch):
    monkeypatch.setattr("sim.lessons.work.LARGEST_LOG", 1500)
    with (room / "ada" / "checks.jsonl").open("a") as file:
        file.write("\n" * 1500)
    classroom = merged(room)
    assert [(row.student, row.tries) for row in classroom.rows] == [("Ada", 0), ("Ben", 1), ("Cem", 0)]
    assert classroom.rows[0].note == "its log of checks is broken"
    [broken] = classroom.broken
    assert (broken.path, broken.reason) == ("ada/checks.jsonl", "is far too large, over 0.0015 MB")


@pytest.mark.parametrize("name", ["prediction.json", "checks.jsonl"])
def test_a_pipe_is_told_and_not_waited_for(name, room):
    (room / "ben" / name).unlink()
    os.mkfifo(room / "ben" / name)
    [broken] = merged(room).broken
    assert (broken.path, broken.reason) == (f"ben/{name}", "is not a file that can be read")


@pytest.mark.parametrize("value", ["1e999", "-1e999", "1e308", "NaN"])
def test_a_value_that_no_picture_can_show_costs_one_student_the_checks_and_the_class_nothing(
    value, room, chipgate, here
):
    log = room / "ben" / "checks.jsonl"
    entry = json.loads(log.read_text())
    log.write_text(log.read_text().replace(json.dumps(entry["value"]), value))
    status, out, _ = chipgate("lesson", "merge", room, "--out", here / "out")
    assert status == 1
    assert "ben/checks.jsonl: line 1 is broken and left out: " in out
    assert sorted(os.listdir(here / "out")) == ["01-tiny.png", "01-tiny.svg", "class.csv", "class.json"]
    assert "Infinity" not in (here / "out" / "class.json").read_text()
    assert [row.tries for row in merged(room).rows] == [2, 0, 0]


@pytest.mark.parametrize("properties", [{"gains\x1b[2J": False}, {"gains": "no"}])
def test_a_log_with_properties_that_no_check_writes_is_broken(properties, room):
    log = room / "ben" / "checks.jsonl"
    log.write_text(json.dumps(json.loads(log.read_text()) | {"properties": properties}) + "\n")
    assert [each.path for each in merged(room).broken] == ["ben/checks.jsonl"]


def test_properties_of_no_such_exercise_are_passed_over(room):
    log = room / "ben" / "checks.jsonl"
    strange = {"x" * 5000: False, "gains": False, "why": False, "word-found": True}
    log.write_text(json.dumps(json.loads(log.read_text()) | {"properties": strange}) + "\n")
    assert merged(room).rows[1].failing == ["gains", "why"]
    assert "xxx" not in page_text(class_page(merged(room)))


def test_no_text_of_a_students_moves_the_teachers_cursor(room):
    path = room / "ben" / "prediction.json"
    content = json.loads(path.read_text()) | {"exercise": "01\x1b[2J"}
    path.write_text(json.dumps({**content, "seal": seal_of(content)}))
    (room / "cem").rename(room / "cem\x1b[2J")
    (room / "notes\x1b[2J.md").write_text("")
    text = page_text(class_page(merged(room)))
    assert "\x1b" not in text
    assert text.count(r"\x1b[2J") == 2, "the exercise's name, the file not read; Cem's folder is not named"
    assert "\x1b" not in json.dumps(class_record(merged(room)), ensure_ascii=False)


def test_a_broken_file_is_named_once_and_without_advice_to_the_student(room):
    spoil_seal(room)
    [broken] = merged(room).broken
    assert vars(broken) == {
        "path": "ben/prediction.json",
        "reason": "has a broken seal: the prediction or the seal was changed after sealing",
        "student": "Ben",
    }


def test_a_folder_of_that_name_which_holds_predictions_is_a_folder_like_others(room):
    (room / "ada").rename(room / "ada_prediction.json")
    classroom = merged(room)
    assert names_of(classroom) == list(STUDENTS)
    assert classroom.broken == []


def test_who_gave_no_name_is_called_by_the_folder_or_by_what_stands_before_the_files_name(room):
    for student in ("ada", "ben"):
        path = room / student / "prediction.json"
        content = json.loads(path.read_text()) | {"name": ""}
        content["seal"] = seal_of(content)
        path.write_text(json.dumps(content))
    (room / "ben" / "prediction.json").rename(room / "student2-prediction.json")
    assert {"ada", "student2"} <= set(names_of(merged(room)))


def test_checks_of_another_prediction_do_not_count(room):
    shutil.copy(room / "ada" / "checks.jsonl", room / "cem" / "checks.jsonl")
    cem = merged(room).rows[2]
    assert cem.tries == 0
    assert cem.note == "2 checks belong to another prediction"


def test_the_same_seal_twice_is_counted_once_with_the_longer_log(room):
    shutil.copytree(room / "ada", room / "ada-again")
    (room / "ada" / "checks.jsonl").unlink()
    classroom = merged(room)
    assert [(row.student, row.tries) for row in classroom.rows] == [("Ada", 2), ("Ben", 1), ("Cem", 0)]
    assert "ada/prediction.json is ada-again/prediction.json again" in classroom.copies[0]


def test_two_predictions_of_one_name_are_both_kept_and_say_so(room):
    join_class(room / "ada-2", "Ada", 9, "lower", -3, -4, -2)
    classroom = merged(room)
    assert names_of(classroom) == ["Ada", "Ada", "Ben", "Cem"]
    assert [row.note for row in classroom.rows] == ["another prediction has this name"] * 2 + ["", ""]
    assert "Ada (ada-2): another prediction has this name" in page_text(class_page(classroom))


def test_two_predictions_with_one_seed_are_both_kept_and_say_so(room):
    join_class(room / "dora", "Dora", 1, "lower", -3, -4, -2)
    join_class(room / "ben-2", "ben", 2, "lower", -3, -4, -2)
    notes = {row.folder: row.note for row in merged(room).rows}
    assert notes == {
        "ada": "another prediction has this seed, 1",
        "dora": "another prediction has this seed, 1",
        "ben": "another prediction has this name and this seed, 2",
        "ben-2": "another prediction has this name and this seed, 2",
        "cem": "",
    }


def test_one_seed_in_two_exercises_is_no_matter(room, tiny_exercises):
    make_exercise(tiny_exercises / "02-tiny")
    start(find("2"), room / "ada-2", seed=1, name="Ada")
    begin_prediction(read_work(find("2"), room / "ada-2"))(sign="same", size=0, low=-1, high=1, name="Ada")
    notes = [row.note for row in merged(room).rows]
    shutil.rmtree(tiny_exercises / "02-tiny")
    assert notes == [""] * 4


def test_who_has_not_predicted_yet_is_named(room):
    start(find("1"), room / "dora", seed=4)
    assert merged(room).waiting == ["dora"]
    assert "No prediction yet\ndora" in page_text(class_page(merged(room)))


def test_a_student_without_a_name_goes_by_the_folder(room):
    join_class(room / "eve", "", 5, "same", 0, -1, 1)
    assert "eve" in names_of(merged(room))


def test_hidden_folders_are_left_out(room):
    (room / "ada").rename(room / ".ada")
    assert names_of(merged(room)) == ["Ben", "Cem"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="who may do anything may read anything")
def test_a_folder_that_may_not_be_read_is_told(room):
    (room / "ada").chmod(0)
    classroom = merged(room)
    (room / "ada").chmod(0o755)
    assert names_of(classroom) == ["Ben", "Cem"]
    assert classroom.broken[0].path == "ada"


def test_a_folder_without_predictions_is_refused(tmp_path, chipgate):
    for folder, told in ((tmp_path, "holds no prediction.json"), (tmp_path / "no", "there is no folder")):
        status, _, err = chipgate("lesson", "merge", folder)
        assert status == 2
        assert told in err


def test_a_class_of_broken_files_only_has_a_table_without_rows(room, chipgate, here):
    for name in STUDENTS:
        (room / name.lower() / "prediction.json").write_text("{")
    assert chipgate("lesson", "merge", room, "--out", here / "out")[0] == 1
    assert sorted(os.listdir(here / "out")) == ["class.csv", "class.json"]


# --- What is written ---


def test_a_merge_writes_a_labelled_table_and_a_picture(whole_class, chipgate, here):
    status, out, _ = chipgate("lesson", "merge", whole_class)
    assert status == 0, out
    assert LABEL in out
    assert "A seal detects edits, not cheating" in out
    assert "Checks are not sealed: 'passed' and the model's value are what the student's log says" in " ".join(
        out.split()
    )
    assert "01-tiny, in %, the score in percentage points" in out
    assert "2 of 3 signs came out" not in out
    folder = here / "results" / "class"
    assert sorted(os.listdir(folder)) == ["01-tiny.png", "01-tiny.svg", "class.csv", "class.json"]
    csv_is_labelled(folder / "class.csv")
    json_is_labelled(folder / "class.json")
    png_is_labelled(folder / "01-tiny.png")
    svg_is_labelled(folder / "01-tiny.svg")
    picture = (folder / "01-tiny.svg").read_text(encoding="utf-8")
    assert all(f">{name}<" in picture for name in STUDENTS)


def test_json_holds_what_the_table_holds(whole_class, chipgate, here):
    status, out, _ = chipgate("lesson", "merge", whole_class, "--json", "--out", here / "out")
    data = json.loads(out)
    assert status == 0
    assert data["label"] == LABEL
    assert [row["student"] for row in data["predictions"]] == list(STUDENTS)
    assert {row["label"] for row in data["predictions"]} == {LABEL}


def test_one_exercise_is_no_test_of_calibration_and_is_not_pooled(whole_class):
    text = " ".join(page_text(class_page(merged(whole_class))).split())
    assert "With one question they hit or miss together, so this is not a test of their 80 %." in text
    assert "Over " not in text


def test_a_share_is_said_of_five_students_or_more(whole_class):
    row = merged(whole_class).rows[0]
    assert held_text([row] * 4) == "4 of 4 intervals hold the model's value, 0 are confidently wrong"
    assert held_text([row] * 5) == "5 of 5 intervals (100 %) hold the model's value, 0 are confidently wrong"
    assert "%" not in held_text([row] * 4 + [replace(row, value=None)] * 9), "those who have not checked do not count"


@pytest.fixture
def two_exercises(whole_class, tiny_exercises):
    """Ada and Ben in a second exercise too, each beside a value that the interval holds."""
    one = merged(whole_class)
    other = Exercise(tiny_exercises / "02-more", find("1").machine)
    second = [
        replace(row, exercise=other, prediction=replace(row.prediction, exercise="02-more"), value=row.prediction.low)
        for row in one.rows[:2]
    ]
    return replace(one, rows=[*one.rows, *second])


def test_one_table_says_who_has_come_how_far_in_which_exercise(two_exercises):
    ada = two_exercises.rows[0]
    rows = [replace(ada, passed=True), *two_exercises.rows[1:]]
    text = page_text(class_page(replace(two_exercises, rows=rows)), 100)
    table = text[text.index("Who has sealed") :].splitlines()[2:7]
    assert [re.split("  +", line.strip()) for line in table if "---" not in line] == [
        ["student", "01", "02", "hit", "of", "confidently wrong"],
        ["Ada", "passed, 2", "2 checks", "2", "2", "0"],
        ["Ben", "1 check", "1 check", "1", "2", "1"],
        ["Cem", "sealed", "0", "0", "0"],
    ]


def test_over_several_exercises_intervals_are_pooled_by_student(two_exercises):
    text = " ".join(page_text(class_page(two_exercises)).split())
    assert "Over 2 exercises 3 of 4 intervals hold the model's value, 1 is confidently wrong; 80 % were meant" in text
    rows = {each["student"]: each for each in class_record(two_exercises)["students"]}
    assert (rows["Ada"]["hit"], rows["Ada"]["intervals"]) == (2, 2)
    assert (rows["Ben"]["hit"], rows["Ben"]["intervals"]) == (1, 2)
    twice = replace(two_exercises, rows=[*two_exercises.rows, two_exercises.rows[3]])
    assert [intervals(rows, "hit") for rows in students(twice)] == [None, 1, 0], "Ada may be two students"


def test_a_picture_that_fails_costs_neither_the_table_nor_the_other_pictures(
    room, tiny_exercises, chipgate, here, monkeypatch
):
    make_exercise(tiny_exercises / "02-tiny")
    monkeypatch.setattr("sim.lessons.exercise.exercise_folder", lambda: tiny_exercises)
    start(find("2"), room / "ada-2", seed=1, name="Ada")
    terms = {"sign": "same", "size": 0, "low": -1, "high": 1, "name": "Ada"}
    begin_prediction(read_work(find("2"), room / "ada-2"))(**terms)
    drawn = sim.lessons.picture.class_picture

    def picture(rows, named):
        if rows[0].exercise.name == "01-tiny":
            raise ArithmeticError("no such axis")
        return drawn(rows, named)

    monkeypatch.setattr("sim.lessons.picture.class_picture", picture)
    status, out, err = chipgate("lesson", "merge", room, "--out", here / "out")
    shutil.rmtree(tiny_exercises / "02-tiny")
    assert status == 1
    assert "Ada" in out
    assert "The picture of 01-tiny could not be drawn: ArithmeticError: no such axis" in err
    assert sorted(os.listdir(here / "out")) == ["02-tiny.png", "02-tiny.svg", "class.csv", "class.json"]


def test_the_table_is_printed_before_anything_is_drawn(whole_class, here, monkeypatch):
    """Whatever becomes of the drawing, the teacher has read the table."""
    from click.testing import CliRunner

    from sim.cli import main

    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.lessons.picture.class_files", stopped)
    done = CliRunner().invoke(main, ["lesson", "merge", str(whole_class), "--out", str(here / "out")])
    assert done.exit_code != 0
    assert "student" in done.stdout
    assert LABEL in done.stdout


LONGEST = (
    "In a memory crunch foreign memory stops a year early. How much more or less compute is delivered, 2023 to 2027, if "
    "memory buyers stockpile half again as eagerly (2.25 instead of 1.5 times) before a control that they see coming?"
)


def test_a_picture_has_the_whole_question_and_the_whole_note(whole_class):
    exercise = find("1")
    asked = dataclasses.replace(exercise.machine.predict, question=LONGEST)
    machine = dataclasses.replace(exercise.machine, predict=asked)
    asking = Exercise(exercise.folder, machine)
    slide = class_picture([replace(row, exercise=asking) for row in merged(whole_class).rows] * 20)
    every = slide.findobj(Text)
    texts = [" ".join(text.get_text().split()) for text in every]
    assert LONGEST in texts
    assert any(text.endswith("beside the value of its own student's seed.") for text in texts)
    axes, _ = slide.axes
    [question] = [text for text in every if " ".join(text.get_text().split()) == LONGEST]
    assert question.get_window_extent().y0 > axes.get_tightbbox().y1, "it stands clear of the drawing"


def test_an_interval_beyond_the_drawing_ends_at_its_border(room):
    for number in range(20):
        join_class(room / f"s{number}", f"S{number}", 100 + number, "higher", 10, 5, 20)
    join_class(room / "wide", "Wide", 9, "higher", 10, -1e15, 1e15)
    axes, _ = class_picture(merged(room).rows).axes
    low, high = axes.get_xlim()
    assert all(low <= x <= high for line in axes.get_lines() for x in line.get_xdata())


def test_an_existing_folder_is_refused_before_anything_runs(whole_class, chipgate, here, monkeypatch):
    (here / "out").mkdir()
    monkeypatch.setattr("sim.lessons.classroom.merge", lambda *_: pytest.fail("it went on"))
    status, _, err = chipgate("lesson", "merge", whole_class, "--out", here / "out")
    assert status == 2
    assert "exists already" in err


def test_a_name_that_a_spreadsheet_would_compute_is_written_as_a_text(room):
    join_class(room / "eve", "=1+2", 5, "same", 0, -1, 1)
    rows = list(csv.DictReader(class_csv(merged(room)).splitlines()))
    assert "'=1+2" in [row["student"] for row in rows]
    assert [row["low"] for row in rows if row["student"] == "Cem"] == ["-1.0"]


@pytest.mark.parametrize(
    ("sign", "told"),
    [
        ("=", "'="),
        ("+", "'+"),
        ("-", "'-"),
        ("@", "'@"),
        ("\uff1d", "'\uff1d"),
        ("\t", r"\t"),
        ("\r", r"\r"),
        ("\n", r"\n"),
        ("\t=", r"\t="),
    ],
)
def test_no_text_reaches_a_spreadsheet_as_a_formula_and_a_number_below_nought_stays_one(sign, told, whole_class):
    """A student's name, a folder's and a note: whatever begins as a formula does is marked as a text."""
    classroom = merged(whole_class)
    row, rest = classroom.rows[1], "1+cmd|' /C calc'!A0"
    spoilt = dict.fromkeys(("student", "folder", "note"), sign + rest)
    written = class_csv(replace(classroom, rows=[replace(row, **spoilt, failing=[sign + rest], value=-1.5)]))
    [read] = csv.DictReader(io.StringIO(written, newline=""))
    assert [read[name] for name in (*spoilt, "failing")] == [told + rest] * 4
    assert (read["model_value"], read["size"], read["low"]) == ("-1.5", "-2.0", "-4.0")


def test_a_text_that_only_holds_such_a_sign_stays_as_it_is(whole_class):
    classroom = merged(whole_class)
    rows = [replace(classroom.rows[0], student=name) for name in ("Anne-Marie", "a=b", "")]
    assert [read["student"] for read in csv.DictReader(class_csv(replace(classroom, rows=rows)).splitlines())] == [
        "Anne-Marie",
        "a=b",
        "",
    ]


def test_a_picture_of_a_large_class_leaves_the_names_out_and_an_empty_one_is_refused(whole_class):
    rows = merged(whole_class).rows
    slide = class_picture(rows * 20)
    axes, _ = slide.axes
    assert not axes.get_yticklabels()
    assert "of 40 intervals" in slide.description
    with pytest.raises(ValueError, match="without a prediction"):
        class_picture([])


@pytest.mark.filterwarnings("error")
def test_a_name_in_any_letters_is_kept(room):
    join_class(room / "wang", "王小明", 9, "same", 0, -1, 1)
    svg = render(class_picture(merged(room).rows), "svg").decode()
    assert ">王小明<" in svg
    assert "王小明" in page_text(class_page(merged(room)))


def test_one_very_wide_interval_does_not_hide_the_others(room):
    for number in range(20):
        join_class(room / f"s{number}", f"S{number}", 100 + number, "higher", 10, 5, 20)
    join_class(room / "wide", "Wide", 9, "higher", 10, -1e6, 1e6)
    axes, _ = class_picture(merged(room).rows).axes
    assert axes.get_xlim()[1] < 1000


def drawn(rows):
    axes, _ = class_picture(rows).axes
    return axes.get_xlim(), axes.get_lines()


def test_one_edited_log_does_not_stretch_the_picture(room):
    for number in range(4):
        join_class(room / f"s{number}", f"S{number}", 100 + number, "higher", 10, 5, 20)
        checked(find("1"), room / f"s{number}", RUNNER)
    before, _ = drawn(merged(room).rows)
    log = room / "s0" / "checks.jsonl"
    log.write_text(json.dumps(json.loads(log.read_text()) | {"value": 1e15}) + "\n")
    rows = merged(room).rows
    assert max(row.value for row in rows if row.tries) == 1e15
    (low, high), _ = drawn(rows)
    assert high - low < 2 * (before[1] - before[0])


def test_an_interval_cut_off_has_an_arrow_at_the_end_that_goes_on_and_the_note_counts_it(room):
    join_class(room / "wide", "Wide", 9, "higher", 10, 5, 1e6)
    rows = [row for row in merged(room).rows if row.student != "Ada"]
    (low, high), lines = drawn(rows)
    assert high - low < 100, "also in a class of three"
    assert [(line.get_marker(), *line.get_xdata()) for line in lines if line.get_marker() in ("<", ">")] == [
        (">", high)
    ]
    notes = " ".join(" ".join(text.get_text().split()) for text in class_picture(rows).texts)
    assert "Arrows: 1 interval goes on beyond the drawing." in notes
    plain = class_picture([row for row in rows if row.student != "Wide"])
    assert not any("Arrows" in text.get_text() for text in plain.texts)


def test_a_size_beyond_the_drawing_is_not_drawn(room):
    join_class(room / "far", "Far", 9, "higher", 5e5, 4e5, 1e6)
    (low, high), lines = drawn(merged(room).rows)
    assert high < 5000
    assert all(low <= x <= high for line in lines for x in line.get_xdata())


# --- Counts beside the intervals ---


def beside(rows):
    """The heights of the bar's parts, and the words."""
    _, axes = class_picture(rows).axes
    return [round(part.get_height(), 3) for part in axes.patches], [text.get_text() for text in axes.texts]


def test_a_bar_shows_five_students_or_more_and_fewer_are_counted_in_words(whole_class):
    ada, ben, cem = merged(whole_class).rows
    assert beside([ada, ada, ben, ben, cem]) == (
        [0, 0, 0],
        ["2 hit", "0 missed", "2 confidently\nwrong", "1 not checked"],
    )
    missed = replace(ada, value=ada.prediction.high + 1)
    assert beside([ada, missed, missed, ben, ben]) == ([0.2, 0.4, 0.4], ["1 hit", "2 missed", "2 confidently\nwrong"])


def test_a_picture_says_no_per_cent_of_fewer_than_five(whole_class):
    rows = merged(whole_class).rows
    words = [text.get_text().replace("80 %", "") for text in class_picture(rows).findobj(Text)]
    assert not [text for text in words if re.search(r"\d ?%", text)]


def test_intervals_are_drawn_from_the_highest_guess_to_the_lowest_and_the_confidently_wrong_stand_out(whole_class):
    rows = merged(whole_class).rows
    axes, _ = class_picture(rows).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Ada", "Cem", "Ben"]
    lines = [line for line in axes.get_lines() if len(line.get_xdata()) == 2]
    colours = {line.get_color() for line in lines if line.get_ydata()[0] == line.get_ydata()[1]}
    assert len(colours) == 3, "one that hit, one not checked, one confidently wrong"


def test_names_can_be_left_out_of_the_pictures(whole_class, chipgate, here):
    status, out, _ = chipgate("lesson", "merge", whole_class, "--no-names", "--out", here / "out")
    assert (status, "Ada" in out) == (0, True)
    assert "Ada" in (here / "out" / "class.csv").read_text()
    assert "Ada" not in (here / "out" / "01-tiny.svg").read_text(encoding="utf-8")


# --- What is hostile: it is told, it takes little, and costs the others nothing ---


def others_stand(classroom):
    return [(row.student, row.tries) for row in classroom.rows if row.student in STUDENTS] == [
        ("Ada", 2),
        ("Ben", 1),
        ("Cem", 0),
    ]


def told(classroom):
    return [(each.path, each.reason) for each in classroom.broken]


@pytest.fixture
def bytes_read(monkeypatch):
    """How many bytes were asked for, file by file."""
    asked = []
    opened = sim.base.files.open_plain

    class Counted(io.BytesIO):
        def read(self, most):
            asked.append(most)
            return super().read(most)

    def open_plain(path):
        with opened(path) as file:
            return Counted(file.read(2_000_000))

    monkeypatch.setattr("sim.base.files.open_plain", open_plain)
    return asked


def test_of_a_folder_with_very_many_files_some_are_looked_at(room, monkeypatch):
    monkeypatch.setattr("sim.lessons.handed_in.MOST_NAMES", 60)
    (room / "aaa" / "b").mkdir(parents=True)
    for number in range(80):
        (room / "aaa" / "b" / f"{number}.txt").write_text("")
        (room / "aaa" / f".{number}").write_text("")
    classroom = merged(room)
    assert others_stand(classroom)
    assert told(classroom) == [("aaa", "holds over 60 files and folders; not all were looked at")]


def test_of_a_folder_with_very_many_predictions_some_are_read_the_small_ones_first(room, monkeypatch, bytes_read):
    monkeypatch.setattr("sim.lessons.handed_in.MOST_BYTES", 40_000)
    join_class(room / "aaa", "Zoe", 9, "same", 0, -1, 1)
    for number in range(30):
        (room / "aaa" / f"prediction-{number}.json").write_text("{" * 15_000)
    classroom = merged(room)
    assert others_stand(classroom)
    assert "Zoe" in names_of(classroom)
    assert ("aaa", "holds over 0.04 MB of data; not all were looked at") in told(classroom)
    assert bytes_read.count(20_001) < 12, "of predictions, of which there are 34"


def test_a_list_of_very_many_files_that_were_not_read_is_cut(room, monkeypatch):
    monkeypatch.setattr("sim.lessons.handed_in.MOST_UNREAD", 5)
    for number in range(12):
        (room / f"essay-{number:02}.docx").write_text("")
    unread = merged(room).unread
    assert (len(unread), "... and 7 more" in unread) == (6, True)


def test_folders_in_folders_without_end_are_told(room):
    deep = room.joinpath("d", *["d"] * 60)
    deep.mkdir(parents=True)
    (deep / "prediction.json").write_text("{}")
    classroom = merged(room)
    assert others_stand(classroom)
    assert told(classroom) == [("/".join(["d"] * 21), "lies in over 20 folders, and was not looked at")]


@pytest.mark.parametrize("name", ["prediction.json", "checks.jsonl", "other.json"])
def test_no_file_is_read_beyond_its_limit(name, room, bytes_read):
    (room / "zed").mkdir()
    with (room / "zed" / name).open("wb") as file:
        file.truncate(1_500_000_000)
    assert others_stand(merged(room))
    assert max(bytes_read) <= 1_000_001


@pytest.mark.parametrize("line", ["{bad", "[" * 200, "9" * 5000, '{"seal": ' + "9" * 400 + "}"])
def test_of_a_log_of_bad_lines_a_hundred_are_tried(line, room, monkeypatch):
    tried = []
    read = sim.lessons.seal.read_json_text
    monkeypatch.setattr("sim.lessons.seal.read_json_text", lambda text: tried.append(text) or read(text))
    (room / "cem" / "checks.jsonl").write_text(f"{line}\n" * (900_000 // (len(line) + 1)))
    classroom = merged(room)
    assert others_stand(classroom)
    assert told(classroom) == [("cem/checks.jsonl", "is not a log of checks: over 100 of its lines are broken")]
    assert len(tried) < 120


def test_links_are_told_and_not_followed(room):
    (room / "zed").mkdir()
    (room / "zed" / "prediction.json").symlink_to(room / "ada" / "prediction.json")
    (room / "zed" / "checks.jsonl").symlink_to("/dev/zero")
    (room / "zed" / "loop").symlink_to("loop")
    (room / "zed" / "up").symlink_to(room)
    (room / "zed" / "notes.txt").symlink_to("/etc/hostname")
    classroom = merged(room)
    assert len(classroom.rows) == 3
    assert others_stand(classroom)
    assert {path for path, _ in told(classroom)} == {"zed/prediction.json", "zed/checks.jsonl"}
    assert classroom.unread == [f"zed/{name} (a link)" for name in ("loop", "notes.txt", "up")]


def test_no_reason_is_longer_than_anybody_reads(room):
    for name, change in {
        "a": {"exercise": "e" * 15_000},
        "b": {"k\x1b" * 3000: 1},
        "c": {"name": "n" * 15_000},
    }.items():
        content = json.loads((room / "ben" / "prediction.json").read_text()) | change
        (room / name).mkdir()
        (room / name / "prediction.json").write_text(json.dumps({**content, "seal": seal_of(content)}))
    classroom = merged(room)
    assert len(classroom.broken) == 3
    assert max(len(each.reason) + len(each.student) for each in classroom.broken) < 300


def test_a_seed_of_four_thousand_digits_is_cut_where_it_is_told(room):
    content = json.loads((room / "ben" / "prediction.json").read_text()) | {"seed": 10**4000}
    for name in ("a", "b"):
        content |= {"nonce": f"{name * 16}"}
        (room / name).mkdir()
        (room / name / "prediction.json").write_text(json.dumps({**content, "seal": seal_of(content)}))
    assert max(len(row.note) for row in merged(room).rows) < 100


def test_names_that_differ_only_in_how_unicode_writes_them_are_one(room):
    join_class(room / "one", "Zo\u00eb", 11, "same", 0, -1, 1)
    join_class(room / "two", "Zoe\u0308", 12, "same", 0, -1, 1)
    notes = [row.note for row in merged(room).rows if row.student == "Zo\u00eb"]
    assert notes == ["another prediction has this name"] * 2


def test_a_folder_whose_name_is_no_text_is_merged(room, chipgate, here):
    os.rename(os.fsencode(room / "ben"), os.fsencode(room) + b"/caf\xe9")
    assert chipgate("lesson", "merge", room, "--out", here / "out")[0] == 0
    assert r"caf\udce9" in (here / "out" / "class.csv").read_text(encoding="utf-8")


def test_a_broken_file_is_told_with_its_students_name(room):
    (room / "ada" / "checks.jsonl").write_text("{broken\n")
    spoil_seal(room)
    (room / "cem" / "prediction.json").write_text("{")
    assert {each.path: each.student for each in merged(room).broken} == {
        "ada/checks.jsonl": "Ada",
        "ben/prediction.json": "Ben",
        "cem/prediction.json": "cem",
    }
    assert "Ada, ada/checks.jsonl: line 1 is broken" in page_text(class_page(merged(room)))


def test_a_merge_in_the_class_s_own_folder_does_not_read_what_an_earlier_one_wrote(room, chipgate, monkeypatch):
    monkeypatch.chdir(room)
    first, second = (chipgate("lesson", "merge", ".") for _ in range(2))
    assert first[0] == second[0] == 0
    assert second[1].replace("class-2", "class") == first[1]
    assert sorted(os.listdir("results")) == ["class", "class-2"]


# --- A teacher's own exercise ---


def test_an_exercise_of_the_teachers_own_is_known_once_its_folder_is_named(room, chipgate, here):
    own = read_exercise(make_exercise(here / "wages"))
    start(own, room / "dan", seed=4, name="Dan")
    begin_prediction(read_work(own, room / "dan"))(sign="higher", size=30, low=10, high=80, name="Dan")
    checked(own, room / "dan", RUNNER)
    status, out, _ = chipgate("lesson", "merge", room, "--out", here / "without")
    assert (status, "Dan, dan/prediction.json: chipgate has no exercise 'wages'" in " ".join(out.split())) == (
        1,
        True,
    )
    status, out, _ = chipgate("lesson", "merge", room, "--exercise", here / "wages", "--out", here / "with")
    assert (status, "wages, in %" in out) == (0, True)
    assert (here / "with" / "wages.svg").exists()


def test_a_copy_of_an_own_exercise_under_another_name_is_known_by_what_it_asks(room, chipgate, here):
    make_exercise(here / "wages")
    copy = read_exercise(make_exercise(here / "wages (1)"))
    start(copy, room / "dan", seed=4, name="Dan")
    begin_prediction(read_work(copy, room / "dan"))(sign="higher", size=30, low=10, high=80, name="Dan")
    status, out, _ = chipgate("lesson", "merge", room, "--exercise", here / "wages", "--out", here / "with")
    assert (status, "wages, in %" in out, "chipgate has no exercise" in out) == (0, True, False)
    other = EXERCISE.replace("outcome: delivered", "outcome: backlog")
    make_exercise(here / "other", other)
    status, out, _ = chipgate("lesson", "merge", room, "--exercise", here / "other", "--out", here / "out")
    assert (status, "chipgate has no exercise 'wages (1)'" in " ".join(out.split())) == (1, True)


# --- On a terminal ---


@pytest.fixture
def long_names(room):
    for number in range(2):
        name = f"Maximiliana Konstantinopolskaya-Wetherby the {number + 1}."
        join_class(room / f"max{number}", name, 20 + number, "higher", 10.5, -123_456, 1e15)
    (room / f"{'a-long-name ' * 12}.docx").write_text("")
    return room


@pytest.mark.parametrize("width", [50, 70, 80, 100])
def test_a_terminal_gets_lines_no_wider_than_it_is(width, long_names):
    text = page_text(class_page(merged(long_names)), width)
    assert max(map(len, text.splitlines())) <= width
    codes = {row.prediction.code for row in merged(long_names).rows}
    assert all(code in text for code in codes), "which the teacher compares"
    hidden = re.search(r"Hidden columns: ([\w, ]+); class.csv has them", " ".join(text.split()))
    gone = set(hidden[1].split(", ")) if hidden else set()
    assert gone in [set(LAST_TO_FIRST[:many]) for many in range(5)], "the first to give way is the last in rank"


def test_a_name_of_one_long_word_leaves_the_others_their_table(room):
    join_class(room / "x", "x" * 80, 9, "same", 0, -1, 1)
    text = page_text(class_page(merged(room)), 100)
    assert re.search(r"^student +(sign +)?(size +)?low +high ", text, re.MULTILINE)
    assert re.search(r"^x{20,}…x+ +(same +)?", text, re.MULTILINE)
    assert "x" * 80 in class_csv(merged(room))
    assert [each["student"] for each in class_record(merged(room))["students"]][-1] == "x" * 80


LAST_TO_FIRST = ("sign right", "size", "sign", "score")


def test_nothing_is_hidden_on_a_wide_terminal(long_names):
    assert "Hidden" not in page_text(class_page(merged(long_names)), 200)


def test_a_class_needs_a_folder(tmp_path):
    with pytest.raises(ChipgateError, match="there is no folder"):
        merged(tmp_path / "file")
