"""
The evidence of each kind: no more false alarms than stated, equal to what is computed another way, and blind to order.
"""

from itertools import permutations
from math import comb, exp, inf, lgamma, log, pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollguard_detector.core.comparison import block, hypergeometric
from rollguard_detector.core.comparison.combine import Metric, combine, degraded_in_fleet
from rollguard_detector.core.comparison.dispersion import logit_spread, trigamma
from rollguard_detector.core.comparison.effects import FACTORS, SHARES, Effects
from rollguard_detector.core.comparison.exceedance import HistogramWindow, beyond, choose_bounds
from rollguard_detector.core.comparison.frozen import FrozenRate
from rollguard_detector.core.comparison.guard import Guard, alarms_at
from rollguard_detector.core.comparison.means import MeanEvidence
from rollguard_detector.core.comparison.objective import ObjectiveEvidence, beta_share
from rollguard_detector.core.comparison.rates import RateEvidence, evidence_of
from rollguard_detector.core.comparison.window import EMPTY, Window, problem_of


def draw_window(draw) -> Window:
    control_n, candidate_n = draw(st.integers(0, 500)), draw(st.integers(0, 80))
    return Window(control_n, draw(st.integers(0, control_n)), candidate_n, draw(st.integers(0, candidate_n)))


windows = st.composite(draw_window)()


def split_probability(mine: int, bad: int, share: float) -> float:
    return comb(bad, mine) * share**mine * (1.0 - share) ** (bad - mine)


@pytest.mark.parametrize("margin", [0.0, 0.3])
def test_the_evidence_of_one_window_has_a_mean_of_one_at_the_allowed_ratio(margin):
    bad, share = 9, 0.1 * (1.0 + margin) / (0.1 * (1.0 + margin) + 0.9)
    values = [exp(evidence_of([Window(900, bad - mine, 100, mine)], margin).log_e()) for mine in range(bad + 1)]
    assert sum(split_probability(mine, bad, share) * value for mine, value in enumerate(values)) == pytest.approx(1.0, abs=1e-9)


def test_the_mixture_is_the_likelihood_ratio_of_counts_computed_one_by_one():
    rows = [Window(900, 5, 100, 3), Window(500, 2, 500, 4), Window(100, 0, 3, 1)]
    by_hand = 0.0
    for share, factor in zip(SHARES, FACTORS, strict=True):
        product = 1.0
        for row in rows:
            rho = row.candidate_n / (row.candidate_n + row.control_n)
            theta = rho * factor / (rho * factor + 1.0 - rho)
            product *= (theta / rho) ** row.candidate_bad * ((1.0 - theta) / (1.0 - rho)) ** row.control_bad
        by_hand += share * product
    assert evidence_of(rows).log_e() == pytest.approx(log(by_hand), abs=1e-9)


def test_a_healthy_candidate_passes_for_bad_at_most_as_often_as_stated():
    rng, reached = np.random.default_rng(1), 0
    for _ in range(300):
        evidence, highest = RateEvidence(), 0.0
        base = rng.uniform(0.5, 20.0)
        for minute in range(30):
            rate = base * (8.0 if 10 <= minute < 15 else 1.0)  # an incident in both arms is no evidence
            evidence.add(Window(900, int(rng.poisson(rate * 0.9)), 100, int(rng.poisson(rate * 0.1))))
            highest = max(highest, evidence.log_e())
        reached += highest >= log(10.0)
    assert reached / 300 <= 0.1


@given(st.lists(windows, max_size=12), st.randoms())
def test_the_order_and_the_partition_of_windows_do_not_show_in_a_single_bit(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    parts = [RateEvidence(0.2) for _ in range(3)]
    for row in shuffled:
        parts[random.randrange(3)].add(row)
    merged = RateEvidence(0.2)
    for part in random.sample(parts, 3):
        merged.merge(part)
    whole = evidence_of(rows, 0.2)
    assert (merged.units, merged.total, merged.log_e()) == (whole.units, whole.total, whole.log_e())


@given(windows, windows)
def test_what_is_taken_out_again_was_never_there(one, other):
    evidence = evidence_of([one, other])
    evidence.add(other, sign=-1)
    assert evidence.units == evidence_of([one]).units


@given(st.integers(0, 1000), st.booleans())
def test_a_window_in_which_an_arm_is_idle_moves_nothing(n, candidate_idles):
    idle = Window(n, n // 2, 0, 0) if candidate_idles else Window(0, 0, n, n // 2)
    before = evidence_of([Window(100, 3, 10, 2)])
    after = evidence_of([Window(100, 3, 10, 2), idle, EMPTY])
    assert after.log_e() == before.log_e()


def test_counts_that_cannot_be_are_named():
    assert problem_of(Window(1, 2, 0, 0)) == "control_bad is 2, more than control_n, 1"
    assert problem_of(Window(1, 1, -1, 0)) == "candidate counts are negative"
    assert problem_of(Window(1, 1, 1, 0)) is None


@pytest.mark.parametrize("allowed_odds", [1.0, 1.4])
def test_the_exact_split_of_many_bad_ones_has_a_mean_of_one_whatever_the_base_rate(allowed_odds):
    control_n, candidate_n, bad = 14, 9, 11
    weights = [comb(candidate_n, j) * comb(control_n, bad - j) * allowed_odds**j for j in range(candidate_n + 1)]
    for index in range(len(FACTORS)):
        mean = sum(
            weight * exp(hypergeometric.log_ratios(Window(control_n, bad - j, candidate_n, j), allowed_odds)[index])
            for j, weight in enumerate(weights)
        )
        assert mean / sum(weights) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("rate", [0.05, 0.4, 0.9])
def test_the_block_form_has_a_mean_of_at_most_one_under_every_common_rate(rate):
    for index in range(len(FACTORS)):
        mean = sum(
            split_probability(mine, 4, rate)
            * split_probability(others, 7, rate)
            * exp(block.log_ratios(Window(7, others, 4, mine), 0.3)[index])
            for mine in range(5)
            for others in range(8)
        )
        assert mean <= 1.0 + 1e-12


def test_the_exact_split_says_more_than_the_binomial_one_where_many_are_bad():
    row = Window(900, 450, 100, 65)
    exact = hypergeometric.log_ratios(row, 1.0)[1]
    shrink = Effects().shrinks(0.1)[1]
    assert exact > row.candidate_bad * log(FACTORS[1]) - row.bad * shrink


@pytest.mark.parametrize("allowed", [0.01, 0.25, 0.6])
def test_the_evidence_against_an_objective_has_a_mean_of_one_at_its_bound(allowed):
    mean = sum(split_probability(bad, 30, allowed) * exp(ObjectiveEvidence(30, bad).log_e(allowed)) for bad in range(31))
    assert mean == pytest.approx(1.0, abs=1e-9)


def test_the_incomplete_beta_function_is_the_tail_of_a_binomial():
    for successes in range(1, 20):
        tail = sum(split_probability(k, 20, 0.37) for k in range(successes, 21))
        assert beta_share(successes, 20 - successes + 1, 0.37) == pytest.approx(tail, rel=1e-10)
    assert (beta_share(2.0, 3.0, 0.0), beta_share(2.0, 3.0, 1.0)) == (0.0, 1.0)


@pytest.mark.parametrize("factor", FACTORS)
def test_the_prediction_from_a_frozen_rate_has_a_mean_of_one(factor):
    baseline, n = FrozenRate(200, 3), 50
    shape, scale = 3.5, 200 / 250
    chances = [exp(lgamma(shape + y) - lgamma(shape) - lgamma(y + 1)) * scale**shape * (1.0 - scale) ** y for y in range(400)]
    assert sum(chance * exp(baseline.log_ratio(n, y, factor)) for y, chance in enumerate(chances)) == pytest.approx(1.0, abs=1e-6)


def test_an_empty_baseline_or_an_empty_window_says_nothing():
    assert FrozenRate().log_ratio(10, 5, 2.0) == 0.0
    assert FrozenRate(10, 5).log_ratio(0, 0, 2.0) == 0.0


def test_the_guard_alarms_falsely_no_more_often_than_stated():
    rng, guard, alarms = np.random.default_rng(2), Guard(), 0
    counts = zip(rng.poisson(5.4, 6000).tolist(), rng.poisson(0.6, 6000).tolist(), strict=True)
    for control_bad, candidate_bad in counts:
        if guard.watch(Window(1080, control_bad, 120, candidate_bad)) >= alarms_at(300.0):
            alarms += 1
            guard.restart()
    assert alarms <= 6000 / 300


def test_the_guard_catches_a_late_fault_that_an_evidence_from_the_start_would_have_to_earn_back():
    guard, evidence = Guard(), RateEvidence()
    for _ in range(200):
        guard.watch(Window(1000, 50, 100, 5))
        evidence.add(Window(1000, 50, 100, 5))
    after = [guard.watch(Window(1000, 50, 100, 15)) >= alarms_at(10_000.0) for _ in range(5)]
    evidence.add(Window(1000, 50, 100, 15))
    assert after[-1]
    assert evidence.log_e() < 0.0


def test_the_guard_alone_compares_with_what_was_frozen_at_promotion_and_is_silent_without_requests():
    guard, baseline = Guard(), FrozenRate(10_000, 50)
    assert guard.watch_alone(baseline, 0, 0) == -inf
    assert guard.watch(Window(0, 0, 10, 3)) == -inf
    usual = [guard.watch_alone(baseline, 1000, 5) for _ in range(20)]
    assert max(usual) < alarms_at(10_000.0)
    assert [guard.watch_alone(baseline, 1000, 20) for _ in range(3)][-1] > alarms_at(10_000.0)


def test_means_alarm_falsely_no_more_often_than_stated_and_say_nothing_before_eight_windows():
    rng, reached = np.random.default_rng(3), 0
    for differences in rng.standard_t(5, (400, 60)):
        evidence, highest = MeanEvidence(), 0.0
        for count, difference in enumerate(differences, start=1):
            evidence.add(float(difference))
            assert count >= 8 or evidence.log_e() == 0.0
            highest = max(highest, evidence.log_e())
        reached += highest >= log(20.0)
    assert reached / 400 <= 0.05


def test_the_interval_of_a_mean_holds_the_mean_at_all_times():
    rng, missed = np.random.default_rng(4), 0
    for differences in rng.normal(0.3, 1.0, (300, 50)):
        evidence, held = MeanEvidence(), True
        for difference in differences:
            evidence.add(float(difference))
            low, high = evidence.interval(0.05)
            held = held and low <= 0.3 <= high
        missed += not held
    assert missed / 300 <= 0.05


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6))
def test_means_are_the_same_bits_in_any_order(differences):
    seen = set()
    for order in list(permutations(differences))[:24]:
        evidence = MeanEvidence()
        for difference in order:
            evidence.add(difference)
        seen.add((evidence.mean, evidence.deviation))
    assert len(seen) == 1


def test_means_merge_and_agree_with_numpy():
    values = np.random.default_rng(5).normal(2.0, 3.0, 20)
    one, other = MeanEvidence(), MeanEvidence()
    for index, value in enumerate(values):
        (one if index % 3 else other).add(float(value))
    one.merge(other)
    assert (one.mean, one.deviation) == pytest.approx((values.mean(), values.std(ddof=1)))


def test_metrics_are_averaged_and_tell_how_much_each_contributes():
    said = combine({"errors": Metric(log(300.0), 3.0), "latency": Metric(log(0.5))}, 0.01)
    assert exp(said.log_e) == pytest.approx(0.75 * 300.0 + 0.25 * 0.5)
    assert sum(said.contributions.values()) == pytest.approx(1.0)
    assert said.contributions["errors"] > 0.99
    assert said.reached == ("",)


def test_a_critical_metric_decides_alone_on_its_own_share_and_leaves_the_rest_to_the_others():
    said = combine({"money": Metric(log(201.0), 0.001, alpha_share=0.5), "rest": Metric(0.0)}, 0.01)
    assert said.reached == ("money",)
    with pytest.raises(ValueError, match="leave nothing"):
        combine({"money": Metric(0.0, alpha_share=1.0)}, 0.01)


@given(st.lists(st.floats(-3.0, 9.0), max_size=12), st.sampled_from([0.01, 0.1]))
def test_a_fleet_is_judged_as_the_procedure_is_written(log_es, alpha):
    largest = max((k for k in range(1, len(log_es) + 1) if sorted(log_es)[-k] >= log(len(log_es) / (alpha * k))), default=0)
    found = degraded_in_fleet(log_es, alpha)
    assert sorted(log_es[index] for index in found) == sorted(log_es)[len(log_es) - largest :]


def test_a_histogram_becomes_counts_beyond_bounds_of_its_own():
    window = HistogramWindow({0.1: 50, 0.2: 40, 0.4: 9, inf: 1}, {0.1: 2, 0.2: 4, 0.4: 3, inf: 1})
    assert choose_bounds([window]) == (0.2, 0.4)  # the 99th lies in the open bucket, beyond which is nothing
    assert beyond(window, 0.2) == Window(100, 10, 10, 4)


def test_bounds_do_not_depend_on_which_arm_a_request_was_in():
    window = HistogramWindow({1.0: 50, 2.0: 45, inf: 5}, {1.0: 5, 2.0: 4, inf: 1})
    assert choose_bounds([window]) == choose_bounds([HistogramWindow(window.candidate, window.control)])


def test_the_spread_of_a_variance_is_that_of_the_ratio_of_two_gamma_factors():
    assert trigamma(1.0) == pytest.approx(pi**2 / 6.0, abs=1e-9)
    factors = np.random.default_rng(6).gamma(5.0, 0.2, (2, 200_000))
    assert logit_spread(0.2) == pytest.approx(np.log(factors[0] / factors[1]).var(), rel=0.02)
    assert logit_spread(0.0) == 0.0
