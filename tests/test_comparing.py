"""The tables of a comparison: what they say, how they round, and that they are whole in every format."""

import csv
import io
import json
import math
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from paired import made_up
from reports import manifest

from sim.base.label import LABEL
from sim.exhibits.layout import folded
from sim.exhibits.style import ansi
from sim.experiment.comparison import Comparison
from sim.experiment.differences import HEADLINES
from sim.experiment.precision import Precision, Width
from sim.experiment.run import Run
from sim.experiment.tables import heading
from sim.outcomes.keys import Key
from sim.report.page import report_html
from sim.studies.comparison_tables import page
from sim.studies.comparison_tables.binding import binds_side_by_side
from sim.studies.comparison_tables.columns import COLUMNS, designs, tables_of
from sim.studies.comparison_tables.data import comparison_csv, comparison_json, comparison_record
from sim.studies.comparison_tables.page import comparison_markdown, comparison_text
from sim.studies.comparison_tables.prose import conclusions, left_out, reading_notes, warnings
from sim.studies.comparison_tables.rows import headline_rows, other_rows
from sim.studies.notebook import comparison_html
from sim.studies.phases import phases

NAN = math.nan
BASE = np.linspace(1.0e6, 1.2e6, 20)
NOISE = np.tile([-1.0, 1.0], 10)


def rows_of(**outcomes):
    """Rows by outcome, of values (base, other) written down."""
    base = made_up("base", **{name: both[0] for name, both in outcomes.items()})
    other = made_up("other", **{name: both[1] for name, both in outcomes.items()})
    comparison = Comparison([base, other])
    return {row.outcome: row for row in [*headline_rows(comparison), *other_rows(comparison)]}


def told(**outcomes):
    """The conclusion of the one other scenario."""
    base = made_up("base", **{name: both[0] for name, both in outcomes.items()})
    other = made_up("other", **{name: both[1] for name, both in outcomes.items()})
    [(name, text)] = conclusions(Comparison([base, other]))
    assert name == "other"
    return text


def changed(run, **outcomes):
    """A run with other values of some outcomes."""
    new = {Key(name): np.array(values) for name, values in outcomes.items()}
    return Run.of(run.sourced, run.seed, run.numbers, {**run.outcomes, **new}, run.series)


# --- Rows ---


def test_a_row_in_words_and_numbers():
    row = rows_of(delivered=(BASE, BASE - 100e3 + 1e3 * NOISE))["delivered"]
    assert (row.scenario, row.unit) == ("other", "million A100e")
    assert (row.base, row.other, row.difference) == ("1.100", "1.000", "-0.10000")
    assert row.interval == "-0.10048 to -0.09952"
    assert row.relative == "-9.09 %", "the base's mean is an estimate too"
    assert row.same_sign == "lower in 20 of 20"
    assert row.pairs == ""
    assert row.smallest == "2 %"
    assert row.verdict == "worse for buyers"
    assert row.verdict_interval == "-0.1027 to -0.0973 (95 %)", "a family of one; of the ratio, times the base's mean"
    assert int(row.independent.replace(",", "")) > 20 * 1000


def test_a_share_differs_in_points_and_a_date_in_weeks():
    rows = rows_of(
        domestic_share=(np.full(20, 0.5), 0.45 + NOISE / 1000),
        domestic_majority=(np.full(20, 2025.5), 2025.75 + NOISE / 100),
    )
    share, day = rows["domestic_share"], rows["domestic_majority"]
    assert (share.unit, share.base, share.relative, share.smallest) == ("%", "50.00", "", "1 point")
    assert (share.difference, share.interval) == ("-5.000", "-5.048 to -4.952")
    assert (day.unit, day.base, day.relative, day.smallest) == ("date", "2025-07-02", "", "5 weeks")
    assert (day.difference, day.interval) == ("+13.04 weeks", "+12.79 to +13.30 weeks")
    assert day.same_sign == "later in 20 of 20"
    assert (day.verdict, day.verdict_interval) == ("", "")


def test_no_digit_is_finer_than_two_figures_of_its_interval(tiny_comparison):
    checked = 0
    for row in [*headline_rows(tiny_comparison), *other_rows(tiny_comparison)]:
        source = row.source
        if source.unit == "date" or not source.half_width:
            continue
        scale = {"%": 0.01}.get(row.unit) or {"th": 1e3, "mi": 1e6, "bn": 1e9}.get(row.unit[:2], 1.0)
        for text, half in ((row.difference, source.half_width), (row.base, source.base_summary.half_width)):
            step = 10.0 ** -len(text.partition(".")[2])
            if half > 1e-9 * abs(source.base_summary.mean) and "." in text:
                assert half / scale / step < 100, (row.outcome, text)
                checked += 1
    assert checked > 20


def test_what_exists_in_some_pairs_only_says_so():
    row = rows_of(wait_median=([1, 2, NAN, 4], [2, 4, 5, NAN]))["wait_median"]
    assert row.pairs == "both exist in 2 of 4"
    assert row.same_sign == "longer in 2 of 2"
    assert (row.base, row.other, row.difference) == ("1.5", "3", "+1.5")


def test_a_headline_that_never_exists_stays_in_the_family_and_another_outcome_is_left_out():
    rows = rows_of(wait_median=([NAN] * 3, [1, 2, 3]), review_weeks=([NAN] * 3, [NAN] * 3))
    assert list(rows) == ["wait_median"]
    row = rows["wait_median"]
    assert (row.base, row.difference, row.interval, row.same_sign) == ("none", "none", "", "")
    assert row.verdict == "cannot tell"


def test_pairs_that_all_agree_need_more_than_any_number():
    row = rows_of(delivered=(BASE, BASE))["delivered"]
    assert (row.difference, row.same_sign, row.independent) == ("0", "equal in 20 of 20", "no number")


def test_independent_replications_have_one_figure_with_few_pairs():
    rng = np.random.default_rng(3)
    for pairs, figures in ((29, 1), (30, 2)):
        x = rng.normal(100, 10, pairs)
        base, other = made_up("base", delivered=x), made_up("other", delivered=x + rng.normal(1, 0.32, pairs))
        comparison = Comparison([base, other])
        [row] = headline_rows(comparison)
        assert len(row.independent.replace(",", "").rstrip("0")) == figures, row.independent
        assert float(row.independent.replace(",", "")) == pytest.approx(row.source.independent, rel=0.35)
        assert ("rough numbers with so few pairs" in " ".join(reading_notes(comparison))) == (pairs == 29)


# --- In short ---


def test_the_conclusion_names_what_can_be_named_and_for_whom():
    text = told(
        delivered=(BASE, 0.9 * BASE + 1e3 * NOISE),
        domestic_share=(np.full(20, 0.5), 0.6 + NOISE / 1000),
        wait_median=(np.full(20, 50.0), 50.1 + NOISE / 100),
        domestic_revenue=(BASE, 1.5 * BASE + 1e3 * NOISE),
        backlog=(BASE, BASE * (1.02 + NOISE / 50)),
    )
    assert "delivered compute is lower by 10.0" in text
    assert ", worse for buyers; domestic share is higher by 10.000 points (9.9" in text
    assert "; domestic revenue is higher by 5" in text
    assert "), better for domestic designers." in text
    assert "different" not in text
    assert text.endswith(" Too small to matter: median wait. Cannot tell whether it matters: backlog (higher).")


def test_where_nothing_differs_it_says_so():
    assert told(delivered=(BASE, BASE)) == "no headline outcome differs in any of 20 replications."
    assert told(delivered=(BASE, BASE + NOISE)) == "no headline outcome differs enough to matter."
    assert told(delivered=([1, 2], [2, 5])) == "no difference can be named. Cannot tell: delivered compute."
    assert told(delivered=([1], [2])) == "one replication has no interval, so nothing can be told."


def test_a_difference_from_nothing_is_told_in_its_unit():
    assert "delivered compute is higher by 1.000000 million A100e" in told(delivered=(np.zeros(20), 1e6 + 10 * NOISE))


# --- Notes ---


def test_the_notes_tell_the_family_what_pairing_bought_and_what_replications_do_not_buy(tiny_comparison):
    notes = reading_notes(tiny_comparison)
    assert notes[-1] == "More replications buy certainty about the model, not about its assumptions."
    joined = " ".join(notes)
    assert "The 12 verdicts are one family by Holm's procedure" in joined
    assert "compute served over time, delivered compute, backlog, domestic revenue 2 % of the base" in joined
    assert "median wait 2 weeks; domestic share 1 point" in joined
    assert "the verdict's interval is that of the ratio of the two means" in joined
    weeks = Comparison([made_up("base", wait_median=[1, 2, 4]), made_up("other", wait_median=[1, 3, 6])])
    assert "ratio of the two means" not in " ".join(reading_notes(weeks))
    assert "What pairing bought: for intervals as narrow as those of these 11 pairs" in joined


def test_one_replication_is_told_to_have_no_interval():
    notes = reading_notes(Comparison([made_up("base", delivered=[1]), made_up("other", delivered=[2])]))
    assert notes[0].startswith("One replication: there is no interval, so every verdict is that one cannot tell.")
    assert len(notes) == 2
    assert rows_of(delivered=([1], [2]))["delivered"].verdict == "cannot tell", "as the note says"


def test_a_precision_that_was_not_reached_is_among_the_notes(tiny_comparison):
    found = Precision(0.02, ("delivered",), 25, None, 25, (Width("other", "delivered", 0.05),))
    comparison = Comparison(tiny_comparison.runs, found)
    assert found.words() in reading_notes(comparison)
    assert json.loads(comparison_json(comparison))["precision"]["reached"] is False


def test_a_precision_that_was_not_reached_stands_above_the_conclusions_too(tiny_comparison):
    found = Precision(0.02, ("delivered",), 25, None, 25, (Width("other", "delivered", 0.05),))
    comparison = Comparison(tiny_comparison.runs, found)
    data = comparison_record(comparison)
    assert list(data).index("warnings") < list(data).index("conclusions")
    assert data["warnings"][0] == found.words()
    conclusion = conclusions(comparison)[0][1]
    texts = (
        comparison_text(comparison, terminal=120),
        comparison_text(comparison),
        comparison_markdown(comparison),
        comparison_html(comparison),
        report_html(comparison, manifest(comparison), {}),
    )
    for text in texts:
        plain = " ".join(text.split())
        assert plain.count("Precision NOT reached") == 2
        assert plain.index("Precision NOT reached") < plain.index(conclusion[:30])
    reached = Precision(0.02, ("delivered",), 25, 20, 25, (Width("other", "delivered", 0.01),))
    assert not any("Precision" in told for told in warnings(Comparison(tiny_comparison.runs, reached)))
    assert not any("Precision" in told for told in warnings(tiny_comparison))


def test_what_only_one_scenario_has_is_said_to_be_left_out():
    base = made_up("base", delivered=[1, 2], revenue_hygon=[1, 2])
    comparison = Comparison([base, made_up("other", delivered=[1, 2], grey_share=[0, 1])])
    assert left_out(comparison) == [
        "other: only base has revenue_hygon, so it is not compared.",
        "other: only other has grey_share, so it is not compared.",
    ]


# --- What binds ---


def test_what_binds_stands_side_by_side_and_adds_up(tiny_comparison):
    headings, rows = binds_side_by_side(tiny_comparison)
    assert headings == ["what binds", *tiny_comparison.names]
    assert {1 + len(row) for _, row in rows} == {len(headings)}
    assert rows[-1][0].startswith("the order books, ")
    for column in range(len(tiny_comparison.names)):
        shares = [float(row[column].share.removeprefix("less than ").removesuffix(" %")) for _, row in rows[:-1]]
        assert sum(shares) == pytest.approx(100, abs=len(shares))
    times = [time for _, row in rows[:-1] for bound in row for time in bound.times]
    assert times
    assert all(re.fullmatch(r"\d{4}-\d\d to \d{4}-\d\d( \(\d+ of 11 runs\))?", time) for time in times)


def test_who_leads_in_some_runs_only_is_told_as_such(tiny_comparison):
    parted = 0
    text = " ".join(comparison_text(tiny_comparison).split())
    for phase in (phase for run in tiny_comparison.runs for phase in phases(run)):
        told = f"{phase.start:%Y-%m} to {phase.end:%Y-%m} ({phase.agreeing} of 11 runs)"
        assert (told in text) == (phase.agreeing < 11)
        parted += phase.agreeing < 11
    assert parted


def test_what_was_set_beside_the_files_is_told_before_the_conclusions(tiny_run):
    def with_(name, *settings):
        sourced = replace(tiny_run.sourced, settings=settings)
        named = replace(sourced, scenario=replace(sourced.scenario, name=name))
        return Run.of(named, tiny_run.seed, tiny_run.numbers, tiny_run.outcomes, tiny_run.series)

    growth, cut = "foundry.growth=50 %/year", "grey=off"
    for runs, told in (
        ([with_("a"), with_("b")], []),
        ([with_("a", growth, cut), with_("b", growth, cut)], [f"Each scenario is run with {growth}, {cut}."]),
        ([with_("a"), with_("b", growth)], [f"b is run with {growth}."]),
    ):
        comparison = Comparison(runs)
        assert warnings(comparison) == told
        for text in (comparison_text(comparison), comparison_markdown(comparison)):
            assert all(sentence.replace("_", "\\_") in text or sentence in text for sentence in told)
    assert heading(with_("a", growth)).endswith(f", with {growth}")


# --- Formats ---


def test_the_text_has_every_part_and_the_label(tiny_comparison):
    text = comparison_text(tiny_comparison)
    assert text.startswith("Compared with tiny: Slow growth, slow-growth; 11 replications, seed 1, 2023-01-01 to ")
    for name in tiny_comparison.names[1:]:
        assert f"\n{name}, less tiny\n" in text
    assert LABEL in text
    assert "revenue_huawei" not in text
    assert "revenue_huawei" in comparison_text(tiny_comparison, every=True)
    table = text.partition("less tiny\n\n")[2].partition("\n\n")[0].splitlines()
    assert max(map(len, text.splitlines())) <= COLUMNS
    assert [line.split()[0] for line in table[2:] if not line.startswith(" ")] == list(HEADLINES)


def headings_of(comparison, judged, width):
    """The headings of a kind's tables at a width."""
    return next(t for t in tables_of(comparison, True, width) if t.judged == judged).shown.design.headings


@pytest.mark.parametrize("judged", [True, False])
def test_narrow_places_give_columns_up_in_order(tiny_comparison, judged):
    kept = [headings_of(tiny_comparison, judged, width) for width in (math.inf, 132, 100, 80, 60, 50, 40)]
    assert len(kept[0]) == (12 if judged else 9)
    gone = {"95 % interval": "95 % +/-"}
    assert all(
        {gone.get(name, name) for name in less} <= {gone.get(name, name) for name in more}
        for more, less in pairwise(kept)
    )
    assert kept[-1] == ["outcome", "difference", *(["verdict"] if judged else [])]


@pytest.mark.parametrize(("judged", "kept"), [(True, {"95 % +/-", "of base", "verdict"}), (False, {"95 % +/-"})])
def test_eighty_columns_keep_the_levels_and_the_difference(tiny_comparison, judged, kept):
    assert {"outcome", "base", "other", "difference", *kept} <= {*headings_of(tiny_comparison, judged, 80)}


@pytest.mark.parametrize("width", [70, 80, 100, 120, 160])
def test_a_cell_takes_two_lines_at_most(tiny_comparison, width):
    for table in tables_of(tiny_comparison, True, width):
        shown = table.shown
        assert sum(shown.widths) + 2 * (len(shown.widths) - 1) <= width
        cells = [(text, room) for row in shown.design.rows for text, room in zip(row, shown.widths, strict=True)]
        assert max(len(folded(text, room)) for text, room in cells) <= 2


def test_tables_of_a_kind_have_columns_of_one_width(tiny_comparison):
    tables = [table for table in tables_of(tiny_comparison, False, 80) if table.judged]
    assert [table.scenario for table in tables] == tiny_comparison.names[1:]
    assert len({tuple(table.shown.widths) for table in tables}) == 1


def test_columns_that_say_nothing_are_left_out():
    base, other = made_up("base", delivered=[1]), made_up("other", delivered=[2])
    whole = next(designs(True, headline_rows(Comparison([base, other]))))
    assert not {"95 % interval", "unpaired"} & {*whole.headings}


def test_half_the_interval_is_rounded_as_the_difference_is():
    row = rows_of(delivered=(BASE, BASE - 100e3 + 1e3 * NOISE))["delivered"]
    assert (row.difference, row.margin) == ("-0.10000", "0.00048")
    assert rows_of(domestic_majority=([2025, 2026], [2025.5, 2026.75]))["domestic_majority"].margin.endswith(" weeks")
    assert rows_of(delivered=([1], [2]))["delivered"].margin == ""


def test_columns_without_room_are_named(tiny_comparison, monkeypatch):
    assert "No room here for: " in comparison_text(tiny_comparison)
    monkeypatch.setattr(page, "COLUMNS", math.inf)
    assert "No room here for: " not in comparison_text(tiny_comparison)


def test_gaps_are_told_below_the_table(tiny_comparison):
    base, other, *_ = tiny_comparison.runs
    values = base["wait_p90"].copy() * 0 + 50.0
    missing = values.copy()
    missing[:3] = NAN
    comparison = Comparison([changed(base, wait_median=values), changed(other, wait_median=missing)])
    text = " ".join(comparison_text(comparison).split())
    having = int((~np.isnan(values)).sum())
    both = int((~np.isnan(missing)).sum())
    assert f"wait_median: exists in {having} replications of tiny and {both} of Slow growth" in text
    assert "and the row speaks of those only." in text
    assert "and the row speaks of those only." in comparison_markdown(comparison)


@pytest.mark.parametrize("columns", [60, 80, 100, 160])
def test_a_terminal_shows_the_same_and_breaks_no_name(tiny_comparison, columns):
    out = comparison_text(tiny_comparison, every=True, terminal=columns)
    assert LABEL in out
    assert max(map(len, out.splitlines())) <= columns
    for row in [*headline_rows(tiny_comparison), *other_rows(tiny_comparison)]:
        own = out.partition(f"\n{row.scenario}, less tiny\n")[2]
        line = re.search(rf"^{row.outcome}\b.*$", own, re.MULTILINE)[0].split()
        numbers = f"{row.base} {row.other} {row.difference}".split() if columns > 60 else [row.difference.split()[0]]
        assert all(number in line for number in numbers), (row.outcome, line)
    assert ("95 % +/-: half of the width" in out) == (columns <= 100), "the interval outlasts the levels"


def test_what_has_no_room_is_told_for_each_kind_of_table(tiny_comparison):
    def note(columns, every=True):
        text = " ".join(comparison_text(tiny_comparison, every, columns).split())
        return text.partition("No room here for: ")[2].partition(". The report, ")[0]

    verdicts = "same sign, interval of the verdict, smallest worth naming, unpaired"
    assert note(80) == f"{verdicts} (headline outcomes); of base, same sign, unpaired (all other outcomes)"
    assert note(80, every=False) == verdicts
    assert note(300) == ""


def test_what_exists_in_one_scenario_only_is_told_below_the_table(monkeypatch):
    both = {"delivered": [1, 2], "demand": [1, 2], "wait_p90": [NAN, NAN]}
    base = made_up("base", **both, review_weeks=[NAN, NAN], grey_premium=[1, NAN])
    comparison = Comparison([base, made_up("desk", **both, review_weeks=[3, NAN], grey_premium=[NAN, 1])])
    told = "No row for review_weeks (in desk only), grey_premium (never in the same replication); see `chipgate run`."
    monkeypatch.setattr(page, "narrow_binds", lambda _: ([["what binds", "base", "desk"], ["x", "1", "2"]], []))
    assert told in " ".join(comparison_text(comparison, every=True, terminal=80).split())
    assert "No row for" not in comparison_text(comparison)


def test_a_verdict_has_a_colour_and_its_words(tiny_comparison):
    styled = comparison_text(tiny_comparison, terminal=80, style=ansi)
    assert re.search(r"\x1b\[(31|32|33|1|2)m\w+.*(better|worse|different|cannot|too small)", styled)
    assert re.sub(r"\x1b\[[\d;]*m", "", styled) == comparison_text(tiny_comparison, terminal=80)


def test_markdown_tables_are_whole(tiny_comparison):
    text = comparison_markdown(tiny_comparison)
    assert LABEL in text
    blocks = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    assert len(blocks) == 2 * 2 + 1
    for block in blocks:
        lines = block.splitlines()
        assert len({line.count("|") for line in lines}) == 1
        assert set(lines[1]) <= set("| -:")
    assert page._safe("a|b *c* <d>\n#") == "a\\|b \\*c\\* \\<d\\> \\#"


def test_csv_has_a_row_for_each_difference_at_full_precision(tiny_comparison):
    rows = list(csv.DictReader(io.StringIO(comparison_csv(tiny_comparison))))
    assert len(rows) == len(tiny_comparison.rows)
    assert {row["label"] for row in rows} == {LABEL}
    for row, source in zip(rows, tiny_comparison.rows, strict=True):
        assert (row["scenario"], row["outcome"], row["item"], row["year"]) == (
            source.scenario,
            source.key.outcome,
            source.key.item,
            str(source.period or ""),
        )
        assert row["difference"] == ("" if math.isnan(source.mean) else repr(source.mean))
    assert {row["verdict"] for row in rows} > {""}


def test_json_has_everything_and_no_nan(tiny_comparison):
    data = json.loads(comparison_json(tiny_comparison), parse_constant=pytest.fail)
    assert data["label"] == LABEL
    assert data["scenarios"] == tiny_comparison.names
    assert len(data["differences"]) == len(tiny_comparison.rows)
    assert set(data["conclusions"]) == set(tiny_comparison.names[1:])
    for name in tiny_comparison.names:
        shares = data["what_binds"][name]["shares_of_the_order_books"]
        assert sum(shares.values()) == pytest.approx(1)
        assert data["what_binds"][name]["phases"]
    assert data["precision"] is None


def test_one_replication_and_a_world_where_nothing_waits_have_tables_too(tiny_comparison):
    runs = []
    for run in (run.first(1) for run in tiny_comparison.runs):
        quiet = {key: values * 0 for key, values in run.outcomes.items() if key.outcome == "binds"}
        still = {key: values * 0 if key[0] == "binds" else values for key, values in run.series.items()}
        runs.append(Run.of(run.sourced, run.seed, run.numbers, {**run.outcomes, **quiet}, still))
    comparison = Comparison(runs)
    json.loads(comparison_json(comparison), parse_constant=pytest.fail)
    assert "nan" not in comparison_text(comparison, every=True)
    assert "nan" not in comparison_markdown(comparison)
    assert "nothing 2023-01 to" in comparison_text(comparison)
