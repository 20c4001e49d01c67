"""
Rollouts in the running detector: compared with the control that there is, from the points that it reads.
"""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.worlds import LATENCY, LATENCY_OBJECTIVE, START, WORKLOAD, compared, observe, of_type, point, policy
from rollguard_detector.core.detector import Detector
from rollguard_detector.core.snapshots import WorkloadKept
from rollguard_detector.core.trials.kept import Said
from rollguard_schemas.policies import ComparedMetric
from rollguard_schemas.rollouts import RolloutReverted, RolloutStarted
from rollguard_schemas.signals import Regression
from rollguard_schemas.targets import MlflowAlias

TARGET = MlflowAlias(model="m", alias="champion")
ERRORS = ComparedMetric(metric="error_ratio")
MINUTE = 60.0
ROLLED_OUT_AT = 30 * MINUTE


def rollout(at=ROLLED_OUT_AT, *, old="1", new="2", name="r"):
    return RolloutStarted(
        id=name, workload=WORKLOAD, time_unix_seconds=START + at, rollout=name, from_revision=old, to_revision=new, target=TARGET
    )


ROLLOUT = rollout()


def detector(*metrics, events=(ROLLOUT,), **terms):
    watching = Detector()
    watching.take_policy(WORKLOAD, compared(policy(LATENCY_OBJECTIVE), metrics=metrics or (ERRORS,), **terms))
    for event in events:
        watching.take_rollout(event)
    return watching


def ratio(at, bad, n, *, revision, metric="error_ratio", **labels):
    return point(
        None, at=at, metric=metric, kind="ratio", numerator=float(bad), denominator=float(n), revision=revision, labels=labels
    )


def counts(seed, minutes, rate, *, revision, n=1200, start=0, pods=("",)):
    """Return a ratio of each pod a minute; the pods share the requests, and ``rate`` is a number or one a minute."""
    rng, rates = np.random.default_rng(seed), np.broadcast_to(rate, minutes)
    return [
        ratio((start + minute) * MINUTE + 1.0 + place / 10, rng.binomial(n // len(pods), rates[minute]), n // len(pods),
              revision=revision, **({"pod": pod} if pod else {}))
        for minute in range(minutes)
        for place, pod in enumerate(pods)
    ]  # fmt: skip


def in_time(*stretches):
    return sorted((one for stretch in stretches for one in stretch), key=lambda one: one.time_unix_seconds)


def said(watching, *stretches):
    return of_type(observe(watching, in_time(*stretches)), Regression)


def verdicts(signals):
    return [(signal.verdict, signal.attribution) for signal in signals]


def test_a_canary_that_is_worse_than_the_stable_one_beside_it_is_degraded_and_the_rollout_is_to_blame():
    stable, canary = counts(1, 60, 0.005, revision="1", n=10_800), counts(2, 30, 0.015, revision="2", start=30)
    first = said(detector(), stable, canary)[0]

    assert (first.verdict, first.attribution, first.control, first.control_revision) == ("degraded", "rollout", "concurrent", "1")
    assert first.time_unix_seconds - START - ROLLED_OUT_AT < 15 * MINUTE
    assert first.log_e_value >= first.log_e_needed
    assert 1.0 < first.effect_low < 3.0 < first.effect_high
    assert [one.series for one in first.evidence.contributions] == ["error_ratio"]
    assert first.evidence.observed > first.evidence.expected_high


def test_a_canary_that_is_as_the_stable_one_is_healthy_in_the_end():
    stable, canary = counts(1, 90, 0.05, revision="1", n=10_800), counts(2, 60, 0.05, revision="2", start=30)
    last = said(detector(), stable, canary)[-1]

    assert (last.verdict, last.rollout) == ("healthy", "r")
    assert last.effect_high < 1.5
    assert last.metrics[0].verdict == "healthy"


def test_without_a_revision_beside_it_the_one_before_is_the_control_at_equal_age():
    before, after = counts(1, 30, 0.01, revision="1"), counts(2, 30, 0.06, revision="2", start=30)
    first = said(detector(), before, after)[0]

    assert (first.verdict, first.attribution, first.control) == ("degraded", "rollout", "equal-age")
    assert "revision 1 at equal age" in first.evidence.summary


def test_a_cold_start_is_compared_with_a_cold_start():
    cold = np.concatenate([np.full(10, 0.2), np.full(20, 0.01)])
    before, after = counts(1, 30, cold, revision="1"), counts(2, 30, cold, revision="2", start=30)

    assert "degraded" not in {verdict for verdict, _ in verdicts(said(detector(), before, after))}


def test_where_both_arms_move_the_incident_is_global_and_not_the_rollouts():
    moved = np.concatenate([np.full(45, 0.005), np.full(45, 0.05)])
    stable = counts(1, 90, moved, revision="1", n=10_800)
    canary = counts(2, 60, moved[30:], revision="2", start=30)
    found = verdicts(said(detector(), stable, canary))

    assert "degraded" not in {verdict for verdict, _ in found}
    assert found[-1][1] == "global"


def test_one_bad_pod_is_no_bad_release():
    stable = counts(1, 60, 0.005, revision="1", n=10_800)
    good, bad = (
        counts(2, 30, 0.005, revision="2", start=30, pods=("a", "b")),
        counts(3, 30, 0.1, revision="2", start=30, pods=("c",)),
    )
    found = said(detector(), stable, good, bad)

    assert "degraded" not in {signal.verdict for signal in found}
    assert ("inconclusive", "segment", "c") in {(signal.verdict, signal.attribution, signal.segment) for signal in found}


def test_a_release_that_is_bad_on_every_pod_is_degraded():
    stable = counts(1, 60, 0.005, revision="1", n=10_800)
    canary = counts(2, 30, 0.03, revision="2", start=30, pods=("a", "b", "c"))

    assert ("degraded", "rollout") in verdicts(said(detector(), stable, canary))


def test_half_of_the_requests_failing_is_degraded_at_once_without_any_control():
    found = said(detector(events=(rollout(old=None),)), counts(2, 10, 0.6, revision="2", start=30))

    assert (found[0].verdict, found[0].attribution, found[0].control) == ("degraded", "unknown", "objective")
    assert found[0].time_unix_seconds - START - ROLLED_OUT_AT < 4 * MINUTE


def test_nothing_bad_in_either_arm_is_healthy_where_the_policy_says_what_matters():
    quiet = ComparedMetric(metric="error_ratio", min_effect=0.005)
    stable, canary = counts(1, 60, 0.0, revision="1"), counts(2, 30, 0.0, revision="2", start=30)

    assert ("healthy", "unknown") in verdicts(said(detector(quiet), stable, canary))
    assert ("healthy", "unknown") not in verdicts(said(detector(), stable, canary))


def test_an_effect_that_is_certain_and_too_small_to_matter_is_no_harm():
    metric = ComparedMetric(metric="error_ratio", min_effect=0.05)
    stable, canary = counts(1, 60, 0.005, revision="1", n=10_800), counts(2, 30, 0.015, revision="2", start=30)

    assert "degraded" not in {verdict for verdict, _ in verdicts(said(detector(metric), stable, canary))}


def test_an_accuracy_that_sinks_is_compared_by_what_it_misses():
    metric = ComparedMetric(metric="accuracy", direction="down")
    stable = [msgspec.structs.replace(one, metric="accuracy") for one in counts(1, 60, 0.97, revision="1")]
    canary = [msgspec.structs.replace(one, metric="accuracy") for one in counts(2, 30, 0.8, revision="2", start=30)]
    first = said(detector(metric), stable, canary)[0]

    assert (first.verdict, first.attribution) == ("degraded", "rollout")
    assert "1 - accuracy" in first.evidence.summary


def histogram(at, slower, *, revision, seed):
    rng, bounds = np.random.default_rng(seed), (0.05, 0.1, 0.2, 0.4)
    seen = np.bincount(np.searchsorted(bounds, rng.lognormal(np.log(0.08 * slower), 0.5, 200)), minlength=5)
    return point(
        None, at=at, metric="latency_seconds", kind="histogram", bounds=bounds, counts=tuple(seen.tolist()), temporality="delta",
        revision=revision,
    )  # fmt: skip


@pytest.mark.parametrize(("slower", "verdict"), [(1.0, "healthy"), (1.4, "degraded")])
def test_a_histogram_is_compared_beyond_its_own_bounds(slower, verdict):
    stable = [histogram(second * MINUTE + 1, 1.0, revision="1", seed=second) for second in range(60)]
    canary = [histogram(second * MINUTE + 2, slower, revision="2", seed=100 + second) for second in range(30, 60)]
    found = said(detector(ComparedMetric(metric="latency_seconds_p95", relevant=2.0)), stable, canary)

    assert verdict in {one.verdict for one in found}


@pytest.mark.parametrize(("slower", "verdict"), [(1.0, "healthy"), (2.5, "degraded")])
def test_a_gauge_is_compared_by_its_mean(slower, verdict):
    rng = np.random.default_rng(5)
    stable = [point(0.05 * (1 + 0.1 * rng.standard_normal()), at=second * MINUTE, revision="1") for second in range(60)]
    canary = [point(0.05 * slower * (1 + 0.1 * rng.standard_normal()), at=s * MINUTE + 1, revision="2") for s in range(30, 60)]

    assert verdict in {one.verdict for one in said(detector(ComparedMetric(metric=LATENCY)), stable, canary)}


def test_no_data_moves_nothing():
    assert said(detector(), counts(1, 90, 0.005, revision="1")) == []


def test_a_rollout_that_is_taken_back_is_compared_no_more():
    reverted = RolloutReverted(
        id="b",
        workload=WORKLOAD,
        time_unix_seconds=START + 40 * MINUTE,
        rollout="r",
        from_revision="2",
        to_revision="1",
        target=TARGET,
    )
    watching = detector()
    stable, canary = counts(1, 60, 0.005, revision="1", n=10_800), counts(2, 30, 0.05, revision="2", start=30)
    assert said(watching, [one for one in in_time(stable, canary) if one.time_unix_seconds < START + 40 * MINUTE])
    watching.take_rollout(reverted)

    assert said(watching, [one for one in in_time(stable, canary) if one.time_unix_seconds >= START + 40 * MINUTE]) == []


def test_a_rollout_that_is_heard_of_late_is_compared_from_its_first_window_on():
    log = in_time(counts(1, 60, 0.005, revision="1", n=10_800), counts(2, 30, 0.02, revision="2", start=30))
    known, told_late = detector(), detector(events=())
    said(told_late, log[:70])
    told_late.take_rollout(rollout())
    said(told_late, log[70:])
    said(known, log)

    assert _state(told_late) == _state(known)


def test_without_an_event_the_metrics_of_the_objectives_are_compared():
    watching = Detector()
    watching.take_policy(WORKLOAD, policy(LATENCY_OBJECTIVE))
    watching.take_rollout(rollout())
    stable = [point(0.05 + 0.001 * (second % 7), at=second * MINUTE, revision="1") for second in range(60)]
    canary = [point(0.05 + 0.001 * (second % 5), at=second * MINUTE + 1, revision="2") for second in range(30, 60)]

    assert {one.metric for one in said(watching, stable, canary)} == {LATENCY}


def _promoted(worse_from=None, *, hold_back=False, seed=4):
    """A rollout of an hour that goes well, and two hours after it; the candidate gets worse some minutes after it began."""
    rates = np.full(180, 0.01)
    rates[worse_from or 180 :] = 0.05
    canary = counts(seed, 180, rates, revision="2", start=30)
    return counts(seed + 1, 210 if hold_back else 30, 0.01, revision="1"), canary


def test_a_revision_that_gets_worse_after_its_rollout_is_called_so_by_the_guard():
    found = said(detector(), *_promoted(worse_from=120))
    alarm = next(one for one in found if one.stage == "guard")

    assert (alarm.verdict, alarm.attribution, alarm.control) == ("degraded", "unknown", "frozen")
    assert 0 < alarm.time_unix_seconds - START - 150 * MINUTE < 10 * MINUTE
    assert [one.verdict for one in found if one.stage == "guard"] == ["degraded"]


def test_a_guard_with_a_hold_back_knows_that_it_is_the_revision():
    alarm = next(one for one in said(detector(), *_promoted(worse_from=120, hold_back=True)) if one.stage == "guard")
    assert (alarm.attribution, alarm.control, alarm.control_revision) == ("rollout", "concurrent", "1")


def test_a_revision_that_stays_as_it_was_raises_no_alarm():
    assert [one for one in said(detector(), *_promoted()) if one.stage == "guard"] == []


def test_an_alarm_that_does_not_come_again_is_over():
    canary = counts(4, 240, np.concatenate([np.full(90, 0.01), np.full(5, 0.2), np.full(145, 0.01)]), revision="2", start=30)
    guard = [one for one in said(detector(), counts(5, 30, 0.01, revision="1"), canary) if one.stage == "guard"]
    assert [one.verdict for one in guard] == ["degraded", "inconclusive"]


def test_the_guard_goes_on_in_another_process_as_if_nothing_had_been():
    log = in_time(*_promoted(worse_from=120))
    straight, first = detector(), detector()
    cut = next(place for place, one in enumerate(log) if one.time_unix_seconds > START + 151 * MINUTE)
    expected, begun = said(straight, log), said(first, log[:cut])
    second = detector()
    second.resume(msgspec.msgpack.decode(msgspec.msgpack.encode(first.keep(WORKLOAD)), type=WorkloadKept))

    assert begun + said(second, log[cut:]) == expected


@settings(max_examples=3, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 1000))
def test_replicas_may_deliver_in_any_interleaving_and_end_in_the_same_verdict(shuffle, seed):
    """Each pod's own points stay in order, as a series' do; among the pods, minutes may pass."""
    log = in_time(
        counts(seed, 40, 0.01, revision="1", n=6_000, pods=("s", "t")),
        counts(seed + 1, 10, 0.02, revision="2", start=30, pods=("a", "b")),
    )
    late = {pod: shuffle.uniform(0, 9 * MINUTE) for pod in "stab"}
    jumbled = sorted(log, key=lambda one: one.time_unix_seconds + late[one.labels["pod"]])
    straight, crooked = detector(), detector()
    said(straight, log)
    observe(crooked, jumbled)

    assert _state(crooked) == _state(straight)


def _state(watching):
    """What the comparison says at the next window, taken out and put back as another process would."""
    kept = watching.keep(WORKLOAD)
    assert kept.trials
    trials = msgspec.structs.replace(kept.trials, said=Said(next_report_windows=0))
    other = detector()
    wire = msgspec.msgpack.encode(msgspec.structs.replace(kept, trials=trials))
    other.resume(msgspec.msgpack.decode(wire, type=WorkloadKept))
    more = in_time(counts(7, 3, 0.01, revision="1", start=70), counts(8, 3, 0.01, revision="2", start=70))
    (spoken,) = said(other, more)[-1:]
    return spoken.verdict, spoken.attribution, spoken.log_e_value, spoken.effect_low, spoken.effect_high, spoken.metrics
