"""
Sentences that are read at 3 a.m.
"""

import pytest

from rollguard_detector.core import sentences
from rollguard_detector.core.objectives import Forecast
from rollguard_detector.core.readings import Reading
from rollguard_schemas.evidence import Quantiles
from rollguard_schemas.policies import Objective

READING = Reading("shop/fraud", "request_latency_p95_seconds", (), "8", 1e9, 0.18, "s")
LATENCY = Objective(name="latency", metric="request_latency_p95_seconds", above=0.25)


def _forecast(**changes):
    told = {
        "probability": 0.93,
        "horizon_seconds": 60.0,
        "time_to_breach_seconds": Quantiles(p10=12.0, p50=18.0, p90=30.0),
        "level": 0.18,
        "slope_per_second": 0.004,
        "has_trend": True,
    }
    return Forecast(**(told | changes))


def test_a_forecast_says_value_pace_probability_and_time():
    assert sentences.of_forecast(READING, LATENCY, _forecast()) == (
        "request_latency_p95_seconds is 0.18 s and climbs 0.004 s/s: 93 % likely above 0.25 s within 60 s, most likely in 18 s"
    )


def test_a_forecast_without_a_trend_or_a_time_says_neither():
    none = Quantiles(p10=None, p50=None, p90=None)
    words = sentences.of_forecast(READING, LATENCY, _forecast(has_trend=False, time_to_breach_seconds=none))
    assert words == "request_latency_p95_seconds is 0.18 s and holds its level: 93 % likely above 0.25 s within 60 s"


def test_a_breach_and_a_recovery_say_how_many_samples():
    assert sentences.of_breach(READING, LATENCY, 3).endswith("is 0.18 s, above 0.25 s for 3 samples in a row")
    assert sentences.of_recovery(READING, LATENCY, 8, _forecast(probability=0.001)).endswith(
        "not above 0.25 s for 8 samples in a row; a breach within 60 s is under 1 % likely"
    )


@pytest.mark.parametrize(
    ("seconds", "words"), [(18.2, "18 s"), (119, "119 s"), (600, "10 min"), (7199, "120 min"), (7200, "2.0 h")]
)
def test_spans_of_time_are_written_in_a_unit_that_people_use(seconds, words):
    assert sentences.duration(seconds) == words


@pytest.mark.parametrize(
    ("value", "unit", "words"), [(0.0041234, "s", "0.00412 s"), (8_589_934_592.0, "By", "8,589,934,592 By"), (12.0, "", "12")]
)
def test_numbers_keep_three_digits_that_matter(value, unit, words):
    assert sentences.number(value, unit) == words


def test_a_probability_is_never_a_certainty():
    assert [sentences.percent(p) for p in (0.0, 0.5, 1.0)] == ["under 1 %", "50 %", "over 99 %"]
