"""
The orders that stand: folding them in again, at any moment, says the same as the queue will.
"""

from hypothesis import given
from hypothesis import strategies as st

from decider.stories import WORKLOAD, command
from rollguard_decider.core.evolve import fold
from rollguard_decider.core.standing import KEPT, StandingOrders
from rollguard_decider.core.state import WorkloadState
from rollguard_schemas.commands import Approve, Freeze, KillSwitch, Mute, Quarantine, Release, RollBackNow, Unfreeze, Veto

NAMES = st.sampled_from(["1", "2", "3"])
ORDERS = st.one_of(
    st.sampled_from([command(Freeze), command(Unfreeze), command(KillSwitch, engaged=True), command(KillSwitch, engaged=False)]),
    st.builds(lambda name: command(Mute, metric=name), NAMES),
    st.builds(lambda name: command(Quarantine, revision=name), NAMES),
    st.builds(lambda name: command(Release, revision=name), NAMES),
    st.builds(lambda name: command(Veto, decision_id=name), NAMES),
)


def _standing(orders):
    standing = StandingOrders()
    for number, order in enumerate(orders):
        standing.learn(order, 0, float(number))
    return standing.on(WORKLOAD, 0)


@given(st.lists(ORDERS, max_size=12), st.data())
def test_whatever_the_queue_has_brought_the_last_word_holds(orders, data):
    brought = data.draw(st.integers(0, len(orders)))
    timed = [(order, float(number)) for number, order in enumerate(orders)]
    empty = WorkloadState(workload=WORKLOAD)
    behind = fold(fold(empty, timed[:brought]), _standing(orders))
    ahead = fold(empty, timed)
    assert (behind.own.kill_switch, behind.own.frozen) == (ahead.own.kill_switch, ahead.own.frozen)
    assert {one.metric for one in behind.own.mutes} == {one.metric for one in ahead.own.mutes}
    assert {one.revision for one in behind.quarantine} == {one.revision for one in ahead.quarantine}
    assert set(behind.vetoed) == set(ahead.vetoed)


def test_an_order_that_is_answered_does_not_stand():
    assert _standing([command(Approve, decision_id="d"), command(RollBackNow)]) == ()


def test_the_oldest_matters_are_forgotten():
    told = _standing([command(Veto, decision_id=str(number)) for number in range(KEPT + 2)])
    assert (len(told), told[0][0].decision_id) == (KEPT, "2")


def test_another_partition_heard_nothing():
    standing = StandingOrders()
    standing.learn(command(Freeze, workload="*"), 0, 0.0)
    assert standing.on("*", 1) == ()
