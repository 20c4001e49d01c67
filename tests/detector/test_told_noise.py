"""
How much healthy arms differ, as windows before a rollout tell it: what may raise the caution, what may not, and where it shows.
"""

from itertools import accumulate, pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.test_trials import MINUTE, counts, detector, histogram, in_time, ratio, rollout, said
from detector.worlds import LATENCY, START, WORKLOAD, observe, of_type, point
from rollguard_detector.core.comparison.course import Budget, Course
from rollguard_detector.core.comparison.dispersion import PRIOR, VARIANCES, mean_variance, prior_told
from rollguard_detector.core.comparison.side_by_side import comparable, log_likelihoods
from rollguard_detector.core.comparison.window import Window
from rollguard_detector.core.snapshots import WorkloadKept
from rollguard_schemas.policies import ComparedMetric
from rollguard_schemas.signals import Regression

DEFAULT = mean_variance(PRIOR)


def drawn(seed, variance, *, windows=60, shares=(0.25,) * 4, n=12_000, rate=0.01, shared=0.0, unequal=(1.0,)):
    """Return what parts counted that served side by side; they have noise of their own and in common, and lasting differences."""
    rng = np.random.default_rng(seed)
    size, requests = (windows, len(shares)), np.array([int(n * share) for share in shares])
    rates = rate * _factors(rng, variance, size) * _factors(rng, shared, (windows, 1)) * np.resize(unequal, len(shares))
    bad = rng.binomial(requests, np.minimum(rates, 1.0), size)
    return [{str(part): (int(requests[part]), int(row[part])) for part in range(len(shares))} for row in bad]


def _factors(rng, variance, size):
    return rng.gamma(1.0 / variance, variance, size) if variance else np.ones(size)


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.25,) * 4, (0.1,) * 10])
@pytest.mark.parametrize("variance", [0.2, 0.7])
def test_noise_between_parts_is_found_and_raises_the_prior_to_it(shares, variance):
    prior = prior_told([log_likelihoods(drawn(1, variance, shares=shares))])

    assert prior[0] < 0.14
    assert max(prior[2], prior[3]) > 0.65
    assert mean_variance(prior) > 1.7 * DEFAULT


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1), (0.1,) * 10])
def test_parts_that_differ_by_counting_alone_leave_the_default_as_it_is(shares):
    priors = [prior_told([log_likelihoods(drawn(seed, 0.0, shares=shares))]) for seed in range(20)]

    assert max(map(mean_variance, priors)) < 1.02 * DEFAULT
    assert PRIOR in priors


def test_what_all_parts_share_is_no_noise_between_them():
    assert prior_told([log_likelihoods(drawn(2, 0.0, shared=0.5))]) == PRIOR


def test_a_part_that_is_worse_all_the_time_is_different_and_not_noisy():
    assert prior_told([log_likelihoods(drawn(3, 0.0, unequal=(5.0, 1.0, 1.0, 1.0)))]) == PRIOR


def test_one_cold_start_is_no_noise():
    windows = drawn(4, 0.0, shares=(0.5, 0.5))
    for window in windows[:3]:
        window["0"] = (6_000, 240)

    assert mean_variance(prior_told([log_likelihoods(windows)])) < 1.05 * DEFAULT


def test_a_short_history_shifts_the_prior_less_than_a_long_one():
    found = [mean_variance(prior_told([log_likelihoods(drawn(5, 0.2, windows=windows)[:windows])])) for windows in (1, 3, 60)]

    assert found[0] == DEFAULT
    assert found[0] < found[1] < found[2] < 0.25


def test_a_calm_source_takes_nothing_back_from_a_noisy_one():
    noisy, calm = log_likelihoods(drawn(6, 0.2)), log_likelihoods(drawn(6, 0.0))
    assert prior_told([noisy, calm]) == prior_told([noisy])


@pytest.mark.parametrize("windows", [[], [{"a": (100, 5)}] * 9, [{"a": (100, 0), "b": (90, 0)}] * 9, [{"a": (9, 1), "b": (0, 0)}]])
def test_what_cannot_be_compared_says_nothing(windows):
    assert comparable(windows) == []
    assert prior_told([log_likelihoods(windows)]) == PRIOR


parts = st.dictionaries(
    st.sampled_from("abcdef"), st.integers(0, 2_000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), max_size=6
)
histories = st.lists(parts, max_size=8)


@settings(max_examples=25, deadline=None)
@given(st.lists(histories, max_size=3))
def test_whatever_is_told_the_prior_is_never_calmer_than_the_default_and_keeps_some_of_it(sources):
    prior = prior_told([log_likelihoods(source) for source in sources])

    assert sum(prior) == pytest.approx(1.0)
    assert min(prior) >= 0.2 * min(PRIOR) - 1e-12
    assert prior[0] >= 0.2 * PRIOR[0] - 1e-12
    for calmer, default in zip(accumulate(prior), accumulate(PRIOR), strict=True):
        assert calmer <= default + 1e-12
    assert DEFAULT - 1e-12 <= mean_variance(prior) <= max(VARIANCES)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 8), st.integers(2, 20), st.integers(1, 40), st.integers(40, 5_000))
def test_more_replicas_without_spread_never_raise_the_prior(replicas, windows, bad, n):
    alike = [{str(part): (n, bad) for part in range(replicas)} for _ in range(windows)]
    assert prior_told([log_likelihoods(alike)]) == PRIOR


@settings(max_examples=10, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_in_which_order_parts_were_heard_shows_in_no_bit(windows, shuffle):
    other = [dict(shuffle.sample(list(window.items()), len(window))) for window in windows]
    assert log_likelihoods(other) == log_likelihoods(windows)


def test_told_by_replicas_false_rollbacks_stay_in_the_budget_and_below_those_of_the_untold():
    """The hardest cell: half of the requests in the candidate, where the first minutes decide before noise is seen."""
    rng, taken_back, runs = np.random.default_rng(8), {"told": 0, "untold": 0}, 150
    priors = {"untold": PRIOR, "told": prior_told([log_likelihoods(drawn(9, 0.2))])}
    for _ in range(runs):
        bad = rng.binomial(6_000, np.minimum(0.005 * _factors(rng, 0.2, (30, 2)), 1.0)).tolist()
        for name, prior in priors.items():
            course = Course(Budget(prior=prior))
            for control, candidate in bad:
                course.learn(Window(6_000, control, 6_000, candidate))
                if course.is_degraded:
                    taken_back[name] += 1
                    break

    assert taken_back["told"] <= 0.02 * runs
    assert taken_back["told"] <= taken_back["untold"]


PODS = ("a", "b", "c", "d")


def noisy(seed, minutes, *, revision, pods=PODS, start=0, variance=0.7, n=12_000):
    rng = np.random.default_rng(seed)
    rates = 0.01 * _factors(rng, variance, (len(pods), minutes))
    return [
        one
        for place, pod in enumerate(pods)
        for one in counts(
            seed + place, minutes, np.minimum(rates[place], 1.0), revision=revision, n=n // len(pods), start=start, pods=(pod,)
        )
    ]


def heard(watching, stretch):
    return of_type(observe(watching, stretch), Regression)


def noise_said(signals, metric="error_ratio"):
    return next(one.noise for one in signals[-1].metrics if one.metric == metric)


def test_replicas_of_the_stable_revision_that_differ_are_told_in_the_evidence():
    found = said(detector(), noisy(1, 60, revision="1"), counts(9, 30, 0.01, revision="2", start=30))
    told = noise_said(found)

    assert "told by 4 replicas)" in found[-1].evidence.summary
    assert (told.replicas, told.replica_windows, told.history_windows) == (4, 30, 0)
    assert told.variance > 2 * DEFAULT


def test_replicas_that_agree_leave_the_default_and_are_named_all_the_same():
    found = said(detector(), noisy(1, 60, revision="1", variance=0.0), counts(9, 30, 0.01, revision="2", start=30))
    told = noise_said(found)

    assert (told.variance, told.replicas) == (pytest.approx(DEFAULT), 4)
    assert "told by" not in found[-1].evidence.summary


def test_without_replicas_or_history_the_default_is_what_holds():
    told = noise_said(said(detector(), counts(1, 60, 0.01, revision="1"), counts(9, 30, 0.01, revision="2", start=30)))

    assert (told.variance, told.replicas, told.replica_windows, told.history_windows) == (pytest.approx(DEFAULT), 0, 0, 0)


def test_only_windows_before_the_rollout_tell():
    calm, wild = noisy(1, 30, revision="1", variance=0.0), noisy(2, 30, revision="1", start=30)
    told = noise_said(said(detector(), calm, wild, counts(9, 30, 0.01, revision="2", start=30)))

    assert (told.variance, told.replica_windows) == (pytest.approx(DEFAULT), 30)


def rolled_out_before(seed, variance):
    """A stable revision that was itself rolled out beside the one before, for forty minutes; then the next one comes."""
    first, second = rollout(10 * MINUTE, old="0", new="1", name="q"), rollout(60 * MINUTE)
    old = noisy(seed, 50, revision="0", pods=("",), variance=variance)
    control = noisy(seed + 1, 80, revision="1", pods=("",), start=10, variance=variance)
    return (first, second), in_time(old, control, counts(seed + 2, 30, 0.01, revision="2", start=60))


@pytest.mark.parametrize("variance", [0.0, 0.7])
def test_the_rollout_before_tells_how_much_two_revisions_differed_side_by_side(variance):
    (first, second), log = rolled_out_before(3, variance)
    watching = detector(events=(first,))
    said(watching, [one for one in log if one.time_unix_seconds < START + 60 * MINUTE])
    watching.take_rollout(second)
    told = noise_said(said(watching, [one for one in log if one.time_unix_seconds >= START + 60 * MINUTE]))

    assert (told.replicas, told.history_windows) == (0, 40)
    assert (told.variance > 2 * DEFAULT) == (variance > 0.0)
    assert told.variance >= DEFAULT - 1e-12


def test_what_told_may_be_forgotten_and_is_kept_over_a_restart():
    (first, second), log = rolled_out_before(3, 0.7)
    others = [ratio((62 + number) * MINUTE, 1, 100, revision=f"other-{number}") for number in range(6)]
    log, cut = in_time(log, others), START + 75 * MINUTE
    begun, resumed = detector(events=(first,)), detector(events=(first, second))
    heard(begun, [one for one in log if one.time_unix_seconds < START + 60 * MINUTE])
    begun.take_rollout(second)
    heard(begun, [one for one in log if START + 60 * MINUTE <= one.time_unix_seconds < cut])
    resumed.resume(msgspec.msgpack.decode(msgspec.msgpack.encode(begun.keep(WORKLOAD)), type=WorkloadKept))
    rest = [one for one in log if one.time_unix_seconds >= cut]

    expected = heard(begun, rest)
    assert heard(resumed, rest) == expected
    assert noise_said(expected).history_windows == 40


def test_a_revision_that_came_after_the_stable_one_and_was_taken_back_tells_nothing():
    stable, bad = counts(1, 90, 0.01, revision="1", n=10_800), counts(2, 10, 0.2, revision="bad", start=20)
    told = noise_said(said(detector(events=(rollout(45 * MINUTE),)), stable, bad, counts(3, 30, 0.01, revision="2", start=45)))

    assert told.history_windows == 0


def test_more_replicas_than_are_told_apart_tell_nothing():
    pods = tuple(f"pod-{number}" for number in range(40))
    told = noise_said(said(detector(), noisy(1, 32, revision="1", pods=pods), counts(9, 12, 0.01, revision="2", start=30)))

    assert (told.variance, told.replicas) == (pytest.approx(DEFAULT), 0)


def test_a_histogram_is_told_beyond_its_bounds_and_a_mean_is_not():
    stable = [
        msgspec.structs.replace(
            histogram(second * MINUTE + place, slower, revision="1", seed=second + 99 * place), labels={"pod": pod}
        )
        for second in range(45)
        for place, (pod, slower) in enumerate((("a", 1.0 + 0.5 * (second % 2)), ("b", 1.5 - 0.5 * (second % 2))))
    ]
    canary = [histogram(second * MINUTE + 2, 1.2, revision="2", seed=500 + second) for second in range(30, 45)]
    gauges = [point(0.05 + 0.001 * (second % 7), at=second * MINUTE + 3, revision="1") for second in range(45)]
    gauges += [point(0.05 + 0.001 * (second % 5), at=second * MINUTE + 4, revision="2") for second in range(30, 45)]
    found = said(detector(ComparedMetric(metric="latency_seconds_p95"), ComparedMetric(metric=LATENCY)), stable, canary, gauges)

    by_metric = {one.metric: one.noise for one in found[-1].metrics}
    assert by_metric["latency_seconds_p95"].replicas == 2
    assert by_metric["latency_seconds_p95"].variance > DEFAULT
    assert by_metric[LATENCY] is None


@settings(max_examples=5, deadline=None)
@given(st.data())
def test_a_restart_and_where_polls_are_cut_do_not_show_where_noise_was_told(data):
    """The restart lies in the rollout, before which the ledger may have forgotten what told."""
    log = in_time(noisy(1, 45, revision="1", n=6_000), counts(9, 25, 0.012, revision="2", start=20, n=1_200))
    late = ratio(5 * MINUTE, 200, 1_500, revision="1", pod="a")  # from before the rollout: what was told is found again
    log.insert(data.draw(st.integers(0, len(log)), label="late"), late)
    cuts = sorted({0, len(log), *data.draw(st.lists(st.integers(0, len(log)), max_size=4), label="cuts")})
    restart = data.draw(st.integers(0, len(log)), label="restart")
    straight, first = (detector(events=(rollout(20 * MINUTE),)) for _ in range(2))
    expected = heard(straight, log)

    found = heard(first, log[:restart])
    second = detector(events=(rollout(20 * MINUTE),))
    second.resume(msgspec.msgpack.decode(msgspec.msgpack.encode(first.keep(WORKLOAD)), type=WorkloadKept))
    for begin, end in pairwise(cuts):
        found += heard(second, log[max(begin, restart) : max(end, restart)])

    assert found == expected
    assert noise_said(expected).replicas == 4
