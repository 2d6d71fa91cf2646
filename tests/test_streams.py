"""Common random numbers: everyone keeps their own luck, whatever else is in the world."""

import datetime

from worlds import baseline, changed, design, segment

from sim.experiment.replication import record, replicate
from sim.model import World
from sim.model import facts as f
from sim.model.streams import Stream, Streams
from sim.scenario.parts import Policy
from sim.scenario.policies.mandate import Mandate


def facts_of(scenario, kind, keep=lambda fact: True):
    return [fact for fact in record(scenario, 5, 2).of(kind) if keep(fact)]


def cloud_arrivals(scenario):
    return facts_of(scenario, f.ProjectArrived, lambda fact: fact.project.startswith("cloud-"))


def lots_of(scenario, product):
    return facts_of(scenario, f.LotStarted, lambda fact: fact.product == product), [
        round(fact.time, 9) for fact in facts_of(scenario, f.LotFinished, lambda fact: fact.product == product)
    ]


def test_a_longer_stream_begins_with_the_shorter_one() -> None:
    assert Stream("x").uniforms(1000)[:10] == Stream("x").uniforms(10)
    assert Stream("x").uniform(700) == Stream("x").uniforms(1000)[700]
    assert Stream("x").lognormal(7, 2.0, 0.5) == Stream("x").lognormals(9, 2.0, 0.5)[7]


def test_streams_of_other_names_seeds_and_replications_differ() -> None:
    numbers = {
        tuple(Streams(seed, replication)[name].uniforms(3))
        for seed in (1, 2)
        for replication in (1, 2)
        for name in ("demand.cloud.size", "demand.state.size")
    }
    assert len(numbers) == 8


def test_a_stream_asked_for_again_does_not_start_again() -> None:
    streams = Streams(1, 1)
    first = streams["foundry.lot"].uniforms(5)
    assert streams["foundry.lot"] is streams["foundry.lot"]
    assert streams["foundry.lot"].uniforms(6)[:5] == first[:5]


def test_uniforms_lie_strictly_inside_the_unit_interval() -> None:
    numbers = Stream("inside").uniforms(100_000)
    assert 0 < min(numbers) < 1e-4
    assert 1 - 1e-4 < max(numbers) < 1


def test_a_scenario_that_changes_nothing_is_bit_identical() -> None:
    scenario = baseline()
    assert record(scenario, 5, 2).facts == record(changed(scenario, title="Another", name="other"), 5, 2).facts


def test_another_segment_leaves_the_others_projects_as_they_were() -> None:
    scenario = baseline()
    more = changed(scenario, demand={"military": segment(size=9e3), **scenario.demand})
    assert cloud_arrivals(more) == cloud_arrivals(scenario)


def test_another_design_leaves_the_lots_of_the_others_as_they_were() -> None:
    scenario = changed(baseline(), designs={k: v for k, v in baseline().designs.items() if k == "siyuan-590"})
    more = changed(scenario, designs={"new": design(wafer_share={datetime.date(2024, 1, 1): 0.2}), **scenario.designs})
    assert lots_of(more, "siyuan-590") == lots_of(scenario, "siyuan-590")


def test_a_policy_that_touches_nobody_changes_nothing_but_its_own_fact() -> None:
    scenario = baseline()
    nobody = Policy.of(Mandate(segments=["state"], compliance=0.0), effective=datetime.date(2024, 5, 5))
    more = record(changed(scenario, policies={**scenario.policies, "empty": nobody}), 5, 2).facts
    assert [fact for fact in more if getattr(fact, "policy", "") != "empty"] == record(scenario, 5, 2).facts


def test_a_bans_effect_starts_with_the_ban() -> None:
    scenario = baseline()
    without = changed(scenario, policies={k: v for k, v in scenario.policies.items() if k != "h20-block"})
    ban = scenario.window.week(scenario.policies["h20-block"].effective)
    before = [[fact for fact in record(s, 5, 2).facts if fact.time < ban] for s in (scenario, without)]
    assert before[0] == before[1]
    assert record(scenario, 5, 2).facts != record(without, 5, 2).facts


def test_faster_arrivals_bring_the_same_projects_sooner() -> None:
    scenario = changed(baseline(), efficiency=None)  # which makes projects smaller from a date on
    slow = cloud_arrivals(scenario)
    fast = cloud_arrivals(changed(scenario, demand__cloud__projects=2 * scenario.demand["cloud"].projects))
    assert len(fast) > 1.5 * len(slow)
    for before, after in zip(slow, fast, strict=False):
        assert after.time < before.time
        assert (after.project, after.need, after.insists, after.stack) == (
            before.project,
            before.need,
            before.insists,
            before.stack,
        )


def test_a_larger_mean_size_scales_every_project_alike() -> None:
    scenario = baseline()
    small = cloud_arrivals(scenario)
    large = cloud_arrivals(changed(scenario, demand__cloud__size=3 * scenario.demand["cloud"].size))
    ratios = {round(after.need / before.need, 9) for before, after in zip(small, large, strict=True)}
    assert ratios == {3.0}


def test_who_complies_at_a_low_share_complies_at_a_higher_one() -> None:
    scenario = baseline()

    def bound(compliance):
        world = changed(scenario, **{"policies__domestic-only__mandate__compliance": compliance})
        arrived = {x.project for x in facts_of(world, f.ProjectArrived) if x.time > 155}
        return {x.project for x in facts_of(world, f.ProjectMandated)} & arrived

    few, many = bound(0.3), bound(0.8)
    assert 0 < len(few) < len(many)
    assert few < many


def test_a_silent_and_a_recording_run_end_in_the_same_state() -> None:
    def end(record):
        world = World(baseline(), Streams(5, 2), record).run()
        waiting = {name: project.unmet for name, project in world.market.waiting.items()}
        return (
            waiting,
            world.market.stock,
            world.memory.stacks,
            list(world.memory.dies),
            world.fab.finished,
            world.software.ports,
        )

    heard: list[f.Fact] = []
    assert end(lambda fact: None) == end(heard.append)
    assert len(heard) > 1000


def test_a_replication_depends_on_its_number_only_not_on_what_ran_before() -> None:
    alone = replicate(baseline(), 9, 3)
    for number in (0, 1, 2):
        replicate(baseline(), 9, number)
    assert replicate(baseline(), 9, 3) == alone
    assert replicate(baseline(), 9, 4) != alone
