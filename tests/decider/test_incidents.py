"""
One incident is one alert: opened, updated while there is news, and resolved.
"""

import msgspec
from hypothesis import given as for_all
from hypothesis import strategies as st

from decider.newsroom import Newsroom
from decider.stories import anomaly, breach, command, given, policy, recovered, roll_back_now, serving, started
from rollguard_decider.core.incidents.book import Heard
from rollguard_schemas.alerts import Alert
from rollguard_schemas.commands import Approve, Freeze
from rollguard_schemas.outcomes import ActionApplied, Failed, Skipped, Succeeded, Superseded, Unverified


def _decided(**more):
    story = given(started(), **more)
    return story, story.when(breach()).then_rolls_back(to="7")


def test_a_rollback_opens_one_incident_and_its_proof_resolves_it():
    story, decision = _decided()
    news = Newsroom().hears_story(story).hears_outcome(ActionApplied, decision, at=61).hears_outcome(Succeeded, decision, at=90)
    news.hears(*story.when(recovered(at=95)).said)

    assert news.statuses == ["opened", "updated", "updated", "resolved"]
    assert len({alert.incident for alert in news.alerts}) == 1
    assert news.last.title == "shop/fraud-scorer: over"


def test_a_recovery_that_is_heard_before_the_proof_leaves_the_end_to_the_proof():
    story, decision = _decided()
    news = Newsroom().hears_story(story).hears(*story.when(recovered(at=80)).said).hears_outcome(Succeeded, decision, at=90)

    assert news.statuses == ["opened", "updated", "resolved"]
    assert news.last.title == "shop/fraud-scorer: over, revision 7 serves"


def test_an_alert_carries_the_decision_with_its_explanation_and_what_to_type():
    story, decision = _decided(rules=policy(mode="recommend"))
    (alert,) = Newsroom().hears_story(story).alerts

    assert alert.decision == decision
    assert alert.summary == decision.explanation.summary
    assert [step.command for step in alert.next_steps] == [
        f"rollguard approve {decision.id} --why WHY",
        f"rollguard veto {decision.id} --why WHY",
        f"rollguard explain {decision.id}",
    ]


def test_an_approval_takes_the_lead_of_the_same_incident():
    story, recommended = _decided(rules=policy(mode="recommend"))
    approved = story.when(command(Approve, decision_id=recommended.id, at=90)).then_rolls_back(to="7")
    news = Newsroom().hears_story(story)

    assert news.statuses == ["opened", "updated"]
    assert news.last.decision == approved
    assert news.last.awaiting == (approved.id,)


def test_the_same_signal_every_few_seconds_pages_once():
    story = given(started("ro-7", old="6", new="7", at=-9000), started(at=-8000))
    for number in range(20):
        story.given(breach(f"s-{number}", at=60 + number))
    assert Newsroom().hears_story(story).statuses == ["opened"]


def test_trouble_elsewhere_while_the_rollback_runs_keeps_the_incident_open():
    story, decision = _decided(rules=policy(act_on={"breach": True, "anomaly": "high"}))
    story.given(anomaly(at=65))
    news = Newsroom().hears_story(story).hears_outcome(Succeeded, decision, at=90)
    news.hears(*story.when(recovered(at=95)).said)

    assert news.statuses == ["opened", "updated", "updated", "updated"]
    assert news.last.episodes == ("in-1",)


def test_a_failed_rollback_calls_a_person_and_stays_open():
    story, decision = _decided()
    for kind in (Failed, Unverified):
        news = Newsroom().hears_story(story).hears_outcome(kind, decision, at=90)
        assert (news.last.status, news.last.severity) == ("updated", "critical")
        assert "a person is needed" in news.last.title
        assert f"rollguard rollback {decision.workload} --why WHY" in [step.command for step in news.last.next_steps]


def test_a_rollback_by_hand_is_an_incident_until_it_ends():
    for kind in (Succeeded, Skipped, Superseded):
        story = given(started())
        decision = story.when(roll_back_now()).then_rolls_back(to="7")
        assert Newsroom().hears_story(story).hears_outcome(kind, decision, at=50).statuses == ["opened", "resolved"]


def test_an_outcome_that_is_heard_before_its_decision_is_not_awaited_for_ever():
    story, decision = _decided()
    news = Newsroom().hears_outcome(Succeeded, decision, at=90).hears_story(story)
    assert news.last.awaiting == ()
    assert news.hears(*story.when(recovered(at=95)).said).last.status == "resolved"


def test_what_is_no_news_opens_nothing():
    news = Newsroom()
    news.hears_story(given(started(), serving(), recovered()))
    news.hears_story(given(started(), anomaly()))
    news.hears_story(given(started(), breach(value=0.9)))
    unasked = given(started())
    unasked.rules = None
    news.hears_story(unasked.given(breach()))
    assert news.alerts == []


def test_a_withheld_action_is_told_by_how_much_it_matters():
    frozen = Newsroom().hears_story(given(started(), command(Freeze), breach()))
    assert frozen.last.severity == "info"
    elsewhere = Newsroom().hears_story(given(breach()))
    assert (elsewhere.last.severity, elsewhere.last.title) == ("warning", "shop/fraud-scorer: no action (not-the-rollout)")


def test_a_reason_that_is_not_listed_is_told_as_a_warning():
    withheld = msgspec.structs.replace(given(breach()).said[0], reason="a-gate-of-tomorrow")
    assert Newsroom().hears(withheld).last.severity == "warning"


def test_a_severity_that_rises_says_what_it_was():
    story = given(command(Freeze, until=100), started(), breach())
    news = Newsroom().hears_story(story)
    story.when(breach("s-2", at=120)).then_rolls_back(to="7")
    news.hears(*story.said)
    assert (news.last.severity, news.last.was) == ("critical", ("info",))


def test_a_refused_order_is_no_incident_since_it_would_have_no_end():
    assert Newsroom().hears_story(given(started(), command(Freeze), roll_back_now(id="c-2", at=40))).alerts == []


def _full_story():
    story, decision = _decided()
    news = Newsroom().hears_story(story).hears_outcome(ActionApplied, decision, at=61)
    news.hears(*story.when(breach("s-2", at=70)).said)
    news.hears_outcome(Succeeded, decision, at=90)
    news.hears(*story.when(recovered(at=95)).said, *story.when(breach("s-3", at=400, episode="ep-2")).said)
    return news


@for_all(st.data())
def test_restarts_and_repetitions_tell_nothing_twice(data):
    undisturbed = _full_story()
    news = Newsroom()
    for number, heard in enumerate(undisturbed.log):
        news.hears_again(heard)
        if data.draw(st.booleans(), label=f"restart after {number}"):
            news.restarts()
            for again in undisturbed.log[data.draw(st.integers(0, number), label="from") : number + 1]:
                news.hears_again(again)
    assert news.alerts == undisturbed.alerts


def test_offsets_that_begin_again_are_heard_when_their_time_is_later():
    story, _ = _decided()
    news = Newsroom().hears_story(story).restarts()
    later = story.when(recovered(at=500)).said[0]
    news.hears_again(Heard(event=later, topic="rollguard-decisions", offset=0, unix_seconds=later.time_unix_seconds))
    assert news.last.cause == later.id


def test_an_alert_survives_its_own_json():
    for alert in _full_story().alerts:
        assert msgspec.json.decode(msgspec.json.encode(alert), type=Alert) == alert
