"""
Laws of the core, for any log: facts of every kind, in any order, some of them twice.
"""

import itertools
from collections import Counter

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from decider import stories
from rollguard_decider.core.budgets import DAY_SECONDS
from rollguard_decider.core.decide import decide
from rollguard_decider.core.evolve import evolve, fold
from rollguard_decider.core.state import WorkloadState
from rollguard_schemas import commands, outcomes
from rollguard_schemas.decisions import Action, RollbackDecided
from rollguard_schemas.signals import Signal

REVISIONS = st.sampled_from(["1", "2", "3", "4"])
MAYBE_REVISIONS = st.one_of(st.none(), REVISIONS)
ROLLOUTS = st.sampled_from(["ro-1", "ro-2", "ro-3", "ro-4", "ro-5"])
TIMES = st.floats(0, 3 * DAY_SECONDS).map(round)
NUMBERS = st.integers(0, 10_000)
BUDGET, COOLDOWN = 2, 600.0


def _signals():
    ids = NUMBERS.map("s-{}".format)
    return st.one_of(
        st.builds(stories.breach, ids, at=TIMES, revision=MAYBE_REVISIONS, episode=ROLLOUTS),
        st.builds(stories.forecast, ids, at=TIMES, revision=MAYBE_REVISIONS, episode=ROLLOUTS),
        st.builds(stories.anomaly, ids, at=TIMES, revision=MAYBE_REVISIONS, severity=st.sampled_from(["low", "high"])),
        st.builds(stories.recovered, ids, at=TIMES, revision=MAYBE_REVISIONS, episode=ROLLOUTS),
        st.builds(stories.serving, REVISIONS, id=ids, at=TIMES),
        st.builds(stories.regression, ids, at=TIMES, verdict=st.sampled_from(["healthy", "degraded", "inconclusive"])),
    )


def _rollouts():
    return st.one_of(
        st.builds(
            stories.started, ROLLOUTS, old=MAYBE_REVISIONS, new=REVISIONS, at=TIMES, digest=st.sampled_from([None, "a", "b"])
        ),
        st.builds(stories.reverted, ROLLOUTS, bad=REVISIONS, good=REVISIONS, at=TIMES),
    )


def _outcomes():
    decision = st.builds(lambda rollout: stories.given(stories.started(rollout)).when(stories.breach()).said[0], ROLLOUTS)
    kinds = st.sampled_from([outcomes.ActionApplied, outcomes.Succeeded, outcomes.Failed, outcomes.Skipped, outcomes.Unverified])
    return st.builds(stories.outcome, kinds, decision, at=TIMES)


def _commands(*, switches=True):
    ids = NUMBERS.map("c-{}".format)
    kinds = [
        st.builds(stories.command, st.just(commands.Freeze), id=ids, at=TIMES, until=TIMES),
        st.builds(stories.command, st.just(commands.Unfreeze), id=ids, at=TIMES),
        st.builds(
            stories.command, st.just(commands.Mute), id=ids, at=TIMES, until=TIMES, metric=st.sampled_from([None, "accuracy"])
        ),
        st.builds(stories.command, st.just(commands.Quarantine), id=ids, at=TIMES, revision=REVISIONS),
        st.builds(stories.command, st.just(commands.Veto), id=ids, at=TIMES, decision_id=ROLLOUTS),
        st.builds(stories.command, st.just(commands.Approve), id=ids, at=TIMES, decision_id=ROLLOUTS),
        st.builds(stories.command, st.just(commands.RollBackNow), id=ids, at=TIMES, target_revision=MAYBE_REVISIONS),
    ]
    if switches:
        kinds.append(st.builds(stories.command, st.just(commands.KillSwitch), id=ids, at=TIMES, engaged=st.booleans()))
    return st.one_of(*kinds)


POLICIES = st.builds(
    stories.policy,
    mode=st.sampled_from(["observe", "recommend", "act"]),
    act_on=st.just({"breach": True, "forecast": {"probability": 0.9}, "anomaly": "high"}),
    guards=st.just({"cooldownSeconds": COOLDOWN, "maxRollbacksPerDay": BUDGET, "rolloutWindowSeconds": 10 * DAY_SECONDS}),
)
FACTS = st.one_of(_signals(), _rollouts(), _commands(), _outcomes())


@st.composite
def _busy_logs(draw, others=FACTS):
    """Rollouts that go bad one after the other, now within cooldown and budget and now not, with anything in between."""
    log, at, good = [], 0, "1"
    for number in range(draw(st.integers(1, 7))):
        at += draw(st.sampled_from([5, 200, 700, 30_000]))
        rollout, bad = f"bad-{number}", draw(st.sampled_from([f"r{number}", "2", "3"]))
        log.append(stories.started(rollout, old=good, new=bad, at=at))
        for _ in range(draw(st.integers(1, 3))):
            at += draw(st.sampled_from([1, 60, 700]))
            log.append(stories.breach(f"busy-{len(log)}", at=at, revision=bad, episode=rollout))
        log += draw(st.lists(others, max_size=2))
        if draw(st.booleans()):
            log.append(stories.reverted(rollout, bad=bad, good=good, at=at + 1))
        else:
            good = draw(st.sampled_from([good, bad]))
    return log


def _logs(facts=FACTS):
    return st.one_of(st.lists(facts, max_size=40), _busy_logs(facts))


LOGS = _logs()


def _evidence_only(log):
    return [fact for fact in log if not isinstance(fact, commands.RollBackNow | commands.Approve)]


def _in_time(log):
    return sorted(log, key=lambda fact: fact.time_unix_seconds)


def _play(rules, log):
    return stories.Story(rules).given(*log)


def _rollbacks(story):
    return [one for one in story.all_said if isinstance(one, RollbackDecided)]


@given(POLICIES, LOGS)
def test_a_log_played_twice_gives_the_same_decisions_byte_for_byte(rules, log):
    first, second = (_play(rules, log).all_said for _ in range(2))
    assert [msgspec.json.encode(one) for one in first] == [msgspec.json.encode(one) for one in second]


@given(POLICIES, LOGS)
def test_every_signal_is_answered_exactly_once(rules, log):
    story = _play(rules, log)
    answers = Counter(answered for one in story.all_said for answered in one.signal_ids if not isinstance(one, Action))
    acted = {answered for one in story.all_said for answered in one.signal_ids if isinstance(one, Action)}
    asked = {fact.id for fact in log if isinstance(fact, Signal)}
    assert asked <= set(answers) | acted
    assert max(answers.values(), default=1) == 1


@given(POLICIES, LOGS)
def test_a_duplicate_decides_nothing(rules, log):
    story = _play(rules, log)
    for fact in log:
        assert decide(rules, story.state, fact, fact.time_unix_seconds) == []


@given(POLICIES, LOGS)
def test_never_two_rollbacks_of_one_rollout_from_evidence(rules, log):
    rollouts = Counter(one.rollout for one in _rollbacks(_play(rules, _evidence_only(log))))
    assert max(rollouts.values(), default=1) == 1


@given(POLICIES, LOGS)
def test_no_rollback_from_evidence_within_the_cooldown(rules, log):
    times = [one.time_unix_seconds for one in _rollbacks(_play(rules, _in_time(_evidence_only(log))))]
    assert all(later - earlier >= COOLDOWN for earlier, later in itertools.pairwise(times))


@given(POLICIES, LOGS)
def test_never_over_the_budget_in_any_day(rules, log):
    times = [one.time_unix_seconds for one in _rollbacks(_play(rules, _in_time(_evidence_only(log))))]
    assert all(sum(start <= time < start + DAY_SECONDS for time in times) <= BUDGET for start in times)


@given(POLICIES, _logs(st.one_of(_signals(), _rollouts(), _commands(switches=False), _outcomes())))
def test_nothing_acts_behind_the_kill_switch(rules, log):
    engaged = stories.command(commands.KillSwitch, id="c-kill", at=0, engaged=True)
    assert not [one for one in _play(rules, [engaged, *log]).all_said if isinstance(one, Action)]


@given(POLICIES, LOGS)
def test_no_rollback_goes_to_the_suspect_or_to_a_quarantined_revision(rules, log):
    story = stories.Story(rules)
    for fact in log:
        quarantined = {one.revision for one in story.state.quarantine}
        for one in story.when(fact).said:
            if isinstance(one, RollbackDecided):
                assert one.target_revision != one.suspect_revision
                assert one.target_revision not in quarantined


@given(POLICIES, LOGS)
def test_the_fence_grows_with_every_action(rules, log):
    fences = [one.fence for one in _play(rules, log).all_said if isinstance(one, Action)]
    assert fences == list(range(1, len(fences) + 1))


@given(POLICIES, LOGS, st.integers(0, 100))
def test_the_fold_equals_any_split_of_the_log_through_json(rules, log, cut):
    told = _told(rules, log)
    before = fold(WorkloadState(workload=stories.WORKLOAD), told[:cut])
    resumed = msgspec.json.decode(msgspec.json.encode(before), type=WorkloadState)
    assert fold(resumed, told[cut:]) == fold(WorkloadState(workload=stories.WORKLOAD), told)


@given(POLICIES, LOGS)
def test_what_was_said_rebuilds_what_is_known(rules, log):
    assert fold(WorkloadState(workload=stories.WORKLOAD), _told(rules, log)) == _play(rules, log).state


@given(st.lists(FACTS, max_size=10), FACTS)
@settings(max_examples=300)
def test_evolve_takes_every_fact_in_every_state(log, fact):
    state = fold(WorkloadState(workload=stories.WORKLOAD), [(one, one.time_unix_seconds) for one in log])
    assert isinstance(evolve(state, fact, fact.time_unix_seconds), WorkloadState)


@given(LOGS)
def test_without_a_policy_nothing_acts_and_everything_is_answered(log):
    story = _play(None, log)
    assert not _rollbacks(story)
    assert {fact.id for fact in log if isinstance(fact, Signal)} <= {
        answered for one in story.all_said for answered in one.signal_ids
    }


def _told(rules, log):
    """Return the log with each decision behind the fact that led to it, as the topics hold them."""
    story, told = stories.Story(rules), []
    for fact in log:
        told.append((fact, fact.time_unix_seconds))
        told += [(one, one.time_unix_seconds) for one in story.when(fact).said]
    return told
