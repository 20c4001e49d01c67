"""
The measurement of decisions: rivals decide as their sources say, an oracle keeps them to the budget, and the screen loses no run.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scoring.canaries import MINUTES, Cell, Drawn, draw
from scoring.canary_own import decide, exact_evidence, may_be_degraded, rollbacks, wilson
from scoring.canary_rivals import counting, kayenta, kayenta_shifts, m_of_n, rates, tuned_counting, tuned_m_of_n
from scoring.latencies import draw_windows

from rollguard_detector.core.comparison.course import Budget
from rollguard_detector.core.comparison.dispersion import PRIOR
from rollguard_detector.core.comparison.effects import FACTORS, Effects
from rollguard_detector.core.comparison.robust import BET_SHARES, RobustEvidence
from rollguard_detector.core.comparison.window import Window

PROGRAM = Path(__file__).resolve().parents[2] / "bench" / "decisions.py"


@pytest.fixture(scope="module")
def decisions():
    spec = importlib.util.spec_from_file_location("bench_decisions", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


def same_every_minute(control: tuple[int, int], candidate: tuple[int, int]) -> Drawn:
    counts = [np.full((1, MINUTES), count) for count in (*control, *candidate)]
    return Drawn(*counts)


def test_a_limit_of_failures_is_reached_by_the_failure_after_it():
    measured = np.array([[0.02, 0.0, 0.02, np.inf, 0.0, 0.02]])
    assert [int(counting(measured, 0.01, count)[0]) for count in (1, 2, 3, 4, 5)] == [1, 3, 4, 6, 0]


def test_three_of_five_forgets_what_is_older_and_what_is_missing():
    spread = np.full((1, MINUTES), 0.0)
    spread[0, [0, 5, 10]] = 0.5
    assert m_of_n(spread, 0.01)[0] == 0
    spread[0, [20, 22, 24]] = 0.5
    assert m_of_n(spread, 0.01)[0] == 25
    assert m_of_n(np.full((1, MINUTES), np.inf), 0.01)[0] == 0


def test_an_oracle_keeps_every_rival_to_the_budget_and_wastes_none_of_it():
    measured = rates(draw(Cell(200), 2000, [1]))
    for failures in (1, 4, 5):
        share = (counting(measured, tuned_counting(measured, failures, 0.01), failures) > 0).mean()
        assert 0.0 < share <= 0.01
    assert (m_of_n(measured, tuned_m_of_n(measured, 0.01)) > 0).mean() <= 0.01


def test_kayenta_calls_a_clear_shift_high_at_its_first_look_and_no_difference_never():
    rng = np.random.default_rng(2)
    noise = rng.poisson(50, (2, 1, MINUTES))
    equal = Drawn(np.full((1, MINUTES), 9000), noise[0], np.full((1, MINUTES), 9000), noise[0])
    shifted = Drawn(np.full((1, MINUTES), 9000), noise[0], np.full((1, MINUTES), 9000), noise[1] + 60)
    assert kayenta(kayenta_shifts(equal, 1))[0] == 0
    assert kayenta(kayenta_shifts(shifted, 1))[0] == 10
    assert kayenta(kayenta_shifts(same_every_minute((10, 0), (10, 0)), 1))[0] == 0


def test_a_cell_is_what_it_says_and_the_same_seed_draws_it_again():
    cell = Cell(20, effect=3, split="ramp", incident=5, empty_share=0.3)
    drawn = draw(cell, 400, [3])
    assert np.array_equal(drawn.candidate_bad, draw(cell, 400, [3]).candidate_bad)
    served = drawn.control_n > 0
    assert served.mean() == pytest.approx(0.7, abs=0.02)
    share = drawn.candidate_n.sum(0) / (drawn.candidate_n.sum(0) + drawn.control_n.sum(0))
    assert share[[5, 20, 40, 55]] == pytest.approx([0.05, 0.1, 0.25, 0.5], abs=0.01)
    rate = drawn.control_bad.sum(0) / drawn.control_n.sum(0)
    assert rate[20:30].mean() == pytest.approx(5 * rate[:20].mean(), rel=0.1)
    ratio = drawn.candidate_bad.sum() / drawn.candidate_n.sum() / (drawn.control_bad.sum() / drawn.control_n.sum())
    assert ratio > 2.0


@pytest.mark.parametrize("prior", [PRIOR, (0.03, 0.02, 0.9, 0.05)])
@pytest.mark.parametrize("cell", [Cell(20, effect=2), Cell(200, arm_variance=0.2), Cell(2, effect=5, empty_share=0.3)])
def test_the_screen_computes_the_exact_evidence_and_the_core_never_exceeds_it_whatever_noise_it_was_told_of(cell, prior):
    drawn = draw(cell, 12, [4])
    bound = exact_evidence(drawn)
    assert len(BET_SHARES) == len(FACTORS) + 1  # one follows what was seen
    for run in range(12):
        evidence = RobustEvidence(Effects(), prior)
        for minute, row in enumerate(drawn.rows(run)):
            evidence.learn(Window(*row))
            exact = evidence._stakes.log_value(BET_SHARES)
            assert evidence.log_e <= bound[run, minute] + 1e-6
            assert bound[run, minute] >= exact - 1e-6


@pytest.mark.parametrize("cell", [Cell(20, effect=2), Cell(20, incident=10), Cell(20, 0.3, effect=1.3)])
def test_a_run_that_the_screen_lets_go_is_not_rolled_back_by_the_core(cell):
    drawn, budget = draw(cell, 25, [5]), Budget()
    by_core = [decide(drawn.rows(run), budget).rollback_minute for run in range(25)]
    assert rollbacks(drawn, budget).tolist() == by_core
    let_go = ~may_be_degraded(drawn, budget)
    assert not any(minute for minute, gone in zip(by_core, let_go, strict=True) if gone)


def test_the_interval_of_a_share_is_wilsons():
    assert wilson(0, 10_000)[0] == pytest.approx(0.0, abs=1e-12)
    assert wilson(100, 10_000)[1] == pytest.approx(0.01215, abs=1e-4)


def test_a_median_counts_what_is_never_caught(decisions):
    assert decisions.caught(np.array([3, 5, 0])) == decisions.Caught(2 / 3, 5.0)
    assert decisions.caught(np.array([3, 0, 0])).median_minute is None


def test_latencies_have_the_scale_that_they_are_given():
    (window,) = draw_windows(np.random.default_rng(6), 2000.0, 2.0, 1)
    medians = [np.average(list(arm)[:-1], weights=list(arm.values())[:-1]) for arm in window]
    assert medians[1] / medians[0] == pytest.approx(2.0, rel=0.05)


def test_a_run_prints_one_json_line_with_the_cells_that_were_asked_for():
    command = [sys.executable, str(PROGRAM), "--quick", "--only", "20_x5"]
    (line,) = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    result = json.loads(line)
    assert result["healthy"] == {}
    assert result["bad"]["20_x5"]["rollguard"]["share"] > 0.95
    assert set(result["bad"]["20_x5"]["tuned"]) >= {"argo_failure_limit_0", "flagger_threshold_5", "kayenta_like"}
