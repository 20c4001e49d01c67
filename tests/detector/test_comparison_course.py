"""
A rollout's course: caution where there is noise, a verdict that does not flap, and blame where it belongs.
"""

from math import exp, inf, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollguard_detector.core.comparison.course import Budget, Course
from rollguard_detector.core.comparison.effects import FACTORS, Effects
from rollguard_detector.core.comparison.interval import EffectLikelihood
from rollguard_detector.core.comparison.planning import growth, reach
from rollguard_detector.core.comparison.robust import BET_SHARES, LATER, RobustEvidence, bet_on
from rollguard_detector.core.comparison.segments import Segments
from rollguard_detector.core.comparison.stream import CountedStream
from rollguard_detector.core.comparison.timeline import Timeline
from rollguard_detector.core.comparison.verdicts import Finding, finding_of
from rollguard_detector.core.comparison.window import EMPTY, Window

HEALTHY, BAD = Window(1080, 54, 120, 6), Window(1080, 54, 120, 15)


def course_of(*rows: Window, budget: Budget | None = None) -> Course:
    course = Course(budget or Budget())
    for row in rows:
        course.learn(row)
    return course


def drawn(seed: int, minutes: int, effect: float = 1.0, variance: float = 0.0, scale: int = 1) -> list[Window]:
    rng = np.random.default_rng(seed)
    noise = rng.gamma(1.0 / variance, variance, (2, minutes)) if variance else np.ones((2, minutes))
    control, candidate = rng.poisson(54.0 * scale * noise[0]), rng.poisson(6.0 * scale * effect * noise[1])
    return [Window(10_800 * scale, int(a), 1_200 * scale, int(b)) for a, b in zip(control, candidate, strict=True)]


def exact(rows: list[Window]) -> float:
    """The evidence under counting noise, with the twentieth that waits, computed as a sum over beginnings."""
    followed, mine, expected, bad = [], 0.0, 0.0, 0.0
    for row in rows:
        followed.append(bet_on(mine, expected, bad))
        mine, bad = mine + row.candidate_bad, bad + row.bad
        expected += row.bad * row.candidate_n / (row.candidate_n + row.control_n)
    total = LATER * (len(rows) + 1.0) ** -0.25
    for begin in range(len(rows)):
        stake = 1.0 - LATER if begin == 0 else 0.0
        stake += LATER * ((begin + 1.0) ** -0.25 - (begin + 2.0) ** -0.25)
        for share, gains in zip(BET_SHARES, [*[[log(factor)] * len(rows) for factor in FACTORS], followed], strict=True):
            logs = 0.0
            for row, gain in list(zip(rows, gains, strict=True))[begin:]:
                rho = row.candidate_n / (row.candidate_n + row.control_n)
                logs += row.candidate_bad * gain - row.bad * log(1.0 + rho * (exp(gain) - 1.0))
            total += share * stake * exp(logs)
    return log(total)


@pytest.mark.parametrize("effect", [1.0, 3.0])
def test_caution_only_ever_takes_from_the_exact_evidence(effect):
    rows = drawn(1, 12, effect)
    evidence = RobustEvidence(Effects())
    for count, row in enumerate(rows, start=1):
        evidence.learn(row)
        assert evidence.log_e <= exact(rows[:count]) + 1e-9


def test_where_the_windows_are_calm_little_is_taken():
    rows = [Window(10_800, 54, 1_200, 6)] * 10 + [Window(10_800, 54, 1_200, 12)] * 4
    evidence = RobustEvidence(Effects())
    for row in rows:
        evidence.learn(row)
    assert evidence.log_e >= exact(rows) - 1.0


def test_noise_between_the_arms_is_not_taken_for_a_bad_release():
    runs = [drawn(seed, 40, variance=0.2, scale=5) for seed in range(60)]
    fooled = [any(exact(rows[:count]) >= log(100.0) for count in range(1, 12)) for rows in runs]
    degraded = [course_of(*rows).is_degraded for rows in runs]
    assert sum(fooled) >= 20
    assert sum(degraded) <= 2


def test_where_counting_explains_all_no_noise_is_found_however_few_are_bad():
    courses = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        counts = zip(rng.poisson(5.4, 60).tolist(), rng.poisson(0.6, 60).tolist(), strict=True)
        courses.append(course_of(*[Window(1080, control, 120, candidate) for control, candidate in counts]))
    said = [finding_of(course) for course in courses]
    assert sum(one.noise_variance > 0.0 for one in said) <= 2
    assert sum(not one.effect_low < 1.0 < one.effect_high for one in said) <= 2


def test_a_bad_release_is_caught_through_the_noise_and_at_once_without():
    noisy = sum(course_of(*drawn(seed, 60, 2.5, variance=0.2)).is_degraded for seed in range(20))
    calm = sum(course_of(*drawn(seed, 6, 2.5)).is_degraded for seed in range(20))
    assert noisy >= 18
    assert calm >= 18


def test_one_bad_minute_is_no_bad_release():
    course = course_of(*[HEALTHY] * 10, Window(1080, 54, 120, 60))
    assert course.evidence.log_e >= Budget().needed
    assert not course.is_degraded


def test_degraded_stays_through_good_windows_until_they_have_said_the_contrary():
    course = course_of(*[HEALTHY] * 3, *[BAD] * 6)
    assert course.is_degraded
    course.learn(HEALTHY)
    assert course.is_degraded
    windows = 0
    while course.is_degraded:
        course.learn(HEALTHY)
        windows += 1
        assert windows < 200
    assert course.evidence.log_e < 0.0


def test_no_data_moves_nothing():
    course = course_of(*[HEALTHY] * 3, *[BAD] * 3)
    before = finding_of(course)
    for row in (EMPTY, Window(0, 0, 0, 0)):
        course.learn(row)
    assert finding_of(course)._replace(total=before.total) == before


def test_nothing_at_all_is_inconclusive():
    assert finding_of(course_of()) == Finding()
    assert finding_of(course_of(EMPTY)).verdict == "inconclusive"


def test_healthy_needs_proof_that_the_effect_is_below_what_matters():
    few, many = finding_of(course_of(*[HEALTHY] * 2)), finding_of(course_of(*[HEALTHY] * 60))
    assert (few.verdict, many.verdict) == ("inconclusive", "healthy")
    assert many.effect_low < 1.0 < many.effect_high < 1.5
    assert finding_of(course_of(*[HEALTHY] * 60, budget=Budget(margin=0.05))).verdict == "inconclusive"


def test_within_the_margin_nothing_is_worse():
    rows = [Window(10_800, 540, 1_200, 70)] * 60
    assert finding_of(course_of(*rows)).verdict == "degraded"
    assert finding_of(course_of(*rows, budget=Budget(margin=0.5))).verdict == "healthy"


def test_a_smaller_budget_needs_more_evidence():
    rows = [HEALTHY] * 3 + [BAD] * 4
    assert course_of(*rows, budget=Budget(alpha=0.05)).is_degraded
    assert not course_of(*rows, budget=Budget(alpha=1e-9)).is_degraded


def test_what_hits_both_arms_is_global_and_no_rollback():
    course = course_of(*[HEALTHY] * 15, *[Window(1080, 270, 120, 30)] * 5, *[HEALTHY] * 10)
    assert finding_of(course).attribution == "global"
    assert not course.is_degraded


def test_an_incident_that_hits_the_candidate_a_little_harder_is_still_global():
    course = course_of(*[HEALTHY] * 15, *[Window(1080, 270, 120, 48)] * 40)
    said = finding_of(course)
    assert (said.verdict, said.attribution) == ("degraded", "global")


def test_a_release_that_was_bad_before_the_incident_is_blamed_in_spite_of_it():
    course = course_of(*[HEALTHY] * 3, *[BAD] * 8, *[Window(1080, 270, 120, 75)] * 4)
    said = finding_of(course)
    assert (said.verdict, said.attribution) == ("degraded", "rollout")


def test_a_base_rate_that_moves_for_good_is_adopted():
    course = course_of(*[HEALTHY] * 15, *[Window(1080, 270, 120, 30)] * 70)
    assert not course.shared.is_open
    assert course.shared.usual.rate == pytest.approx(0.25, rel=0.1)


def test_half_of_the_requests_failing_needs_no_control():
    said = finding_of(course_of(*[Window(0, 0, 30, 17)] * 4))
    assert (said.verdict, said.attribution) == ("degraded", "unknown")
    assert finding_of(course_of(*[Window(300, 170, 30, 17)] * 4)).verdict != "degraded"


def test_where_many_are_bad_by_nature_a_worse_candidate_is_found_and_an_equal_one_left_alone():
    worse, equal = Window(1080, 324, 120, 55), Window(1080, 324, 120, 36)
    large = Window(108_000, 32_400, 12_000, 4_500)
    assert finding_of(course_of(*[worse] * 5)).verdict == "degraded"
    assert finding_of(course_of(*[equal] * 30)).verdict == "healthy"
    assert finding_of(course_of(*[large] * 5)).verdict == "degraded"


def test_the_interval_of_the_effect_holds_it_at_all_times():
    missed = 0
    for seed in range(120):
        course, held = Course(Budget(alpha=0.1)), True
        for row in drawn(seed, 25, 1.6):
            course.learn(row)
            _, low, high = course.interval()
            held = held and low <= 1.6 <= high
        missed += not held
    assert missed / 120 <= 0.1


def test_the_interval_is_where_the_likelihood_crosses_its_bound():
    likelihood = EffectLikelihood()
    rows = [Window(900, 12, 100, 4), Window(500, 9, 500, 20)]
    for row in rows:
        likelihood.learn(row)

    def log_likelihood(x: np.ndarray) -> np.ndarray:
        rhos = [row.candidate_n / (row.candidate_n + row.control_n) for row in rows]
        terms = [row.candidate_bad * x - row.bad * np.log(1 + rho * np.expm1(x)) for row, rho in zip(rows, rhos, strict=True)]
        return sum(terms)

    x = np.linspace(-6, 6, 200_001)
    mixture = np.log(np.sum(np.exp(log_likelihood(x) - x * x / 2)) * (x[1] - x[0]) / np.sqrt(2 * np.pi))
    inside = np.exp(x[log_likelihood(x) > mixture + log(0.01)])
    assert likelihood.interval(0.01) == pytest.approx((inside[0], inside[-1]), rel=0.02)


def test_an_effect_is_unbounded_where_nothing_bounds_it():
    def interval_of(row: Window) -> tuple[float, float]:
        likelihood = EffectLikelihood()
        likelihood.learn(row)
        return likelihood.interval(0.01)

    assert interval_of(Window(100, 0, 10, 0)) == (0.0, inf)
    assert interval_of(Window(1000, 9, 100, 0))[0] == 0.0
    assert interval_of(Window(1000, 0, 100, 9))[1] == inf


@given(st.permutations(range(40)), st.lists(st.integers(0, 39), max_size=10))
@settings(max_examples=15, deadline=None)
def test_any_order_and_any_repetition_end_in_the_same_bits(order, repeated):
    rows = [*drawn(3, 20), *drawn(4, 20, 2.0)]
    ordered, mixed = CountedStream(Budget()), CountedStream(Budget())
    for at, row in enumerate(rows):
        ordered.take(float(at), "", row)
    for at in [*order, *repeated]:
        mixed.take(float(at), "", rows[at])
    assert mixed.finding == ordered.finding


def test_of_two_reports_of_one_window_the_fuller_one_counts_whichever_came_first():
    early, late = CountedStream(Budget()), CountedStream(Budget())
    for stream, reports in ((early, (HEALTHY, BAD._replace(candidate_n=200))), (late, (BAD._replace(candidate_n=200), HEALTHY))):
        for report in reports:
            stream.take(60.0, "a", report)
    assert early.finding == late.finding
    assert early.finding.total.candidate_n == 200


def test_what_is_settled_is_refused():
    class Count:
        def __init__(self) -> None:
            self.seen = 0

        def learn(self, item: tuple[int]) -> None:
            self.seen += item[0]

        def copy(self) -> "Count":
            other = Count()
            other.seen = self.seen
            return other

    timeline = Timeline(Count())
    for at in range(10_100):
        timeline.add((float(at), ""), (1,))
    assert timeline.add((3.0, ""), (5,)) == (False, None)
    assert timeline.add((9_000.5, ""), (1,)) == (True, None)
    assert timeline.state.seen == 10_101


def test_one_bad_pod_is_a_segment_and_no_bad_release():
    stream = CountedStream(Budget())
    for at in range(12):
        for pod in "abcde":
            said = stream.take(60.0 * at, pod, Window(200, 2, 40, 4 if pod == "c" else 0))
    assert (said.verdict, said.attribution, said.segment) == ("inconclusive", "segment", "c")


def test_a_release_that_is_bad_on_every_pod_is_degraded():
    stream = CountedStream(Budget())
    for at in range(12):
        for pod in "abcde":
            said = stream.take(60.0 * at, pod, Window(200, 2, 40, 2))
    assert (said.verdict, said.attribution, said.segment) == ("degraded", "rollout", "")


def test_two_segments_of_which_one_idles_are_one():
    segments = Segments()
    segments.add("a", Window(100, 1, 10, 5))
    segments.add("b", Window(100, 1, 0, 0))
    assert segments.carrier(4.6) is None


def test_what_could_have_been_seen_shrinks_as_windows_come_and_is_about_what_is_seen():
    total, windows = Window(1080 * 20, 108, 120 * 20, 12), 20
    budget = Budget()
    seen = reach(total, windows, budget.needed, budget)
    assert 2.0 < seen.least_ratio < 3.0
    longer = reach(Window(*[4 * count for count in total]), 4 * windows, budget.needed, budget)
    assert longer.least_ratio < seen.least_ratio
    assert seen.windows_to_relevant == pytest.approx((budget.needed + 1.2) / growth(total, windows, 1.5), abs=1.0)
    assert reach(EMPTY, 0, budget.needed, budget) == (inf, inf)
