"""
Decisions about several workloads at once, and an actuator whose turn ends in the middle of one.
"""

import asyncio

import pytest

from actuator.process import Actuator, Clock, said, say
from actuator.registry import FakeDriver, FakeRegistry
from actuator.saying import NOW, rollback
from rollguard_actuator.core.lifecycle import ENDS
from rollguard_actuator.shell.fenced import NotOurTurn
from rollguard_runtime.errors import Temporary
from rollguard_runtime.memory import MemoryBus
from rollguard_runtime.pump import Received
from rollguard_schemas.outcomes import ActionApplied, Unverified
from rollguard_schemas.targets import MlflowAlias
from rollguard_schemas.topics import OUTCOMES

FIRST, SECOND = (MlflowAlias(model="fraud", alias=alias) for alias in ("first", "second"))


class OneIsAway(FakeDriver):
    """The first target never answers while ``is_away``; ``at_work`` counts who is being looked at together."""

    def __init__(self, registry):
        super().__init__(registry)
        self.is_away, self.at_work, self.most = True, 0, 0

    async def observe(self, target):
        self.at_work += 1
        self.most = max(self.most, self.at_work)
        await asyncio.sleep(0)
        self.at_work -= 1
        if target == FIRST and self.is_away:
            raise Temporary("away")
        return await super().observe(target)


@pytest.fixture
def bus():
    return MemoryBus()


@pytest.fixture
def registry():
    registry = FakeRegistry()
    for version in "12":
        registry.register("fraud", version)
    for target in (FIRST, SECOND):
        registry.point(target, "2")
    return registry


def about(target):
    return Received(None, rollback(id=target.alias, workload=f"shop/{target.alias}", target=target))


async def test_a_target_that_is_away_keeps_nobody_elses_rollback_waiting(bus, registry):
    driver = OneIsAway(registry)
    actuator = await Actuator(bus, registry, Clock(), driver=driver).start()
    with pytest.raises(Temporary, match="away"):
        await actuator.handler.handle([about(FIRST), about(SECOND)])
    assert (registry.aliases[SECOND], driver.most) == ("1", 2)
    driver.is_away = False
    await actuator.handler.handle([about(FIRST), about(SECOND)])
    assert sorted(outcome.decision_id for outcome in said(bus, OUTCOMES)) == ["first", "second"]


async def test_decisions_about_one_workload_are_performed_in_the_order_of_the_log(bus, registry):
    driver = OneIsAway(registry)
    driver.is_away = False
    actuator = await Actuator(bus, registry, Clock(), driver=driver).start()
    back = rollback(id="back", workload="shop/first", target=FIRST, suspect_revision="1", target_revision="2", fence=2)
    await actuator.handler.handle([about(FIRST), Received(None, back)])
    assert (registry.moves, driver.most) == (["first", "back"], 1)


@pytest.mark.parametrize("turns", [[5, None], [5, 6], [None]])
async def test_an_actuator_whose_turn_ended_does_not_answer_and_says_the_same_once_it_is_its_turn(bus, registry, turns):
    turn = iter([*turns, 7, 7])
    actuator = await Actuator(bus, registry, Clock(), turn=lambda: next(turn)).start()
    with pytest.raises(NotOurTurn):
        await actuator.handler.handle([about(FIRST)])
    assert said(bus, OUTCOMES) == []
    await actuator.handler.handle([about(FIRST)])
    assert ([type(outcome) for outcome in said(bus, OUTCOMES)], registry.moves) == ([ActionApplied], ["first"])


async def test_an_actuator_whose_turn_ended_ends_no_verification(bus, registry):
    clock, turn = Clock(), [7]
    actuator = await Actuator(bus, registry, clock, turn=lambda: turn[0]).start()
    say(bus, about(FIRST).event)
    await actuator.decide()
    clock.now, turn[0] = NOW + 1000, None
    await actuator.keep_books()
    assert [type(outcome) for outcome in said(bus, OUTCOMES)] == [ActionApplied]
    turn[0] = 8
    await actuator.keep_books()
    assert type(said(bus, OUTCOMES)[-1]) is Unverified
    assert actuator.journal.ledger("shop/first").life("first") in ENDS
