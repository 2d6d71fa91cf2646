"""Every exercise: its pages are whole, its solution passes, and typical wrong answers do not."""

import os
import re
import shlex
from pathlib import Path

import click
import pytest
from exercise_runs import Small
from markdown_it import MarkdownIt

from sim.base.label import LABEL
from sim.base.places import scenario_folder
from sim.cli import main
from sim.lessons.exercise import Exercise, all_exercises, exercise_folder, exercise_names, find
from sim.lessons.trial import faults, handed_in, overlay_folder

OVERLAYS = Path(__file__).parent / "exercises"
FULL = bool(os.environ.get("CHIPGATE_FULL"))
SEEDS = (1, 2, 3) if FULL else (1,)

each = pytest.mark.parametrize("name", exercise_names())


def wrong_answers(name: str) -> list[str]:
    """The typical wrong answers to an exercise. Those whose file is not the solution's need runs of their own, for which
    the suite has no time: `make exercises` tries them too."""
    solution, found = OVERLAYS / name / "solution", []
    for path in sorted((OVERLAYS / name).glob("wrong-*")):
        files = [file for file in path.glob("*.yaml") if file.name != "answers.yaml"]
        own = [file for file in files if file.read_bytes() != (solution / file.name).read_bytes()]
        found += [path.name] if FULL or not own else []
    return found


each_wrong = pytest.mark.parametrize(
    ("name", "wrong"), [(name, wrong) for name in exercise_names() for wrong in wrong_answers(name)]
)


def runner_for(name: str) -> Small:
    """Runs as small as the exercise's tests bear."""
    own = OVERLAYS / name / "replications"
    return Small(10**6 if FULL else int(own.read_text()) if own.is_file() else 8)


# --- Solutions and wrong answers ---


@pytest.mark.parametrize("seed", SEEDS)
@each
def test_the_solution_passes(name, seed):
    exercise = find(name)
    report = handed_in(exercise, OVERLAYS / name / "solution", seed, runner_for(name))
    assert report.passed, [finding for finding in report.findings if not finding.holds]


@each_wrong
def test_a_typical_wrong_answer_fails_in_the_property_that_it_is_about(name, wrong):
    exercise, overlay = find(name), OVERLAYS / name / wrong
    report = handed_in(exercise, overlay, 1, runner_for(name))
    failed = {finding.name for finding in report.findings if not finding.holds}
    named = set((overlay / "fails").read_text().split()) if (overlay / "fails").is_file() else set()
    assert failed
    assert named <= failed, named - failed


@each
def test_the_untouched_start_does_not_pass_with_the_right_answers(name):
    exercise = find(name)
    if exercise.machine.edit is None:
        pytest.skip("nothing is edited in this exercise")
    solution = OVERLAYS / name / "solution"
    assert not handed_in(exercise, solution, 1, runner_for(name), only_answers=True).passed


@each
def test_an_exercise_has_a_solution_and_three_wrong_answers_outside_the_wheel(name):
    folder = OVERLAYS / name
    assert overlay_folder(find(name)) == folder
    assert (folder / "solution").is_dir()
    assert len(list(folder.glob("wrong-*"))) >= 3
    assert scenario_folder() not in folder.parents


def test_every_solution_is_of_an_exercise():
    assert {path.name for path in OVERLAYS.iterdir()} == set(exercise_names())


# --- Answers do not leak ---


def test_the_half_widths_that_exercise_4_asks_for_are_not_told():
    """Nor four of them at 120 replications: both numbers of replications would follow."""
    assert not [
        key for key, each_property in find("4").machine.properties.items() if "half_width" in each_property.tell
    ]


GIVEN_AWAY = re.compile(
    r"\b(hardly|barely|scarcely|not enough|no remedy|no more than|no longer|buys? nothing)\b", re.IGNORECASE
)
TAKEN_FOR_GRANTED = re.compile(r"\b[Ww]hy (do|does|did|is|are|has|have)\b")


@each
def test_the_students_pages_take_no_outcome_for_granted(name):
    """`start` lays these texts out before anything is predicted: none may say which way or how far an outcome goes."""
    exercise = find(name)
    texts = [answer.question for answer in exercise.machine.answers.values()]
    reasons = [answer.question for answer in exercise.machine.answers.values() if answer.kind == "text"]
    told = [exercise.section(heading) for heading in ("Goal", "Look at", "Explain", "Go further")]
    for text in [exercise.machine.goal, *texts, *told]:
        words = " ".join(text.split())
        assert not GIVEN_AWAY.search(words), words
    assert not [text for text in reasons if TAKEN_FOR_GRANTED.search(text)]
    assert not re.search(r"\d %", re.sub(r"\d+ % interval", "", exercise.section("Explain"))), "a size is told"


def values_of(overlay: Path) -> set[str]:
    """The values that a scenario file sets, as written there with their units."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in overlay.glob("*.yaml") if path.name != "answers.yaml")
    return set(re.findall(r"[\d.]+ (?:million )?(?:%(?:/year)?|[a-z]+(?:/[a-z]+)?)", re.sub(r"#.*", "", text)))


@each
def test_the_teachers_page_states_no_file_that_passes(name):
    """The page comes with the program, so students can read it: no value that only the solution has stands there."""
    exercise = find(name)
    start = re.sub(r"#.*", "", (exercise.folder / exercise.machine.edit.file).read_text(encoding="utf-8"))
    told = re.findall(r"[\d.,]+ (?:%|[a-z]+)(?:/[a-z]+)?", exercise.teacher)
    for value in values_of(OVERLAYS / name / "solution"):
        number, unit = value.split(" ", 1)
        plain = f"{float(number):,.15g} {unit.split('/')[0]}"
        assert value in start or not {value, plain} & set(told), value


@each
def test_a_name_to_find_stands_in_no_page(name):
    """The answers that the exercise stores as hashes are in neither page, but for the list of keys that may change."""
    exercise = find(name)
    page = exercise.teacher.lower()
    for word in names_to_find(name):
        assert word not in exercise.readme or word in exercise.machine.edit.keys
        told = [part for part in re.findall(r"[a-z]{4,}", word) if re.search(rf"\b{part}\b", page)]
        assert len(told) < 2, f"the teacher's page tells {word} by {told}"


def names_to_find(name: str) -> list[str]:
    """The solution's answers of kind `name` or `key`."""
    answers = (OVERLAYS / name / "solution" / "answers.yaml").read_text(encoding="utf-8")
    kinds = find(name).machine.answers
    return [
        value.strip()
        for key, value in re.findall(r"^(\w+): (.*)$", answers, re.MULTILINE)
        if key in kinds and kinds[key].kind in ("name", "key")
    ]


# --- The pages ---


@each
def test_the_pages_have_their_parts_and_tell_no_answer(name):
    found = faults(find(name))
    assert found == []


def commands(exercise: Exercise) -> list[list[str]]:
    """The commands on lines of their own, and those within a line."""
    page = re.sub(r" \\\n +", " ", exercise.readme)  # those that go on in the next line
    found = re.findall(r"^ {4,}chipgate (.*)$", page, re.MULTILINE) + re.findall(r"`chipgate ([^`]*)`", page)
    return [shlex.split(command.replace("SEED", "7"), comments=True) for command in found]


@each
def test_a_command_on_a_line_of_its_own_is_code_for_whoever_renders_the_page(name):
    """Behind a nested list an indented line would be text of its last item."""
    page = find(name).readme
    written = [line.strip() for line in re.findall(r"^ {4,}chipgate .*$", page, re.MULTILINE)]
    code = [
        line
        for token in MarkdownIt().parse(page)
        if token.type == "code_block"
        for line in token.content.split("\n")
        if line.startswith("chipgate ")
    ]
    assert code == written


@each
def test_the_commands_of_the_students_page_exist(name):
    exercise = find(name)
    told = commands(exercise)
    for words in told:
        command: click.Command = main
        while isinstance(command, click.Group) and words:
            command, words = command.commands[words[0]], words[1:]
        with command.make_context("chipgate", list(words)) as context:
            if "number" in context.params:
                assert context.params["number"] == str(exercise.number)
            there = [*exercise.starting_files, *exercise.machine.later]
            scenarios = [context.params.get("scenario"), context.params.get("other")]
            for scenario in filter(None, scenarios):
                assert scenario in there or (scenario_folder() / f"{scenario}.yaml").is_file()
    assert {("lesson", "predict"), ("lesson", "check")} <= {tuple(words[:2]) for words in told}


def test_exercises_are_numbered_from_one_without_gaps():
    assert [exercise.number for exercise in all_exercises()] == list(range(1, len(exercise_names()) + 1))


def test_the_index_names_every_exercise_with_its_title_and_minutes():
    index = (exercise_folder() / "README.md").read_text(encoding="utf-8")
    for exercise in all_exercises():
        line = f"- [{exercise.heading}]({exercise.name}/README.md)"
        assert f"{line}, {exercise.machine.minutes} minutes" in index
    assert LABEL in index
