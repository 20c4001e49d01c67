"""
What is known to be bad and is rolled out again: held once, told with the reason, and taken back only on evidence.
"""

import msgspec
import pytest

from decider.offices import Office
from decider.stories import breach, command, given, policy, reverted, started
from rollguard_schemas.commands import Freeze, KillSwitch, Quarantine, Release, Veto
from rollguard_schemas.decisions import HoldDecided, RollbackDecided

LEAKS = command(Quarantine, revision="8", at=-10, why="leaks", by="ada")


def _held(story) -> HoldDecided:
    assert len(story.said) == 1, story.said
    assert isinstance(story.said[0], HoldDecided), story.said
    return story.said[0]


def test_a_quarantined_revision_that_is_rolled_out_is_held():
    decision = _held(given(LEAKS).when(started()))
    assert decision.suspect_revision == "8"
    assert decision.explanation.gates[-1] == "known to be bad: revision 8 is quarantined by ada (leaks)"
    assert decision.signal_ids == ("ro-8-started",)


def test_its_artifact_under_another_number_is_held_as_well():
    quarantine = command(Quarantine, revision="5", artifact_digest="sha256:aa", at=-10)
    _held(given(quarantine).when(started(digest="sha256:aa")))


def test_a_number_whose_artifact_was_seen_is_enough_to_know_it():
    before = started("ro-5", old="4", new="5", at=-5000, digest="sha256:aa")
    quarantine = command(Quarantine, revision="5", at=-10)
    _held(given(before, quarantine).when(started(digest="sha256:aa")))
    given(before, quarantine).when(started(digest="sha256:bb")).then_says_nothing()


def test_what_was_taken_back_by_a_decision_is_held_when_it_comes_again():
    again = started("ro-9", old="7", new="8", at=500)
    decision = _held(given(started(), breach(), reverted()).when(again))
    assert "was taken back before" in decision.explanation.summary


def test_what_people_moved_back_themselves_or_cleared_by_a_veto_is_not_held():
    again = started("ro-9", old="7", new="8", at=500)
    given(started(), reverted()).when(again).then_says_nothing()
    story = given(started(), breach())
    veto = command(Veto, decision_id=story.said[0].id, at=100)
    story.given(veto, reverted()).when(again).then_says_nothing()


@pytest.mark.parametrize(
    "fact", [command(Release, revision="8", at=-5), command(Quarantine, id="c-2", revision="8", at=-5, until=-1)]
)
def test_what_is_free_again_is_not_held(fact):
    given(LEAKS, fact).when(started()).then_says_nothing()


@pytest.mark.parametrize(("restraint", "reason"), [(command(KillSwitch, engaged=True), "kill-switch"), (command(Freeze), "frozen")])
def test_under_a_restraint_nothing_is_held_and_it_is_said(restraint, reason):
    withheld = given(LEAKS, restraint).when(started()).then_withholds(reason)
    assert "quarantined by ada" in withheld.explanation.summary


def test_it_is_said_once():
    given(LEAKS, started()).when(started()).then_says_nothing()


def test_evidence_takes_back_what_is_held():
    given(LEAKS, started()).when(breach()).then_rolls_back(to="7")


def test_trouble_that_is_known_already_comes_first():
    story = given(LEAKS, started("ro-7", old="6", new="7", at=-5000), breach(at=10)).when(started())
    assert isinstance(story.said[0], RollbackDecided)
    assert len(story.said) == 1


def test_without_a_policy_nobody_asked():
    story = given(LEAKS)
    story.rules = None
    story.when(started()).then_says_nothing()


async def test_the_desk_says_it_once_however_often_the_rollout_is_heard():
    office = Office()
    office.put(policy())
    await office.take(LEAKS, started())
    await office.desk.take(office.bus.records("rollguard-rollouts")[0], office.table)
    (decision,) = office.decisions()
    assert isinstance(decision, HoldDecided)
    assert office.known().holds[0].decision_id == decision.id
    assert msgspec.json.encode(decision)
