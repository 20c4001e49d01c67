"""
What goes on around a workload, folded from what everybody can read.
"""

import msgspec
from hypothesis import given as over
from hypothesis import strategies as st

from decider.stories import START, WORKLOAD, breach, given, outcome, policy, recovered, started
from rollguard_decider.core.fleet import ALONE
from rollguard_decider.core.fleet import Fleet as Told
from rollguard_schemas.outcomes import ActionApplied, Succeeded


class Fleet(Told):
    """Hears everything at the time that it carries."""

    def learn(self, event, heard=None):
        super().learn(event, event.time_unix_seconds if heard is None else heard)


def _decision(workload=WORKLOAD):
    decision = given(started()).when(breach()).then_rolls_back(to="7")
    return msgspec.structs.replace(decision, workload=workload)


def test_the_fleet_counts_a_rollback_as_under_way_until_its_end():
    fleet, decision = Fleet(), _decision()
    fleet.learn(decision)
    fleet.learn(outcome(ActionApplied, decision))
    assert len(fleet.around(START + 100, workloads=5).under_way(START + 100)) == 1
    fleet.learn(outcome(Succeeded, decision))
    around = fleet.around(START + 100, workloads=5)
    assert (around.under_way(START + 100), len(around.within_hour(START + 100))) == ((), 1)


def test_a_rollback_whose_end_nobody_tells_is_over_when_its_time_is():
    fleet, decision = Fleet(), _decision()
    fleet.learn(decision)
    end = decision.deadline_unix_seconds + decision.verification.within_seconds
    assert fleet.around(end - 1, workloads=1).under_way(end - 1)
    assert not fleet.around(end, workloads=1).under_way(end)


@over(st.permutations(range(5)), st.lists(st.integers(0, 4), max_size=5))
def test_the_fleet_does_not_mind_order_nor_duplicates(order, again):
    decision = _decision()
    facts = [decision, outcome(Succeeded, decision), breach(), recovered(), breach("s-9", episode="ep-9")]
    told, straight = Fleet(), Fleet()
    for fact in [facts[index] for index in [*order, *again]]:
        told.learn(fact)
    for fact in facts:
        straight.learn(fact)
    for later in (100, 300):
        asked = {"workloads": 3, "near": (WORKLOAD,)}
        assert told.around(START + later, **asked) == straight.around(START + later, **asked)


def test_a_workload_is_in_trouble_while_something_is_open_or_being_taken_back():
    fleet = Fleet()
    fleet.learn(breach(at=60.0))
    fleet.learn(recovered(at=200.0))
    near = {"workloads": 1, "near": (WORKLOAD,)}
    assert fleet.around(START + 60, **near).in_trouble(WORKLOAD)
    assert not fleet.around(START + 59, **near).in_trouble(WORKLOAD)
    assert not fleet.around(START + 200, **near).in_trouble(WORKLOAD)
    fleet.learn(_decision("shop/other"))
    assert fleet.around(START + 200, **near).is_taken_back("shop/other", START + 200)


def test_only_a_policy_that_asks_is_told_of_the_fleet():
    fleet = Fleet()
    fleet.learn(_decision("shop/other"))
    asks = policy(guards={"maxSimultaneous": 2})

    assert fleet.seen_by(asks, START, workloads=2) == fleet.around(START, workloads=2)
    assert fleet.seen_by(policy(), START, workloads=2) == ALONE
    assert fleet.seen_by(None, START, workloads=2) == ALONE
