"""What the commands share: how mistakes are told, common options, reading a scenario, running and publishing."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from sim.base.alike import alike
from sim.base.atomic import reason
from sim.base.errors import ChipgateError, ChipgateWarning
from sim.base.wording import capital
from sim.cli.completion import completed
from sim.cli.terminal import (
    WIDEST,
    HelpFormatter,
    echo_error,
    echo_folded,
    progress_bar,
    terminal_width,
    told_in_place,
)
from sim.exhibits.layout import folded

if TYPE_CHECKING:
    from sim.experiment.cluster import Workers
    from sim.experiment.comparison import Comparison
    from sim.experiment.run import Run
    from sim.experiment.store import Store
    from sim.folder.manifest import Manifest
    from sim.folder.write import Keep, Published
    from sim.scenario.load import SourcedScenario

Results = TypeVar("Results", "Run", "Comparison")
Function = TypeVar("Function", bound=Callable[..., Any])


click.Context.formatter_class = HelpFormatter  # of every command, which no class of commands would reach


class Commands(click.Group):
    """A group whose commands tell a person's mistakes on stderr and leave with status 2; so they do with what the
    system does not give: room on a disk, memory, open files."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **extra: Any) -> Any:
        try:
            _look_around(sys.argv[1:] if args is None else args)
            with _ended_in_order():
                return super().main(args, *more, **extra)
        except ChipgateError as error:
            _leave(str(error))
        except (OSError, MemoryError, ImportError, RuntimeError) as error:
            if not (told := _hindrance(error)):
                raise
            _leave(told)

    def invoke(self, ctx: click.Context) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("always", ChipgateWarning)
            warnings.showwarning = lambda message, *_: echo_folded(str(message), err=True)
            try:
                return super().invoke(ctx)
            except ChipgateError as error:
                echo_error(error)
                ctx.exit(2)
            except click.UsageError as error:
                if isinstance(error, click.exceptions.NoArgsIsHelpError):
                    raise  # its message is a page of help
                width = min(terminal_width(err=True) or WIDEST, WIDEST)
                told = "\n".join(folded(f"Error: {error.format_message()}", width))
                raise click.UsageError(told.removeprefix("Error: "), error.ctx) from None
            except click.Abort as error:
                if not isinstance(error.__context__, EOFError):
                    raise  # Ctrl-C
                click.echo(err=True)
                told = f"a question got no answer, for standard input is at its end; see {ctx.command_path} --help"
                echo_folded(told, err=True)
                ctx.exit(2)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """In the order in which a newcomer meets them."""
        return list(self.commands)


def _look_around(args: Sequence[str]) -> None:
    """Refuse to work for nobody, and names that no text file can hold; and make up for other closed streams, whose
    numbers would else go to the next files opened. Raises ChipgateError."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - as long as the program
    if sys.stdout is None:
        raise ChipgateError("standard output is closed, so nothing could be shown; send it to /dev/null instead")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # letters that the terminal's alphabet lacks
    for arg in args:
        try:
            arg.encode()
        except UnicodeEncodeError:
            raise ChipgateError(
                f"{arg!a} is not written in UTF-8, and no results could name it; rename the file or the folder"
            ) from None


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Be ended by the system, or by a terminal that is closed, as by Ctrl-C: workers end, and nothing half-written
    stays. What somebody has said to ignore, as nohup does, stays ignored."""
    heard = -GRACE

    def end(_number: int, _frame: object) -> None:
        nonlocal heard
        if time.monotonic() - heard >= GRACE:
            heard = time.monotonic()
            raise KeyboardInterrupt

    main_thread = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in ENDING} if main_thread else {}
    plain = {number: old for number, old in before.items() if old in (signal.SIG_DFL, signal.default_int_handler)}
    for number in plain:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, old in plain.items():
            signal.signal(number, old)


ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
GRACE = 2.0
"""Seconds for tidying up, in which a second Ctrl-C changes nothing."""


def _hindrance(error: BaseException) -> str:
    """What the system did not give, in a sentence; empty where an error is the program's own."""
    while isinstance(error, ImportError | RuntimeError) and (error.__cause__ or error.__context__):
        error = error.__cause__ or error.__context__ or error
    told = str(error)
    if isinstance(error, MemoryError) or any(words in told for words in WANT_OF_MEMORY):
        return "there is not enough memory; close other programs, or take fewer --workers or replications"
    if "Too many open files" in told:
        return "too many files are open; allow this program more of them, as 'ulimit -n 256' does"
    if isinstance(error, OSError):
        return f"the system does not let this go on: {reason(error)}{f' ({error.filename})' if error.filename else ''}"
    return ""


WANT_OF_MEMORY = ("Cannot allocate memory", "can't start new thread", "failed to map segment", "Out of Memory")


def _leave(told: str) -> NoReturn:
    """Say the sentence where that can be said, and leave with status 2; what still waits to be written is let go."""
    with suppress(OSError, MemoryError):
        echo_folded(told, err=True)
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
    sys.exit(2)


# --- Options ---


class Integer(click.ParamType[int, Any]):
    """A whole number within bounds, which are told when they are not kept."""

    name = "integer"

    def __init__(self, at_least: int = 0, at_most: int | None = None) -> None:
        self.bounds = at_least, at_most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from sim.base.shapes import Whole
        from sim.base.units import UnitError

        try:
            return Whole(*self.bounds).read(str(value))
        except UnitError as error:
            self.fail(str(error), param, ctx)


def examples(*lines: str) -> str:
    """The end of a command's help: lines to type, as they are."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


def replications(help: str, default: int | None = 200) -> Callable[[Function], Function]:
    """The option that says how many."""
    kind = Integer(1, 1_000_000)
    return click.option("-n", "--replications", type=kind, default=default, show_default=True, help=help)


setting = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a key, such as foundry.growth='50 %/year'; repeat it for more.",
)
seeded = click.option("--seed", type=Integer(), default=1, show_default=True, help="The same seed, the same numbers.")
by_workers = click.option("--workers", type=Integer(1, 256), help="Processes.  [default: every processor]")


keeping_series = click.option(
    "--keep",
    type=click.Choice(["all", "summary"]),
    default="all",
    show_default=True,
    help="In the folder: every replication's series, or their mean and quantiles.",
)


def _take_store(context: click.Context, _parameter: click.Parameter, given: str | None) -> None:
    """Remember where replications are kept, for `run_told`; of two options the last one given holds."""
    if given is not None or PLACE not in context.meta:
        context.meta[PLACE] = given


def keeping(command: Function) -> Function:
    """The options about the store of replications, which `run_told` uses."""
    folder = click.option(
        "--store",
        metavar="DIR",
        callback=_take_store,
        expose_value=False,
        help="Keep replications here, and compute none twice.  [default: a folder of yours, see 'chipgate store list']",
    )
    none = click.option(
        "--no-store", "store", flag_value="none", callback=_take_store, expose_value=False, help="Compute all of them."
    )
    return folder(none(command))


low_only = click.option("--low-only", is_flag=True, help="Only assumptions of low confidence vary.")
on_cluster = click.option(
    "--cluster",
    metavar="ADDRESS",
    expose_value=False,
    callback=lambda context, _, given: context.meta.__setitem__(CLUSTER, given),
    help="Compute on a Dask cluster, such as tcp://10.0.0.5:8786.",
)
"""Many machines, which `run_told` uses."""


def who_computes(workers: Workers | None) -> Workers | None:
    """The cluster of the command that is running; else so many processes of this machine."""
    from sim.experiment.cluster import Cluster

    context = click.get_current_context(silent=True)
    address = context.meta.get(CLUSTER) if context else None
    return workers if address is None else Cluster(address)


def store_in_use() -> Store | None:
    """The store of the command that is running, the same at each call; None for one that keeps nothing. What goes wrong
    with it is told when the command ends."""
    from sim.experiment.store import store_at

    context = click.get_current_context(silent=True)
    if context is None or PLACE not in context.meta:
        return None
    if STORE not in context.meta:
        context.meta[STORE] = store = store_at(context.meta[PLACE])
        context.call_on_close(lambda: _tell_of(store))
    found: Store | None = context.meta[STORE]
    return found


def reused() -> int:
    """How many replications the command that is running took from the store."""
    store = store_in_use()
    return store.reused if store else 0


def _tell_of(store: Store | None) -> None:
    for note in store.notes if store else ():
        echo_folded(f"{capital(note)}.", err=True)


PLACE, STORE = "chipgate.store.place", "chipgate.store"
CLUSTER = "chipgate.cluster"
as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON instead of text.")
into_folder = click.option(
    "--out", type=click.Path(path_type=Path), help="Results folder.  [default: results/NAME, numbered]"
)
overwriting = click.option("--overwrite", is_flag=True, help="Replace what was written there before.")


NO_PICTURES = "none"


class Formats(click.ParamType[tuple[str, ...], Any]):
    """Formats of pictures, such as `svg,png`, or none."""

    name = "formats"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        from sim.pictures.files import FORMATS

        if isinstance(value, tuple) or value == NO_PICTURES:
            return value if isinstance(value, tuple) else ()
        words = tuple(dict.fromkeys(word.strip().lower() for word in value.split(",")))
        if unknown := [word for word in words if word not in FORMATS]:
            self.fail(f"'{unknown[0]}' is not one of: {', '.join((*FORMATS, NO_PICTURES))}", param, ctx)
        return words


def drawing(command: Function) -> Function:
    """The options about the pictures in a results folder, as one parameter: their formats; the last one given holds."""
    in_formats = click.option(
        "--pictures",
        "formats",
        type=Formats(),
        default="svg,png",
        show_default=True,
        help="Formats of the folder's pictures: svg, png, pdf or none.",
        shell_complete=completed(lambda: ["svg,png", "svg", "png", "pdf", NO_PICTURES]),
    )
    said = f"The same as --pictures {NO_PICTURES}: sooner done."
    none = click.option("--no-pictures", "formats", type=Formats(), flag_value=NO_PICTURES, help=said)
    return in_formats(none(command))


def pairs(settings: tuple[str, ...]) -> dict[str, str]:
    """What each --set gives, by key. Raises ChipgateError."""
    found = {}
    for text in settings:
        key, equals, value = text.partition("=")
        if not equals and (spoiled := alike(key)):
            raise ChipgateError(f"--set {text}: {spoiled[1]}; {spoiled[2]}")
        if not equals or not key.strip():
            raise ChipgateError(f"--set {text}: write KEY=VALUE, such as --set foundry.growth='50 %/year'")
        found[key.strip()] = value.strip()
    return found


def read(scenario: str, settings: tuple[str, ...] = ()) -> SourcedScenario:
    """A scenario with the changes given on the command line."""
    from sim.outcomes.cards import looked_at_exist
    from sim.scenario.load import load

    return load(scenario, pairs(settings), [looked_at_exist])


def echo_json(data: Any) -> None:
    """JSON that any reader takes: no nan."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False, default=str))


# --- Running and publishing ---


def run_told(sourced: SourcedScenario, replications: int, seed: int, workers: Workers | None, label: str = "") -> Run:
    """A run, with a progress bar where a person looks on, which also says how much of it the store had."""
    from sim.experiment.run import run_scenario
    from sim.experiment.workers import CHUNK, available_processors

    refuse_little_memory()
    first = CHUNK * (workers if isinstance(workers, int) else available_processors())
    before, label = reused(), label or f"Running {sourced.scenario.name}"
    store = store_in_use()
    with told_of_stop(store), progress_bar(replications, first, label, lambda: reused() - before) as step:
        return run_scenario(sourced, replications, seed, who_computes(workers), step, store=store)


@contextmanager
def told_of_stop(store: Store | None) -> Iterator[None]:
    """Where somebody stops it, say that the store has what was whole."""
    try:
        yield
    except KeyboardInterrupt:
        if store:
            echo_folded("\nStopped. What was whole is kept, in tens: the same command goes on from there.", err=True)
        raise


def refuse_little_memory() -> None:
    """Refuse to begin under a limit at which libraries end the process without a word. Raises ChipgateError."""
    with suppress(ImportError):  # no such limits on Windows
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if 0 <= limit < LEAST_MEMORY:
            raise ChipgateError(
                f"this program may have {limit / 1e6:,.0f} MB of memory, too little for a run and its pictures; "
                f"allow it {LEAST_MEMORY / 1e6:,.0f} MB or more, with 'ulimit -v {LEAST_MEMORY // 1000}'"
            )


LEAST_MEMORY = 600_000_000  # bytes of addresses, not all of which are used


def refuse_taken(out: Path | None, overwrite: bool, name: str = "") -> None:
    """Refuse, before any work, a place where no results folder can be: the one asked for, or else the next free one of
    that name. Raises ChipgateError."""
    from sim.folder.write import free_folder, refuse_existing

    if overwrite and out is None:
        raise click.UsageError("--overwrite replaces the folder that --out names; without --out there is none")
    if out or name:
        refuse_existing(out or free_folder(name), overwrite)
    if out and (store := store_in_use()) and Path(os.path.realpath(store.folder)).is_relative_to(os.path.realpath(out)):
        raise ChipgateError(f"the store '{store.folder}' lies in '{out}', which is to be a results folder; move one")


def command_given() -> str:
    """The command that is running, to be typed again."""
    return shlex.join(["chipgate", *sys.argv[1:]])


def published(
    names: Sequence[str],
    out: Path | None,
    overwrite: bool,
    formats: Sequence[str],
    workers: int | None,
    keep: Keep,
    make: Callable[[], Results],
) -> tuple[Results, Published[Manifest]]:
    """Make the results of scenarios with these names, and write their folder with pictures in these formats; a place
    that is taken is refused before.

    Raises ChipgateError.
    """
    from sim.folder.write import comparison_name, publish_results
    from sim.report.page import report_html

    name = comparison_name(names) if len(names) > 1 else names[0]
    refuse_taken(out, overwrite, name)
    start = time.perf_counter()
    results = make()
    seconds = time.perf_counter() - start
    with told_in_place() as tell:
        done = publish_results(
            results,
            out or name,
            command_given(),
            seconds,
            overwrite,
            page_of=report_html,
            formats=formats,
            tell=tell,
            workers=workers,
            keep=keep,
        )
    return results, done


def echo_written(done: Published[Manifest], what: str, err: bool = False) -> None:
    """Where the results are."""
    if not err:
        click.echo()
    drawn = any(name.endswith((".svg", ".png", ".pdf")) for name in done.manifest.files)
    data = "all data" if done.manifest.keep == "all" else "data, with a summary of the series"
    rest = f"pictures and {data}" if drawn else f"and {data}, without pictures"
    echo_folded(f"Written to {done.folder}: {what}, the report in report.html, {rest}.", err=err)
