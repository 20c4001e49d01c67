"""
The measurement of what is told beforehand: each run by an hour of its own, and a run that is told nothing is as by default.
"""

import numpy as np
import pytest
from scoring.canaries import Cell, draw
from scoring.canary_own import rollbacks
from scoring.told_noise import told_by_history, told_by_replicas

from rollguard_detector.core.comparison.course import Budget
from rollguard_detector.core.comparison.dispersion import PRIOR


@pytest.mark.parametrize("tell", [told_by_history, told_by_replicas])
def test_a_noisy_hour_tells_of_noise_and_a_calm_one_of_none(tell):
    noisy, calm = Cell(200, split=0.5, arm_variance=0.7, control_replicas=2), Cell(200, split=0.5, control_replicas=2)

    assert tell(noisy, (1,))[0] < 0.15
    assert tell(calm, (1,)) == PRIOR


def test_a_run_that_is_told_nothing_is_decided_as_by_default_and_one_that_is_told_of_noise_waits_longer():
    drawn = draw(Cell(200, effect=2.0), 6, (2,))
    noisy = dict.fromkeys(range(6), told_by_history(Cell(200, split=0.5, arm_variance=0.7), (3,)))
    told, untold = rollbacks(drawn, Budget(), noisy), rollbacks(drawn, Budget(), {})

    assert np.array_equal(untold, rollbacks(drawn, Budget()))
    assert (told >= untold).all()
    assert (told > untold).any()


def test_a_control_of_several_replicas_has_less_noise_than_its_candidate():
    drawn = draw(Cell(2_000, arm_variance=0.5, control_replicas=9), 50, (4,))
    rates = [bad / n for n, bad in ((drawn.control_n, drawn.control_bad), (drawn.candidate_n, drawn.candidate_bad))]

    assert 3.0 * rates[0].std() < 2.0 * rates[1].std()
