"""
Plans: what speaks against acting, what is our own move, and that a plan that was carried out plans nothing.
"""

import asyncio

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actuator.registry import FakeDriver, FakeRegistry
from actuator.saying import NOW, TARGET, fallback, rollback
from rollguard_actuator.core.ledger import Ledger
from rollguard_actuator.core.plan import plan, unwanted
from rollguard_actuator.core.ports import Candidate, Capabilities, Claim, Mark, Move, Observation, PutClaim
from rollguard_actuator.core.serving import Serving

CAN_ROLL_BACK = Capabilities(driver="fake", actions=frozenset({"rollback-decided"}))
SUSPECT_LIVE = Observation(revision="2")
READY = Candidate(revision="1", exists=True, is_ready=True)


def planned(decision=None, seen=SUSPECT_LIVE, candidate=READY, ledger=None, now=NOW):
    return plan(decision or rollback(), seen, candidate, ledger or Ledger(), now)


def claim(decision_id="decision-1", fence=1, revision="1", at=NOW - 5):
    return Claim(decision_id=decision_id, fence=fence, revision=revision, at_unix_seconds=at)


def test_the_target_is_claimed_before_it_is_moved_and_marked_last():
    assert [type(change) for change in planned().changes] == [PutClaim, Move, Mark]


def test_the_claim_names_the_decision_its_fence_and_its_revision():
    put_claim = planned(rollback(fence=7)).changes[0]
    assert put_claim.claim == Claim(decision_id="decision-1", fence=7, revision="1", at_unix_seconds=NOW)


def test_a_suspect_that_is_no_longer_live_supersedes_the_decision():
    made = planned(seen=Observation(revision="3"))
    assert (made.verdict, made.changes) == ("superseded", ())


def test_an_abort_is_planned_where_it_returns_to_the_wanted_revision():
    made = planned(rollback(only_in_flight=True), seen=Observation(revision="2", abort_returns_to="1"))
    assert made.verdict == "move"
    assert made.changes[1] == Move(from_revision="2", to_revision="1", decision_id="decision-1", only_in_flight=True)


@pytest.mark.parametrize(("stable", "says"), [(None, "not in flight any more"), ("0", "would return to 0, not to 1")])
def test_an_abort_of_what_is_not_in_flight_takes_nothing_back(stable, says):
    made = planned(rollback(only_in_flight=True), seen=Observation(revision="2", abort_returns_to=stable))
    assert (made.verdict, made.changes) == ("superseded", ())
    assert says in made.summary


def test_a_target_that_points_nowhere_supersedes_the_decision():
    assert planned(seen=Observation(revision=None)).verdict == "superseded"


def test_the_wanted_revision_made_live_by_somebody_else_supersedes_the_decision():
    assert planned(seen=Observation(revision="1", claim=claim("another"))).verdict == "superseded"


def test_our_own_move_is_recognised_by_its_claim_and_only_marked():
    made = planned(seen=Observation(revision="1", claim=claim()))
    assert (made.verdict, [type(change) for change in made.changes]) == ("already-there", [Mark])
    assert made.acted_at_unix_seconds == NOW - 5


@pytest.mark.parametrize("live", ["2", "3"])
def test_our_own_move_is_recognised_by_its_mark_and_not_repeated_if_somebody_undid_it(live):
    marked = Candidate(revision="1", exists=True, is_ready=True, marked_by="decision-1")
    made = planned(seen=Observation(revision=live, claim=claim()), candidate=marked)
    assert (made.verdict, made.changes) == ("already-there", ())


def test_our_own_move_is_recognised_even_after_the_deadline_and_behind_a_higher_fence():
    made = planned(rollback(fence=1, deadline_unix_seconds=NOW - 100), seen=Observation(revision="1", claim=claim(fence=9)))
    assert made.verdict == "already-there"


def test_a_decision_with_a_lower_fence_than_the_last_one_that_acted_is_superseded():
    assert planned(rollback(fence=3), seen=Observation(revision="2", claim=claim("later", fence=4))).verdict == "superseded"


def test_a_decision_with_the_same_fence_may_act_again_after_a_crash_before_the_move():
    assert planned(rollback(fence=4), seen=Observation(revision="2", claim=claim(fence=4))).verdict == "move"


def test_a_decision_past_its_deadline_expires():
    assert planned(rollback(deadline_unix_seconds=NOW - 1)).verdict == "expired"


@pytest.mark.parametrize(
    ("decision", "candidate", "ledger", "why"),
    [
        (rollback(), Candidate(revision="1", exists=False), Ledger(), "revision 1 does not exist"),
        (rollback(), Candidate(revision="1", exists=True), Ledger(), "revision 1 is not ready"),
        (rollback(target_revision="2"), Candidate(revision="2", exists=True, is_ready=True), Ledger(), "2 is the suspect itself"),
        (rollback(), READY, Ledger(serving=Serving(bad=frozenset({"1"}))), "revision 1 was itself taken back"),
    ],
)
def test_a_revision_that_cannot_or_should_not_serve_is_refused_with_the_reason(decision, candidate, ledger, why):
    made = planned(decision, candidate=candidate, ledger=ledger)
    assert (made.verdict, made.changes) == ("refused", ())
    assert made.summary.startswith(why)


def test_an_action_that_the_driver_does_not_perform_is_unwanted():
    assert "fallback-decided" in unwanted(fallback(), CAN_ROLL_BACK)


@pytest.mark.parametrize("mode", ["observe", "recommend"])
def test_a_decision_that_is_not_to_act_is_unwanted(mode):
    assert mode in unwanted(rollback(mode=mode), CAN_ROLL_BACK)


def test_a_rollback_in_mode_act_is_wanted():
    assert unwanted(rollback(), CAN_ROLL_BACK) is None


revisions = st.sampled_from(["1", "2", "3"])


@given(
    live=st.none() | revisions,
    suspect=revisions,
    restored=revisions,
    fence=st.integers(0, 3),
    held=st.none() | st.builds(claim, st.sampled_from(["decision-1", "other"]), st.integers(0, 3), revisions),
)
def test_planning_again_after_a_plan_was_carried_out_plans_nothing(live, suspect, restored, fence, held):
    registry = FakeRegistry()
    registry.point(TARGET, live)
    if held:
        registry.claims[TARGET] = held
    for version in ("1", "2", "3"):
        registry.register(TARGET.model, version)
    decision = rollback(suspect_revision=suspect, target_revision=restored, fence=fence)

    asyncio.run(carry_out(registry, decision))

    assert asyncio.run(carry_out(registry, decision)).changes == ()


@given(live=st.none() | revisions, suspect=revisions, restored=revisions)
def test_a_plan_moves_nothing_but_the_suspect_and_only_to_the_revision_that_was_decided(live, suspect, restored):
    candidate = msgspec.structs.replace(READY, revision=restored)
    made = planned(rollback(suspect_revision=suspect, target_revision=restored), Observation(revision=live), candidate)
    moves = [change for change in made.changes if isinstance(change, Move)]
    assert moves in ([], [Move(from_revision=suspect, to_revision=restored, decision_id="decision-1")])
    assert not moves or live == suspect


async def carry_out(registry, decision):
    driver = FakeDriver(registry)
    seen, candidate = await driver.observe(decision.target), await driver.look_up(decision.target, decision.target_revision)
    made = plan(decision, seen, candidate, Ledger(), NOW)
    for change in made.changes:
        await driver.apply(decision.target, change)
    return made
