"""
A dependency that moved first is to blame, and named; unless a comparison side by side shows the candidate itself to be worse.
"""

import itertools

import msgspec
import pytest

from decider.offices import Office
from decider.stories import WORKLOAD, anomaly, breach, policy, recovered, regression, reverted, started
from rollguard_decider.replay import Replay
from rollguard_runtime.memory import MemoryBus
from rollguard_runtime.tape import Taped
from rollguard_schemas.decisions import RollbackDecided, Withheld

DB = "shop/db"
RULES = policy(act_on={"breach": True, "regression": True}, guards={"after": [DB]})


def of_db(fact):
    """Return a fact as the dependency's own."""
    episode = {"episode": "ep-db"} if hasattr(fact, "episode") else {}
    return msgspec.structs.replace(fact, id=f"db-{fact.id}", workload=DB, **episode)


def compared(control, **more):
    return msgspec.structs.replace(regression(**more), control=control)


def answered(*facts, rules=RULES):
    """Let facts be heard at the times that they carry; return the answer to the last one."""
    desk = Replay({WORKLOAD: rules})
    return [desk.take(fact, fact.time_unix_seconds) for fact in facts][-1][0]


def test_a_dependency_that_moved_first_is_to_blame_and_named_with_its_signal_and_how_much_earlier():
    held = answered(started(), of_db(breach("s-9", at=20.0, name="latency")), breach(at=60.0))

    assert (held.reason, held.attribution.cause) == ("dependency-moved-first", "upstream")
    assert (held.attribution.upstream.workload, held.attribution.upstream.signal_id) == (DB, "db-s-9")
    assert held.attribution.upstream.seconds_earlier == 40.0
    assert held.attribution.upstream.rollout is None
    assert "shop/db, which it depends on, moved 40 s earlier: latency is 0.79" in held.explanation.summary
    assert "serves at the same time" in held.would_change


def test_of_two_rollouts_the_dependencys_is_named_if_it_moved_after_it():
    dbs = msgspec.structs.replace(started("ro-db", old="11", new="12", at=-30.0), workload=DB)
    held = answered(dbs, started(), of_db(breach("s-9", at=20.0)), breach(at=60.0))

    assert (held.attribution.upstream.rollout, held.attribution.upstream.revision) == ("ro-db", "12")
    assert "50 s after its own rollout to revision 12 started" in held.attribution.summary


def test_a_dependency_that_moved_later_is_not_to_blame():
    story = started(), breach("s-1", at=50.0, name="latency"), of_db(breach("s-9", at=55.0)), of_db(recovered(at=58.0))
    assert isinstance(answered(*story, breach("s-2", episode="ep-2", at=60.0)), RollbackDecided)


def test_what_began_here_before_it_began_there_is_not_blamed_on_the_dependency():
    story = started(), breach(at=10.0, name="latency"), of_db(breach("s-9", at=20.0)), breach("s-2", episode="ep-2", at=60.0)
    assert answered(*story).reason == "dependency-in-trouble"  # which asks for an order, and blames nobody
    assert answered(*story).attribution.cause == "unknown"


def test_what_was_over_before_the_rollout_began_explains_nothing():
    over = of_db(breach("s-9", at=-90.0)), of_db(recovered(at=-5.0))
    assert isinstance(answered(*over, started(), breach(at=60.0)), RollbackDecided)


def test_what_was_over_only_just_before_it_still_explains_it():
    over = of_db(breach("s-9", at=20.0)), of_db(recovered(at=40.0))
    assert answered(started(), *over, breach(at=60.0)).reason == "dependency-moved-first"
    assert isinstance(answered(started(), *over, breach(at=345.0)), RollbackDecided)


@pytest.mark.parametrize("control", ["concurrent", "mirror"])
def test_comparison_side_by_side_acts_although_the_dependency_moved_first(control):
    story = started(), of_db(breach("s-9", at=20.0))
    decision = answered(*story, compared(control))

    assert isinstance(decision, RollbackDecided)
    assert "shop/db cannot explain what differs" in " ".join(decision.explanation.gates)
    assert isinstance(answered(*story, compared(control, at=55.0), breach()), Withheld)  # already decided: by the comparison


@pytest.mark.parametrize("control", ["equal-age", "frozen", "objective"])
def test_comparison_with_another_time_does_not_outweigh_a_dependency(control):
    assert answered(started(), of_db(breach("s-9", at=20.0)), compared(control)).reason == "dependency-moved-first"


def test_a_breach_acts_too_where_comparison_stands_beside_it():
    quiet = policy(act_on={"breach": True}, guards={"after": [DB]})
    story = started(), of_db(breach("s-9", at=20.0)), compared("concurrent", at=40.0), breach()
    assert isinstance(answered(*story, rules=quiet), RollbackDecided)


def test_a_dependency_whose_own_rollout_was_found_worse_has_moved_until_that_is_taken_back():
    worse = of_db(regression("r-9", at=20.0, rollout="ro-db"))
    assert answered(started(), worse, breach()).reason == "dependency-moved-first"
    back = msgspec.structs.replace(reverted("ro-db", at=30.0), workload=DB)
    assert isinstance(answered(started(), worse, back, breach(at=345.0)), RollbackDecided)


def test_a_dependency_that_fell_silent_has_not_moved():
    silent = of_db(anomaly("s-9", at=20.0, kind="missing"))
    assert answered(started(), silent, breach()).reason == "dependency-in-trouble"


def test_where_both_arms_moved_the_dependency_that_moved_first_is_the_better_name():
    story = started(), of_db(breach("s-9", at=20.0))
    assert answered(*story, regression(attribution="global")).attribution.cause == "upstream"
    assert answered(started(), regression(attribution="global")).attribution.cause == "global"


def test_a_workload_whose_policy_names_no_dependency_hears_of_none():
    alone = policy(act_on={"breach": True})
    assert isinstance(answered(started(), of_db(breach("s-9", at=20.0)), breach(), rules=alone), RollbackDecided)


TALE = [
    msgspec.structs.replace(started("ro-db", at=-30.0), workload=DB),
    started(),
    of_db(breach("s-9", at=20.0)),
    breach(at=60.0),
    breach("s-2", episode="ep-2", at=60.0, name="accuracy"),
    of_db(recovered(at=60.0)),
]


async def _decided_live(tale, *, is_read_ahead):
    """Return what is decided by a process that has read as far as it decides, or by one that finds the whole log there."""
    bus = MemoryBus(partitions=4)
    office = Office(bus)
    office.put(RULES)
    records = []
    for fact in tale:
        bus.now_ms = lambda at=fact.time_unix_seconds: int(at * 1000)
        records.append(office.put(fact))
        if not is_read_ahead:
            await office.desk.take(records[-1], office.table)
    for record in records if is_read_ahead else ():
        await office.desk.take(record, office.table)
    return office.decisions()


@pytest.mark.parametrize("is_read_ahead", [False, True])
async def test_live_a_second_life_and_a_replay_decide_the_same_whatever_came_in_one_instant(is_read_ahead):
    for order in itertools.permutations(TALE[3:]):
        tale = [*TALE[:3], *order]
        replayed = [
            decision
            for _, decisions in Replay({WORKLOAD: RULES}).play(Taped(fact.time_unix_seconds, fact) for fact in tale)
            for decision in decisions
        ]
        live = await _decided_live(tale, is_read_ahead=is_read_ahead)
        assert [msgspec.json.encode(one) for one in live] == [msgspec.json.encode(one) for one in replayed]
