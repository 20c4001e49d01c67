"""
A return period is the one budget in which every view of oddity can be asked.
"""

import pytest

from rollguard_detector.core.oddity.period import surprise_of

_DAY_SECONDS = 86_400.0


def test_once_a_day_at_a_sample_a_minute_is_one_in_1440() -> None:
    assert 10.0 ** surprise_of(_DAY_SECONDS, span_seconds=7 * _DAY_SECONDS, samples=7 * 1440) == pytest.approx(1440.0)


def test_ten_times_as_rare_takes_one_power_more() -> None:
    daily, rarer = (surprise_of(days * _DAY_SECONDS, _DAY_SECONDS, 1440) for days in (1.0, 10.0))
    assert rarer == pytest.approx(daily + 1.0)


@pytest.mark.parametrize(("return_seconds", "span_seconds", "samples"), [(1.0, 0.0, 5), (1.0, 60.0, 0), (0.0, 60.0, 5)])
def test_without_a_past_there_is_no_return_period(return_seconds: float, span_seconds: float, samples: int) -> None:
    with pytest.raises(ValueError, match="no return period"):
        surprise_of(return_seconds, span_seconds, samples)
