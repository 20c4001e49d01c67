"""
How facts change what is known: phases, either order, and bounds.
"""

import msgspec

from decider.stories import WORKLOAD, breach, command, given, outcome, recovered, reverted, serving, started
from rollguard_decider.core.evolve import evolve, fold
from rollguard_decider.core.phases import MEANINGS, TRANSITIONS, next_phase
from rollguard_decider.core.state import ANSWERED_KEPT, ROLLOUTS_KEPT, WorkloadState
from rollguard_schemas.commands import Mute
from rollguard_schemas.outcomes import ActionApplied, Skipped, Succeeded
from rollguard_schemas.policies import RollbackPolicy

NOTHING = WorkloadState(workload=WORKLOAD)


def test_a_rollback_goes_through_the_phases_in_order():
    story = given(started())
    seen = [story.state.phase]
    decision = story.when(breach()).said[0]
    seen.append(story.state.phase)
    ends = outcome(ActionApplied, decision), outcome(Succeeded, decision, at=110)
    seen += [story.when(fact).state.phase for fact in ends]

    assert seen == ["watching", "acting", "verifying", "steady"]


def test_every_phase_can_be_reached_and_has_a_meaning():
    reached = {"idle"} | {after for row in TRANSITIONS.values() for after in row.values()}
    assert reached == set(TRANSITIONS) == set(MEANINGS)


def test_a_fact_without_a_row_changes_no_phase():
    assert next_phase("idle", "action-applied") == "idle"


def test_the_outcome_of_an_earlier_decision_ends_nothing_now():
    story = given(started())
    earlier = story.when(breach()).said[0]
    story.given(started("ro-9", old="7", new="9", at=1000), breach("s-2", at=1010, revision="9"))
    assert story.when(outcome(Skipped, earlier, at=1020)).state.phase == "acting"


def test_a_reversal_heard_before_its_start_still_marks_the_rollout():
    story = given(reverted(), started())
    assert story.state.newest_rollout.is_reverted
    assert story.state.current_revision == "7"
    story.when(breach()).then_withholds("not-the-rollout")


def test_a_breach_read_before_its_rollout_acts_once_the_rollout_is_known():
    story = given()
    story.when(breach()).then_withholds("not-the-rollout")
    decision = story.when(started(), now=breach().time_unix_seconds + 1).then_rolls_back(to="7")
    assert decision.signal_ids == ("s-1",)
    story.when(started()).then_says_nothing()


def test_a_breach_that_recovered_meanwhile_is_not_looked_at_again():
    given(breach(), recovered(at=70)).when(started(at=80)).then_says_nothing()


def test_a_breach_read_after_its_end_does_not_open_it_again():
    given(recovered(at=70), breach()).when(started()).then_says_nothing()


def test_a_rollout_that_starts_twice_is_one_rollout():
    assert given(started(), started()).state == given(started()).state


def test_an_old_rollout_heard_late_is_not_the_newest():
    story = given(started(), started("ro-5", old="4", new="5", at=-5000))
    assert story.state.newest_rollout.rollout == "ro-8"


def test_histories_are_bounded():
    state = fold(NOTHING, [(started(f"ro-{n}", old=str(n), new=str(n + 1), at=n), 0.0) for n in range(100)])
    assert len(state.rollouts) == ROLLOUTS_KEPT
    story = given(*(serving(id=f"s-{n}") for n in range(ANSWERED_KEPT + 50)))
    assert len(story.state.answered) == ANSWERED_KEPT
    assert story.state.answered[-1] == f"s-{ANSWERED_KEPT + 49}"


def test_expired_mutes_are_forgotten_with_the_next_one():
    story = given(command(Mute, metric="a", at=0, until=10), command(Mute, id="c-2", metric="b", at=20))
    assert [mute.metric for mute in story.state.own.mutes] == ["b"]


def test_what_is_no_fact_changes_nothing():
    for stranger in (None, "text", 5, RollbackPolicy):
        assert evolve(NOTHING, stranger, 0.0) is NOTHING


def test_what_is_known_survives_json():
    story = given(started(), breach(), reverted(), serving("7"), command(Mute, metric="a"))
    text = msgspec.json.encode(story.state)
    assert msgspec.json.decode(text, type=WorkloadState) == story.state
