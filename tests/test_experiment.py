"""Experiments: the same numbers on any number of processors, in order, and as arrays that agree with each other."""

import gc
import math
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import count, islice
from pathlib import Path

import numpy as np
import pytest

import sim
import sim.experiment.workers
from sim.base.errors import ChipgateError
from sim.base.statistics import BOUNDED, binomial_tail, quantile_interval, summarise, t_quantile
from sim.experiment.replication import Replication, replicate
from sim.experiment.run import Run, run_scenario
from sim.experiment.workers import CHUNK, Order, available_processors, computed, processes
from sim.outcomes.cards import OUTCOMES
from sim.outcomes.keys import Key, Quarter, key_of
from sim.scenario.load import load

ROOT = Path(__file__).parents[1]
ABSENT = [None, 4.0, None, 8.0]


@pytest.fixture(scope="module")
def scenario(tiny):
    return load(tiny).scenario


@pytest.fixture
def patchy(tiny):
    """A run whose median wait exists in two of four replications, whose 90th percentile in none."""
    rows = [
        Replication(
            number,
            {Key("wait_median"): value, Key("wait_p90"): None, Key("delivered"): 10.0 + number},
            {("backlog", ""): [0.0, 1.0 + number]},
        )
        for number, value in enumerate(ABSENT)
    ]
    return Run(load(tiny), 1, rows)


def same(one: Run, other: Run) -> None:
    """Every column of both runs holds the same bytes."""
    for mine, theirs in ((one.table(), other.table()), (one.series_table(), other.series_table())):
        assert list(mine) == list(theirs)
        for name in mine:
            assert mine[name].tobytes() == theirs[name].tobytes(), name


# --- The same numbers, whatever does the work ---


@pytest.mark.parametrize("workers", [2, 3])
@pytest.mark.parametrize("wanted", [7, CHUNK, CHUNK + 1, 2 * CHUNK + 3])
def test_any_number_of_workers_gives_the_same_bytes_also_at_the_borders_of_a_chunk(tiny, wanted, workers):
    alone = run_scenario(load(tiny), wanted, seed=3, workers=1)
    assert len(alone) == wanted
    same(run_scenario(load(tiny), wanted, seed=3, workers=workers), alone)


def test_the_processors_of_the_machine_give_the_same_bytes_as_one(tiny, tiny_run):
    assert available_processors() >= 1
    same(run_scenario(load(tiny), len(tiny_run), seed=1), tiny_run)


def test_a_longer_run_begins_with_the_shorter_one(tiny, tiny_run):
    short = run_scenario(load(tiny), 5, seed=1, workers=1)
    for key, values in short.outcomes.items():
        np.testing.assert_array_equal(tiny_run.outcomes[key][:5], values)


def test_another_seed_gives_other_numbers(tiny, tiny_run):
    other = run_scenario(load(tiny), 5, seed=2, workers=1)
    assert not np.any(other["demand"] == tiny_run["demand"][:5])


# --- Replications, chunk by chunk ---


def orders(scenario, chunks):
    return (Order(scenario, 1, chunk) for chunk in chunks)


def endless_chunks(asked=None):
    """Chunks without end; each is put down in `asked` when somebody takes it."""
    for start in count(0, CHUNK):
        if asked is not None:
            asked.append(start)
        yield range(start, start + CHUNK)


@pytest.mark.parametrize("workers", [1, 2])
def test_chunks_come_in_the_order_asked_for_and_without_end_if_nobody_stops(scenario, workers):
    endless = computed(orders(scenario, endless_chunks()), workers)
    first = list(islice(endless, 7))  # more than is handed out at first
    endless.close()
    assert [number for block in first for number in block.numbers] == list(range(7 * CHUNK))
    assert first[3].outcomes[Key("demand")][4] == replicate(scenario, 1, 34).outcomes[Key("demand")]
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("workers", [1, 2])
def test_numbers_may_come_in_any_order(scenario, workers):
    assert [block.numbers for block in computed(orders(scenario, [[5, 2], [9]]), workers)] == [(5, 2), (9,)]


@pytest.mark.parametrize(("workers", "most"), [(1, 1), (2, 3 * 2 + 1)])
def test_only_a_few_chunks_are_made_ahead_of_the_reader(scenario, workers, most):
    asked = []
    endless = computed(orders(scenario, endless_chunks(asked)), workers)
    next(endless)
    endless.close()
    assert 1 <= len(asked) <= most


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_is_told_once_a_replication(tiny, workers):
    told = []
    run_scenario(load(tiny), CHUNK + 3, workers=workers, progress=lambda: told.append(1))
    assert len(told) == CHUNK + 3


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was_found(scenario, enabled):
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        made = computed(orders(scenario, endless_chunks()))
        next(made)
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()


# --- When something fails ---


def broken(number):
    """A replicate that does something else at number 13."""

    def wrap(action):
        def replicate_or_not(scenario, seed, at):
            if at == number:
                action()
            return replicate(scenario, seed, at)

        return replicate_or_not

    return wrap


def fail():
    raise ZeroDivisionError("the world has no chips")


@pytest.mark.parametrize("workers", [1, 2])
def test_what_goes_wrong_in_a_worker_comes_out_as_one_error_and_no_process_stays(tiny, workers, monkeypatch):
    monkeypatch.setattr(sim.experiment.workers, "replicate", broken(13)(fail))
    with pytest.raises(ZeroDivisionError, match="the world has no chips"):
        run_scenario(load(tiny), 30, workers=workers)
    assert not multiprocessing.active_children()


def test_the_work_of_a_killed_worker_is_done_again(tiny, tiny_run, monkeypatch, tmp_path):
    def once():
        if not (tmp_path / "killed").exists():
            (tmp_path / "killed").touch()
            os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(sim.experiment.workers, "replicate", broken(13)(once))
    same(run_scenario(load(tiny), 23, workers=2), tiny_run)
    assert (tmp_path / "killed").exists()
    assert not multiprocessing.active_children()


def test_a_worker_that_is_killed_twice_is_told_in_words(tiny, monkeypatch):
    monkeypatch.setattr(sim.experiment.workers, "replicate", broken(13)(lambda: os.kill(os.getpid(), signal.SIGKILL)))
    with pytest.raises(ChipgateError, match=r"worker process was killed twice.* fewer --workers"):
        run_scenario(load(tiny), 30, workers=2)
    assert not multiprocessing.active_children()


LEFT = """
import multiprocessing, os, sys, time
import sim.experiment.workers as workers
from sim.scenario.load import load

def slow(*_):
    os.write(1, b"%d\\n" % os.getpid())  # in one piece
    time.sleep(600)

workers.replicate = slow  # in each worker too, however it starts
if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    asked = [workers.Order(load("baseline").scenario, 1, [number]) for number in range(2)]
    next(workers.computed(asked, 2))
"""


def gone(pid):
    """Whether a process has ended; one that nobody has asked after yet counts."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux which processes live")
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_end_whatever_ends_their_parent(method, tmp_path):
    script = tmp_path / "left.py"
    script.write_text(LEFT)
    parent = subprocess.Popen(
        [sys.executable, script, method], stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    children = [int(parent.stdout.readline()) for _ in range(2)]
    assert not any(map(gone, children))
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 30
    while not all(map(gone, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert all(map(gone, children))


def test_nobody_waits_for_a_worker_that_outlives_the_others():
    """As one may that begins while the pool finds another one killed."""
    before = set(multiprocessing.active_children())
    with processes(2, signal.signal, signal.SIGTERM, signal.SIG_IGN) as pool:
        stays = pool.submit(time.sleep, 3600)
        os.kill(pool.submit(os.getpid).result(), signal.SIGKILL)
        with pytest.raises(BrokenProcessPool):
            stays.result()
    assert set(multiprocessing.active_children()) <= before


def test_workers_leave_ctrl_c_to_the_parent(tiny, monkeypatch):
    monkeypatch.setattr(sim.experiment.workers, "replicate", broken(13)(lambda: os.kill(os.getpid(), signal.SIGINT)))
    assert len(run_scenario(load(tiny), 20, workers=2)) == 20


def test_workers_ignore_what_their_command_was_told_to_ignore(tiny, monkeypatch, tmp_path):
    def hung_up():
        os.kill(os.getpid(), signal.SIGHUP)
        (tmp_path / "alive").touch()

    monkeypatch.setattr(sim.experiment.workers, "replicate", broken(13)(hung_up))
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        run_scenario(load(tiny), 20, workers=2)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert (tmp_path / "alive").exists()


def test_ctrl_c_while_workers_start_is_heard_once_they_have_started(scenario):
    """Before that it could be lost, or hit a child in the middle of its birth."""
    asked = []

    def pressed():
        for number in count():
            if number == 2:
                os.kill(os.getpid(), signal.SIGINT)
            asked.append(number)
            yield [number]

    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        next(computed(orders(scenario, pressed()), workers=2))
    assert len(asked) == 2 * 3
    assert signal.getsignal(signal.SIGINT) is handler
    assert not multiprocessing.active_children()


def test_another_thread_may_start_workers_too(scenario):
    with ThreadPoolExecutor(1) as thread:
        made = thread.submit(lambda: list(computed(orders(scenario, [[0], [1], [2]]), workers=2))).result()
    assert [block.numbers for block in made] == [(0,), (1,), (2,)]


def test_a_worker_that_is_busy_for_ever_ends_once_nobody_waits_for_it(scenario, monkeypatch, tmp_path):
    def stopped():
        (tmp_path / "stopped").touch()
        os.kill(os.getpid(), signal.SIGSTOP)  # it would not even hear that it should end

    monkeypatch.setattr(sim.experiment.workers, "replicate", broken(13)(stopped))
    endless = computed(orders(scenario, endless_chunks()), workers=2)
    next(endless)
    while not (tmp_path / "stopped").exists():
        time.sleep(0.05)
    endless.close()
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("wrong", [{"replications": 0}, {"replications": -1}, {"workers": 0}])
def test_too_few_replications_or_workers_are_refused_in_words(tiny, wrong):
    [(name, number)] = wrong.items()
    with pytest.raises(ChipgateError, match=f"{name}: {number} is too low; at least 1"):
        sim.run(tiny, **{"replications": 1, **wrong})


def test_a_run_of_nothing_cannot_be_made(tiny):
    with pytest.raises(ValueError, match="at least one replication"):
        Run(load(tiny), 1, [])


# --- A run as arrays and as a table ---


def test_the_front_door_gives_arrays_and_a_table(tiny, tiny_run):
    run = sim.run(tiny, replications=3, settings={"assembly.time": "30 weeks"}, workers=1)
    assert run["delivered"].shape == (3,)
    assert run["delivered"].dtype == np.float64
    assert run.scenario.assembly.time == 30
    assert run["delivered"].sum() < tiny_run["delivered"][:3].sum(), "slower assembly delivers less"
    assert len(run.table()["value"]) == 3 * len(run.outcomes)


def test_the_arrays_are_what_each_replication_found(scenario, tiny_run):
    row = replicate(scenario, 1, 4)
    assert list(row.outcomes) == list(tiny_run.outcomes)
    for key, value in row.outcomes.items():
        found = tiny_run[key][4]
        assert (math.isnan(found) and value is None) or found == value
    for key, points in row.series.items():
        assert tiny_run.series[key].shape == (len(tiny_run), len(tiny_run.weeks))
        assert tiny_run.series[key][4].tolist() == points
    assert tiny_run.weeks[:3].tolist() == [0, 4, 8]


def test_the_whole_window_is_the_sum_of_its_years(tiny_run):
    assert tiny_run["demand"] == pytest.approx(tiny_run["demand", 2023] + tiny_run["demand", 2024])


def test_the_table_has_columns_of_one_length_that_match_the_arrays(tiny_run):
    table = tiny_run.table()
    columns = ["scenario", "replication", "outcome", "item", "unit", "year", "quarter", "value", "label"]
    assert list(table) == columns
    assert {len(column) for column in table.values()} == {len(tiny_run.outcomes) * len(tiny_run)}
    for key, values in tiny_run.outcomes.items():
        year, quarter = key.period if isinstance(key.period, Quarter) else (key.period, None)
        rows = (table["outcome"] == key.outcome) & (table["item"] == key.item)
        rows &= np.isnan(table["year"]) if year is None else table["year"] == year
        rows &= np.isnan(table["quarter"]) if quarter is None else table["quarter"] == quarter
        np.testing.assert_array_equal(table["value"][rows], values)
        assert table["replication"][rows].tolist() == list(range(len(tiny_run)))
        assert set(table["unit"][rows]) == {OUTCOMES[key.outcome].unit}
    assert set(table["scenario"]) == {"tiny"}


def test_the_table_of_series_has_columns_of_one_length_that_match_the_arrays(tiny_run):
    table = tiny_run.series_table()
    assert list(table) == ["scenario", "replication", "series", "item", "unit", "week", "date", "value"]
    assert {len(column) for column in table.values()} == {len(tiny_run.series) * len(tiny_run.weeks) * len(tiny_run)}
    for (name, item), values in tiny_run.series.items():
        rows = (table["series"] == name) & (table["item"] == item)
        np.testing.assert_array_equal(table["value"][rows].reshape(values.shape), values)
        assert table["replication"][rows].reshape(values.shape)[:, 0].tolist() == list(range(len(tiny_run)))
    late = table["week"] == 52
    assert set(table["date"][late].astype(str)) == {"2023-12-31"}


def test_a_value_that_does_not_exist_is_nan_and_is_counted_as_such(patchy):
    assert np.isnan(patchy["wait_median"]).tolist() == [True, False, True, False]
    summary = patchy.summary()
    some, none = summary[Key("wait_median")], summary[Key("wait_p90")]
    assert (some.n, some.replications, some.mean) == (2, 4, 6.0)
    assert none.n == 0
    assert all(map(math.isnan, (none.mean, none.half_width, none.p10, none.median, none.p90)))


def test_a_summary_is_the_mean_with_students_interval_and_the_quantiles_of_single_runs(tiny_run):
    values, summary = tiny_run["delivered"], tiny_run.summary()[Key("delivered")]
    half = 2.0738730679040147 * np.std(values, ddof=1) / math.sqrt(23)  # t of 22 degrees of freedom, from a table
    assert t_quantile(0.95, 22) == pytest.approx(2.0738730679040147, rel=1e-9)
    assert (summary.low, summary.mean, summary.high) == pytest.approx(
        (values.mean() - half, values.mean(), values.mean() + half)
    )
    assert [summary.p10, summary.median, summary.p90] == pytest.approx(np.quantile(values, [0.1, 0.5, 0.9]).tolist())


def between(n, share, low, high):
    """Probability that the value below which that share of all lies is between the low-th and the high-th of n, of
    which rank 0 and n + 1 are without bound: a binomial sum, term by term."""
    return math.fsum(math.comb(n, below) * share**below * (1 - share) ** (n - below) for below in range(low, high))


@pytest.mark.parametrize("share", [0.1, 0.9])
@pytest.mark.parametrize("n", [1, 2, 3, 20, 35, BOUNDED, 50, 200, 1000])
def test_the_ends_of_the_band_have_the_narrowest_intervals_of_2_5_per_cent_a_side(n, share):
    low, high = quantile_interval([float(rank) for rank in range(1, n + 1)], share)
    low, high = int(max(low, 0)), int(min(high, n + 1))
    assert between(n, share, low, high) >= 0.95
    assert between(n, share, 0, low) <= 0.025 < between(n, share, 0, low + 1)
    assert between(n, share, high, n + 1) <= 0.025 < between(n, share, high - 1, n + 1)


def test_too_few_values_bound_an_end_of_the_band_on_its_inner_side_only():
    summary = summarise(range(1, BOUNDED))
    assert summary.p10_interval == (-math.inf, 8)
    assert summary.p90_interval == (28, math.inf)
    bounded = summarise([*range(1, BOUNDED + 1), math.nan])
    assert (bounded.p10_interval, bounded.p90_interval) == ((1, 8), (29, 36))
    assert summarise([5.0]).p10_interval == (-math.inf, math.inf)
    assert all(map(math.isnan, summarise([math.nan]).p90_interval))


def test_the_interval_of_a_bands_end_holds_it_whatever_the_distribution():
    rng = np.random.default_rng(8)
    truth = -math.log(0.1)  # below which nine in ten of an exponential distribution lie
    held = [low <= truth <= high for low, high in (summarise(rng.exponential(1, 60)).p90_interval for _ in range(2000))]
    assert 0.945 < np.mean(held) < 0.985


@pytest.mark.parametrize(("n", "share", "least"), [(10, 0.5, 8), (7, 0.3, 1), (7, 0.3, 7), (5, 0.2, 0), (5, 0.2, 6)])
def test_a_binomial_tail_is_its_sum(n, share, least):
    expected = math.fsum(math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(least, n + 1))
    assert binomial_tail(n, share, least) == pytest.approx(expected, rel=1e-12)


def test_one_replication_has_no_interval(tiny):
    summary = run_scenario(load(tiny), 1, workers=1).summary()[Key("demand")]
    assert summary.n == 1
    assert math.isnan(summary.half_width)
    assert math.isnan(summary.low)


def test_a_run_says_which_it_is_and_what_it_is_not(tiny_run):
    assert repr(tiny_run) == "<Run of tiny: 23 replications, seed 1. Illustrative, not predictive.>"


def test_an_outcome_is_asked_for_by_its_key_or_as_people_write_it(tiny_run):
    for written, key in (
        ("delivered", Key("delivered")),
        (("delivered", 2023), Key("delivered", "", 2023)),
        (("revenue", "huawei"), Key("revenue", "Huawei")),
        (("revenue", "Huawei", 2023), Key("revenue", "Huawei", 2023)),
        ("revenue_huawei", Key("revenue", "Huawei")),
        (("revenue_huawei", "2023Q4"), Key("revenue", "Huawei", Quarter(2023, 4))),
        (("binds_import_control", None), Key("binds", "import_control")),
    ):
        assert tiny_run.key(written) == tiny_run.key(key) == key
        assert tiny_run[written] is tiny_run[key] is tiny_run.outcomes[key]
        assert tiny_run.key(key.name).name == key.name, "a name leads back to what it was made of"
    assert str(Key("revenue", "Huawei", Quarter(2023, 4))) == "revenue_huawei of 2023Q4"


def test_two_items_of_one_name_stay_apart_by_how_they_are_written():
    known = dict.fromkeys([Key("revenue", "Foo Bar"), Key("revenue", "foo-bar")])
    assert key_of(("revenue", "Foo Bar"), known) == Key("revenue", "Foo Bar")
    assert key_of(("revenue", "foo-bar"), known) == Key("revenue", "foo-bar")
    with pytest.raises(
        ChipgateError, match=r"'revenue_foo_bar' may be Foo Bar or foo-bar; write .*\('revenue', 'Foo Bar'\)"
    ):
        key_of("revenue_foo_bar", known)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("deliverd", "no outcome is named 'deliverd'; did you mean 'delivered'?"),
        (("revenue", "huawai"), "no outcome is named 'revenue_huawai'; did you mean 'revenue_huawei'?"),
        (("delivered", 1999), "'delivered' has no value for 1999; it has 2023, 2024"),
        (("wait_median", 2023), "'wait_median' has no value for 2023; leave the year out"),
        ("largest_customer", "'largest_customer' has one value for each item: largest_customer_cambricon"),
        (
            ("delivered", "", 2023, 1),
            "('delivered', '', 2023, 1) is not an outcome; write a name, perhaps an item, and",
        ),
    ],
)
def test_an_outcome_that_is_not_there_is_told_in_words(tiny_run, key, told):
    with pytest.raises(ChipgateError) as caught:
        tiny_run[key]
    assert str(caught.value).startswith(told)


def test_a_series_that_is_not_there_is_told_in_words(patchy):
    with pytest.raises(ChipgateError, match="there is no series 'flow of huawei to cloud'; there are backlog"):
        patchy.series["flow", "huawei to cloud"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: sim.run("baseline", replications=10**12),
            "replications: 1000000000000 is too high; at most 1,000,000",
        ),
        (lambda: sim.run("baseline", workers=10**6), "workers: 1000000 is too high; at most 256"),
        (lambda: sim.run("baseline", settings="foundry.growth=1"), "settings are a dict, such as"),
        (lambda: sim.compare(None), "compare takes a list of scenarios"),
        (lambda: sim.compare(["baseline", "h20-stays"], precision="50%", cap="x"), "cap: 'x' is not a whole number"),
        (lambda: sim.read(5), "read takes a results folder's path, not 5"),
        (lambda: sim.plot(None, "fan"), "plot takes a run or a comparison"),
    ],
)
def test_what_is_no_argument_is_told_in_a_sentence(call, said):
    with pytest.raises(ChipgateError, match=re.escape(said)):
        call()


def test_more_workers_than_there_is_work_are_not_started(tiny, monkeypatch):
    asked = []
    monkeypatch.setattr("sim.experiment.cases.computed", lambda *args: asked.append(args[1]) or iter(()))
    with pytest.raises(ValueError, match="shorter"):  # than what was ordered
        run_scenario(load(tiny), 12, workers=200)
    assert asked == [2]


def test_what_is_no_key_is_told_and_a_run_says_what_it_has(tiny_run):
    for wanted in (1, None, (), ("delivered", [2023]), slice(0, 1)):
        with pytest.raises(ChipgateError, match="is not an outcome; write a name"):
            tiny_run[wanted]
    assert "delivered" in tiny_run
    assert 5 not in tiny_run
    with pytest.raises(ChipgateError, match="a kind of picture is a text"):
        sim.plot(tiny_run, 5)
