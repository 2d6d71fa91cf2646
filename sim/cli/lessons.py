"""The exercises: lesson list, show, start, predict, check, new, test, merge."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.base.errors import ChipgateError
from sim.base.label import LABEL, SENTENCE
from sim.cli.common import (
    Commands,
    Integer,
    as_json,
    by_workers,
    echo_json,
    examples,
    keeping,
    overwriting,
    replications,
    reused,
    run_told,
    store_in_use,
)
from sim.cli.completion import completed, exercises
from sim.cli.terminal import (
    USUAL,
    WIDEST,
    echo_folded,
    echo_page,
    is_watched,
    style_of_stdout,
    terminal_width,
    time_left,
)

if TYPE_CHECKING:
    from sim.experiment.run import Run
    from sim.lessons.check import Runner
    from sim.lessons.exercise import Exercise
    from sim.scenario.load import SourcedScenario

LONG = 10.0  # seconds, of which a person is told before
exercise_number = click.argument("number", metavar="N", shell_complete=completed(exercises, files=True))


class Way(click.Choice[str]):
    """A sign, also in the words in which exercises ask for it: longer, less, ..."""

    def __init__(self) -> None:
        super().__init__(["higher", "lower", "same"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from sim.lessons.seal import sign_of

        return super().convert(sign_of(str(value)) or value, param, ctx)


@click.group(
    cls=Commands,
    epilog="Start with: chipgate lesson start 1",
    help="""Exercises: predict, run, see what holds, explain. N is an exercise's number or name, or a folder that holds
    one of your own.

    Illustrative, not predictive.""",
)
def lesson() -> None:
    pass


@lesson.command(
    "list",
    help="List the exercises, with their minutes and goals. Status 1 if one is broken; the others are listed.",
    epilog=examples("chipgate lesson list"),
)
@as_json
@click.pass_context
def list_lessons(ctx: click.Context, as_json: bool) -> None:
    from sim.lessons.exercise import all_exercises
    from sim.lessons.texts import list_text

    broken: dict[str, str] = {}
    exercises = all_exercises(broken)
    for name, reason in broken.items():
        click.echo(f"{name} is broken and not listed: {reason}", err=True)
    if not as_json:
        click.echo(list_text(exercises, _width()).lstrip("\n"))
        ctx.exit(1 if broken else 0)
    about = ("title", "goal", "minutes", "level")
    rows = [{"name": e.name, **{key: getattr(e.machine, key) for key in about}} for e in exercises]
    echo_json({"label": LABEL, "exercises": rows, "broken": broken})
    ctx.exit(1 if broken else 0)


@lesson.command(
    "show",
    help="""Show the page of exercise N.

    Up to what you are to predict, and all of it once that is sealed.""",
    epilog=examples("chipgate lesson show 1", "chipgate lesson show 1 --print --out handout.html"),
)
@exercise_number
@click.option("--all", "whole", is_flag=True, help="All of it, also before your prediction is sealed.")
@click.option("--teacher", is_flag=True, help="The teacher's page: what to expect, common wrong ideas, debrief.")
@click.option("--print", "printed", is_flag=True, help="HTML for paper: a sheet to predict on, then what to do.")
@click.option("--out", type=click.Path(path_type=Path), help="With --print: the file to write.  [default: stdout]")
@overwriting
def show_lesson(number: str, whole: bool, teacher: bool, printed: bool, out: Path | None, overwrite: bool) -> None:
    from sim.lessons.check import has_predicted
    from sim.lessons.exercise import find
    from sim.lessons.seal import CAVEAT
    from sim.lessons.texts import page_text

    if printed and (whole or teacher):
        raise click.UsageError("--print makes both sheets of an exercise; leave --all and --teacher out")
    if (out or overwrite) and not printed:
        raise click.UsageError("--out and --overwrite belong to --print")
    exercise = find(number)
    if printed:
        _print(exercise, out, overwrite)
        return
    page = page_text(exercise, whole or has_predicted(exercise))
    if teacher:
        page = f"{exercise.teacher.rstrip()}\n\n{CAVEAT}"
    if width := terminal_width():
        from sim.exhibits.prose import markdown_lines

        page = "\n".join(markdown_lines(page, min(width, WIDEST), style_of_stdout()))
    click.echo(page)
    click.echo()
    echo_folded(SENTENCE)


def _print(exercise: Exercise, out: Path | None, overwrite: bool) -> None:
    """Write the exercise's handout to a file, or to stdout where none is named."""
    from sim.base.atomic import refuse_file, write_whole
    from sim.lessons.handout import handout_html

    if out is None:
        click.echo(handout_html(exercise))
        return
    refuse_file(out, overwrite, "handout")
    write_whole(out, handout_html(exercise).encode())
    echo_folded(f"Written to {out}: print it from a browser, one sheet to predict on, then what to do. {SENTENCE}")


@lesson.command(
    help="Lay out a folder in which to work on exercise N.",
    epilog=examples("chipgate lesson start 1", "chipgate lesson start 1 my-folder --name Kim"),
)
@exercise_number
@click.argument("folder", type=click.Path(path_type=Path), required=False, metavar="[DIR]")
@click.option("--seed", type=Integer(), help="Your own luck.  [default: a random one]")
@click.option("--name", default="", help="Your name, for your teacher's table.")
def start(number: str, folder: Path | None, seed: int | None, name: str) -> None:
    from sim.lessons import work
    from sim.lessons.exercise import find
    from sim.lessons.texts import started_text

    exercise = find(number)
    place = folder or Path(exercise.work)
    seed = work.start(exercise, place, seed, name)
    click.echo(started_text(exercise, str(place), seed, _width()))


@lesson.command(
    help="""Seal what you expect in exercise N, before you run it.

    What you leave out is asked for.""",
    epilog=examples("chipgate lesson predict 1", "chipgate lesson predict 1 --sign higher --size 5 --low 2 --high 9"),
)
@exercise_number
@click.argument("folder", type=click.Path(path_type=Path), required=False, metavar="[DIR]")
@click.option("--sign", type=Way(), help="Which way it goes.")
@click.option("--size", metavar="NUMBER", help="How far; below 0 for lower.")
@click.option("--low", metavar="NUMBER", help="Lower end of the interval that holds the answer with 80 %.")
@click.option("--high", metavar="NUMBER", help="Its upper end.")
@click.option("--name", help="Your name, for your teacher's table.  [default: the one in answers.yaml]")
@as_json
def predict(
    number: str,
    folder: Path | None,
    sign: str | None,
    size: str | None,
    low: str | None,
    high: str | None,
    name: str | None,
    as_json: bool,
) -> None:
    from sim.lessons.check import begin_prediction, prediction_record, refuse_known
    from sim.lessons.exercise import find
    from sim.lessons.score import measure_word
    from sim.lessons.seal import tidy_name
    from sim.lessons.texts import question_text, sealed_text
    from sim.lessons.work import read_work

    exercise = find(number)
    work = read_work(exercise, folder)
    seal_it = begin_prediction(work)  # refuses before anybody has thought of numbers
    asked = exercise.machine.predict
    unit = measure_word(asked)
    name = work.name if name is None else tidy_name(name)
    numbers = {"size": size, "low": low, "high": high}
    given: dict[str, Any] = {"sign": sign} if sign is not None else {}
    given |= {key: _amount(text, unit, f"--{key}") for key, text in numbers.items() if text is not None}
    missing = [key for key in ("sign", *numbers) if key not in given]
    if missing:
        refuse_known(exercise, given)
        click.echo(f"{question_text(asked, _width(as_json))}\n", err=as_json)
        many = len(missing) + (not name)
        click.echo(f"{many} question{'s follow' if many > 1 else ' follows'}.", err=as_json)
        asked_first = "First your name, not yet the direction (may stay empty)"
        name = name or click.prompt(asked_first, default="", show_default=False, value_proc=_name, err=as_json)
        given = _asked(exercise, given, unit, as_json)
    prediction = seal_it(name=name, **given)
    if as_json:
        echo_json(prediction_record(prediction))
        return
    if not missing:
        click.echo(f"{question_text(asked, _width())}\n")
    place = "" if folder is None or folder.resolve() == Path.cwd() else f" {shlex.quote(str(folder))}"
    called = exercise.inside if work.folder.resolve() == Path.cwd() else exercise.called
    click.echo(sealed_text(prediction, exercise, f"chipgate lesson check {called}{place}", _width()))


def _asked(exercise: Exercise, given: dict[str, Any], unit: str, err: bool) -> dict[str, Any]:
    """The whole prediction, what was not given asked for: first sign and size, then the interval. What contradicts
    the rest is told at once and asked for again, so that no answer before it is lost."""
    from sim.lessons.score import way_words

    more, less = way_words(exercise.machine.predict)
    ask = partial(click.prompt, err=err)
    amount = partial(_amount, unit=unit)
    prompts: dict[str, Callable[[], Any]] = {
        "sign": partial(ask, f"Which way: higher ({more}), lower ({less}) or same", type=Way(), show_choices=False),
        "size": partial(ask, f"How far, in {unit} (below 0 for lower)", value_proc=partial(_size_or_way, unit=unit)),
        "low": partial(ask, f"With 80 % it lies between (lower end, {unit})", value_proc=amount),
        "high": partial(ask, f"and (upper end, {unit})", value_proc=amount),
    }
    again = ("sign",) if "size" in given else ("size",)
    known = _agreeing(exercise, given, ("sign", "size"), again, prompts, err)
    return _agreeing(exercise, known, ("low", "high"), tuple({"low", "high"} - given.keys()), prompts, err)


def _agreeing(
    exercise: Exercise,
    given: dict[str, Any],
    keys: tuple[str, ...],
    again: tuple[str, ...],
    prompts: dict[str, Callable[[], Any]],
    err: bool,
) -> dict[str, Any]:
    """What is given, with these keys asked for; `again` are those asked for once more after a contradiction."""
    from sim.exhibits.layout import folded
    from sim.lessons.check import refuse_known

    known = dict(given)
    while missing := [key for key in keys if key not in known]:
        known[missing[0]] = prompts[missing[0]]()
        if isinstance(known.get("size"), str):  # another direction, in place of a size
            known["sign"] = known.pop("size")
        if len(missing) > 1 or "size" not in known:
            continue
        try:
            refuse_known(exercise, known)
        except ChipgateError as error:
            other = ", or another direction" if "size" in again else ""
            click.echo("\n".join(folded(f"Error: {error}. Once more{other}:", _width(err))), err=err)
            for key in again:
                del known[key]
    return known


def _size_or_way(text: str, unit: str) -> float | str:
    """A size as it was typed, or a sign, from whoever thinks better of the direction. Raises BadParameter."""
    from sim.lessons.seal import sign_of

    return sign_of(text) or _amount(text, unit)


def _name(text: str) -> str:
    """A name as it was typed; a direction is none. Raises BadParameter, after which a prompt asks again."""
    from sim.lessons.seal import sign_of, tidy_name

    if sign_of(text):
        raise click.BadParameter(f"'{text.strip()}' is a direction, which is asked next; this is for your name")
    try:
        return tidy_name(text)
    except ChipgateError as error:
        raise click.BadParameter(str(error)) from None


def _amount(text: str, unit: str, option: str | None = None) -> float:
    """A number as it was typed. Raises BadParameter, after which a prompt asks again."""
    from sim.base.units import UnitError
    from sim.lessons.numbers import read_amount

    try:
        return read_amount(text, unit)
    except UnitError as error:
        raise click.BadParameter(str(error), param_hint=option) from None


@lesson.command(
    "check",
    help="""Check your work on exercise N.

    FILE is its folder, or a scenario in it. Status 1 if something does not hold.""",
    epilog=examples("chipgate lesson check 1", "chipgate lesson check 1 my-folder"),
)
@exercise_number
@click.argument("file", type=click.Path(path_type=Path), required=False, metavar="[FILE]")
@by_workers
@keeping
@as_json
@click.pass_context
def check_lesson(ctx: click.Context, number: str, file: Path | None, workers: int | None, as_json: bool) -> None:
    from sim.lessons.check import check, planned, report_record
    from sim.lessons.exercise import find
    from sim.lessons.texts import before_text, report_text
    from sim.lessons.work import read_work

    work = read_work(find(number), file)

    def plan() -> list[int]:
        runs = planned(work)
        click.echo(f"{before_text(work, runs, _width(as_json))}\n", err=as_json)
        return runs

    report = check(work, _runner(workers, plan))
    if as_json:
        echo_json(report_record(report))
    else:
        click.echo(report_text(report, _width()))
    ctx.exit(0 if report.passed else 1)


@lesson.command(
    "new",
    help="""Write a small exercise of your own to start from.

    DIR is its folder. It passes its own test, and the comments in it say what is what.""",
    epilog=examples("chipgate lesson new my-exercise"),
)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def new_lesson(folder: Path) -> None:
    from sim.lessons.exercise import exercise_names, find
    from sim.lessons.trial import example_files
    from sim.lessons.work import lay_out, refuse_taken

    if folder.name.isdigit() or folder.name in exercise_names():
        raise click.UsageError(f"'{folder.name}' names an exercise that comes with the program; choose another name")
    refuse_taken(folder)
    lay_out(folder, example_files())
    called = find(f"{folder}{os.sep}").called
    echo_folded(f"{folder} is an exercise: change what is in it, the pages and exercise.yaml first. {SENTENCE}")
    click.echo()
    click.echo(f"  chipgate lesson test {called}     see whether it holds; as often as you like")
    click.echo(f"  chipgate lesson start {called}    work on it as a student does")


@lesson.command(
    "test",
    help="""Try out exercise N: a folder of your own.

    Its pages have their parts, its solution passes, each wrong answer fails where it should, and so does the start that
    nobody has touched. Status 1 if something does not hold.""",
    epilog=examples("chipgate lesson test ./my-exercise", "chipgate lesson test ./my-exercise --seeds 1 -n 8"),
)
@exercise_number
@click.option("--seeds", type=Integer(1, 100), default=3, show_default=True, help="How many: 1, 2, ...")
@replications("At most so many of each run, for a quick look.  [default: as many as a check makes]", default=None)
@by_workers
@keeping
@click.pass_context
def try_lesson(ctx: click.Context, number: str, seeds: int, replications: int | None, workers: int | None) -> None:
    from sim.lessons.exercise import find
    from sim.lessons.texts import finding_lines
    from sim.lessons.trial import tried

    exercise = find(number)
    number_of = f"seed{'s' if seeds > 1 else ''} {', '.join(map(str, range(1, seeds + 1)))}"
    echo_folded(f"{exercise.name}: {exercise.machine.title}, tried on {number_of}")
    click.echo()
    holds = True
    for finding in tried(exercise, range(1, seeds + 1), _runner(workers), replications):
        click.echo("\n".join(finding_lines(finding, _width())))
        holds = holds and finding.holds
    echo_folded(f"\n{SENTENCE}")
    ctx.exit(0 if holds else 1)


@lesson.command(
    "merge",
    help="""Join a class's predictions below DIR.

    Writes a table and a picture of each exercise. Status 1 if a file was broken or not read, or a picture failed; the
    rest is done.""",
    epilog=examples("chipgate lesson merge handed-in"),
)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write.  [default: results/class, numbered]")
@click.option("--no-names", is_flag=True, help="Leave the names out of the pictures.")
@click.option(
    "--exercise",
    "own",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="DIR",
    help="The folder of an exercise of your own; may be given several times.",
)
@by_workers
@keeping
@as_json
@click.pass_context
def merge_lessons(
    ctx: click.Context,
    folder: Path,
    out: Path | None,
    no_names: bool,
    own: tuple[Path, ...],
    workers: int | None,
    as_json: bool,
) -> None:
    from sim.lessons.classroom import class_page, class_record, merge
    from sim.lessons.exercise import read_exercise
    from sim.lessons.picture import class_files
    from sim.lessons.work import lay_out, refuse_taken

    if out is not None:
        refuse_taken(out)
    classroom = merge(folder, _runner(workers), list(map(read_exercise, own)))
    if not as_json:
        echo_page(class_page(classroom))  # before anything is drawn, which takes longest
    files, failed = class_files(classroom, named=not no_names)
    place = lay_out(out or "class", files)
    for name, reason in failed.items():
        echo_folded(f"The picture of {name} could not be drawn: {reason}", err=True)
    if as_json:
        echo_json({**class_record(classroom), "written": str(place), "not_drawn": failed})
    else:
        echo_folded(f"Written to {place}: {', '.join(files)}.")
    ctx.exit(1 if classroom.broken or classroom.unread or failed else 0)


def _width(err: bool = False) -> int:
    """Columns of a page: 80, as in the files of an exercise, or as few as the terminal has."""
    return min(terminal_width(err) or USUAL, USUAL)


def _runner(workers: int | None, plan: Callable[[], list[int]] | None = None) -> Runner:
    """Runs with a progress bar where a person looks on, which says which run it is, and of how many where it is known.

    `plan` gives the replications of all that will be run; it is asked once, at the first run, whose speed tells about
    how long the others will take.
    """
    planned: list[int] = []
    number = count(1)

    def run(sourced: SourcedScenario, replications: int, seed: int) -> Run:
        n = next(number)
        if n == 1 and plan is not None:
            planned.extend(plan())
        of = f" of {len(planned)}" if planned else ""
        began, before = time.perf_counter(), reused()
        made = run_told(sourced, replications, seed, workers, f"Running {sourced.scenario.name} ({n}{of})")
        fresh, to_come = replications - (reused() - before), sum(planned) - replications
        if n == 1 and fresh and (left := (time.perf_counter() - began) / fresh * to_come) > LONG and is_watched():
            less = ", less what the store has" if store_in_use() else ""
            echo_folded(f"About {time_left(left)} for the other {len(planned) - 1} runs{less}.", err=True)
        return made

    return run
