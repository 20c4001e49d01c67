"""
Rollouts from observations: who moved, which ids, and when a rollout is done.
"""

from hypothesis import given
from hypothesis import strategies as st

from actuator.saying import NOW, TARGET, WORKLOAD, applied, serving
from rollguard_actuator.core.dues import dues
from rollguard_actuator.core.ledger import Ledger, evolve
from rollguard_actuator.core.ports import Claim, Observation
from rollguard_actuator.core.watch import moved
from rollguard_schemas.outcomes import Superseded
from rollguard_schemas.rollouts import RolloutFinished, RolloutReverted, RolloutStarted


def look(ledger, revision, claimed_by=None):
    """Look once: return the ledger after what was said, and what was said."""
    claim = Claim(decision_id=claimed_by, fence=1, revision=revision, at_unix_seconds=NOW) if claimed_by else None
    event = moved(WORKLOAD, TARGET, ledger, Observation(revision=revision, claim=claim), NOW)
    return (evolve(ledger, event) if event else ledger), event


def look_at_each(revisions):
    ledger, said = Ledger(), []
    for revision in revisions:
        ledger, event = look(ledger, revision)
        said.append(event)
    return ledger, said


def test_the_first_sight_of_a_revision_is_a_rollout_from_nothing():
    _, (event,) = look_at_each(["1"])
    assert (type(event), event.from_revision, event.to_revision) == (RolloutStarted, None, "1")


def test_a_target_that_does_not_move_says_nothing():
    assert look_at_each(["1", "1"])[1][1] is None


def test_a_target_that_points_nowhere_is_no_rollout():
    assert look_at_each([None, "1", None, "1"])[1][2:] == [None, None]


def test_a_move_is_a_rollout_from_the_revision_before():
    event = look_at_each(["1", "2"])[1][1]
    assert (type(event), event.from_revision, event.to_revision) == (RolloutStarted, "1", "2")


def test_a_move_by_hand_back_to_where_the_rollout_came_from_reverts_it():
    _, (_, started, reverted) = look_at_each(["1", "2", "1"])
    assert (type(reverted), reverted.from_revision, reverted.to_revision) == (RolloutReverted, "2", "1")
    assert (reverted.rollout, reverted.decision_id) == (started.rollout, None)


def test_a_move_that_bears_a_decisions_claim_is_reverted_by_that_decision():
    ledger, _ = look_at_each(["0", "1", "2"])
    _, event = look(ledger, "0", claimed_by="decision-1")
    assert (type(event), event.decision_id) == (RolloutReverted, "decision-1")


def test_a_claim_explains_one_move_only():
    ledger, _ = look_at_each(["1", "2"])
    ledger, _ = look(ledger, "1", claimed_by="decision-1")
    ledger, _ = look(ledger, "3")
    _, by_hand = look(ledger, "1", claimed_by="decision-1")
    assert by_hand.decision_id is None


def test_the_claim_of_a_decision_that_was_overtaken_explains_nothing():
    ledger, _ = look_at_each(["0", "1", "2"])
    given = {name: getattr(applied(), name) for name in Superseded.__struct_fields__}
    ledger = evolve(ledger, Superseded(**given))
    assert isinstance(look(ledger, "0", claimed_by="decision-1")[1], RolloutStarted)


@given(st.lists(st.sampled_from([None, "1", "2", "3"]), max_size=12))
def test_moving_back_and_forth_gives_new_ids_and_a_restart_gives_the_same(revisions):
    _, said = look_at_each(revisions)
    ids = [event.id for event in said if event]
    assert len(set(ids)) == len(ids)
    assert [event and event.id for event in look_at_each(revisions)[1]] == [event and event.id for event in said]


@given(st.lists(st.sampled_from(["1", "2", "3"]), max_size=8), st.integers(0, 7))
def test_a_restart_between_two_looks_says_nothing_again(revisions, cut):
    ledger, said = look_at_each(revisions[: cut + 1])
    from_the_log = Ledger()
    for event in said:
        from_the_log = evolve(from_the_log, event) if event else from_the_log
    assert from_the_log == ledger
    if revisions:
        assert look(from_the_log, revisions[: cut + 1][-1])[1] is None


def test_a_rollout_is_finished_once_telemetry_reports_its_revision():
    ledger, _ = look_at_each(["1", "2"])
    assert dues(ledger, NOW) == []
    ledger = evolve(ledger, serving("2"))
    (finished,) = dues(ledger, NOW)
    assert (type(finished), finished.to_revision) == (RolloutFinished, "2")
    assert dues(evolve(ledger, finished), NOW) == []


def test_telemetry_may_be_quicker_than_the_watch():
    ledger, _ = look_at_each(["1"])
    ledger = evolve(ledger, serving("2"))
    assert dues(ledger, NOW) == []
    ledger, _ = look(ledger, "2")
    assert [type(event) for event in dues(ledger, NOW)] == [RolloutFinished]


def test_a_rollout_that_was_taken_back_does_not_finish():
    ledger, _ = look_at_each(["1", "2", "1"])
    assert dues(evolve(ledger, serving("2")), NOW) == []
