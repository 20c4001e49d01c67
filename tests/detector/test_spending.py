"""
Error budgets in the running detector: a page, a ticket, their ends, and what a person reads.
"""

import msgspec
import numpy as np
import pytest

from detector.worlds import WORKLOAD, observe, of_type, point, policy, watching
from rollguard_detector.core.arrivals import Arrival
from rollguard_detector.core.detector import Detector
from rollguard_detector.core.snapshots import WorkloadKept
from rollguard_schemas.policies import Objective
from rollguard_schemas.signals import BreachForecast, ObjectiveBreached, ObjectiveRecovered, ObjectiveSignal
from rollguard_schemas.slow_burns import ErrorBudget

ERRORS = "error_ratio"
BUDGET = Objective(name="availability", metric=ERRORS, error_budget=ErrorBudget(target=0.999))
SLOW_REPLIES = Objective(name="replies", metric="reply_seconds", above=0.3, error_budget=ErrorBudget(target=0.99))


def minutes(shares, *, start=0.0, events=1000.0, **fields):
    """A ratio a minute."""
    return [
        point(
            None,
            at=60.0 * index + start,
            metric=ERRORS,
            kind="ratio",
            numerator=float(share) * events,
            denominator=events,
            **fields,
        )
        for index, share in enumerate(shares)
    ]


def told(log, *objectives, detector=None):
    said = observe(detector or watching(*(objectives or (BUDGET,))), log)
    return of_type(said, ObjectiveSignal)


def test_a_budget_that_burns_fast_is_a_breach_and_the_end_of_the_burn_its_recovery() -> None:
    forecast, breach, recovery = told(minutes([0.0] * 60 + [0.05] * 30 + [0.0] * 20))
    assert isinstance(forecast, BreachForecast)  # what is spent fast was spent slowly before
    assert isinstance(breach, ObjectiveBreached)
    assert breach.value > breach.bound == pytest.approx(14.4)
    assert isinstance(recovery, ObjectiveRecovered)
    assert recovery.episode == breach.episode
    assert recovery.time_unix_seconds - breach.time_unix_seconds < 30 * 60


def test_a_budget_that_burns_slowly_is_a_forecast_with_the_time_that_it_lasts() -> None:
    forecast, recovery = told(minutes([0.0] * 30 + [0.009] * 330 + [0.0] * 40))
    assert isinstance(forecast, BreachForecast)
    assert forecast.horizon_seconds == pytest.approx(5 * 86_400)
    assert forecast.probability > 0.5
    eta = forecast.time_to_breach_seconds
    assert eta.p10 < eta.p50 < eta.p90
    assert isinstance(recovery, ObjectiveRecovered)


def test_a_budget_that_is_spent_as_allowed_is_nobodys_business() -> None:
    assert told(minutes(np.random.default_rng(1).poisson(1.0, 600) / 1000.0)) == []


def test_a_few_bad_events_are_chance_where_few_come() -> None:
    assert told(minutes([0.0] * 50 + [1.0] * 4 + [0.0] * 50, events=1.0)) == []


def test_a_minute_of_history_is_too_short_to_tell() -> None:
    assert told(minutes([0.5] * 4)) == []
    assert len(told(minutes([0.5] * 5))) == 1


def test_silence_does_not_end_a_breach() -> None:
    burning = minutes([0.0] * 10 + [0.05] * 10)
    assert len(told([*burning, *minutes([0.05], start=4 * 3600.0)])) == 1


def test_the_events_of_all_series_are_one_budget_and_the_worst_revision_is_named() -> None:
    stable = minutes([0.0] * 90, events=900.0, revision="7")
    canary = minutes([0.0] * 60 + [0.4] * 30, start=1.0, events=100.0, revision="8")
    breach = told(sorted([*stable, *canary], key=lambda one: one.time_unix_seconds))[0]
    assert breach.revision == "8"
    assert "of 8" in breach.evidence.summary
    first = breach.evidence.contributions[0]
    assert (first.series, first.share_ratio) == ("error_ratio of 8", 1.0)


def test_a_person_reads_how_bad_how_fast_and_until_when() -> None:
    summary = of_type(told(minutes([0.0] * 55 + [0.05] * 25)), ObjectiveBreached)[0].evidence.summary
    assert summary == (
        "error_ratio: 1.5 % of 60,000 events were bad in the last 60 min, 5 % in the last 5 min: 15 times the pace that "
        "0.1 % over 30 days allows; a whole budget would be gone in 48.0 h"
    )


def test_a_sample_beyond_a_bound_is_a_bad_event_where_the_objective_has_one() -> None:
    slow = [point(0.1 + 0.4 * (60 <= index < 90), at=60.0 * index, metric="reply_seconds") for index in range(90)]
    assert ObjectiveBreached in {type(one) for one in told(slow, SLOW_REPLIES)}


def test_a_number_that_is_no_share_is_no_event() -> None:
    assert told([point(7.0, at=60.0 * index, metric=ERRORS) for index in range(60)]) == []


def _log():
    rng = np.random.default_rng(4)
    shares = np.concatenate([rng.poisson(1.0, 70) / 1000, [0.06] * 20, rng.poisson(1.0, 90) / 1000, [0.02] * 100])
    return minutes(shares)


def test_it_does_not_matter_where_a_poll_is_cut_nor_that_the_workload_moved_meanwhile() -> None:
    log, whole = _log(), told(_log())
    assert len(whole) > 2
    detector, said = watching(BUDGET), []
    for begin in range(0, len(log), 37):
        seen = detector.observe_many([Arrival(one, one.time_unix_seconds) for one in log[begin : begin + 37]])
        said += [signal for observation in seen for signal in of_type(observation.signals, ObjectiveSignal)]
        wire = msgspec.msgpack.encode(detector.keep(WORKLOAD))
        detector = Detector()
        detector.take_policy(WORKLOAD, policy(BUDGET))
        detector.resume(msgspec.msgpack.decode(wire, type=WorkloadKept))
    assert said == whole


def test_other_terms_begin_anew() -> None:
    log, detector = minutes([0.02] * 30), watching(BUDGET)
    told(log[:4], detector=detector)
    detector.take_policy(WORKLOAD, policy(msgspec.structs.replace(BUDGET, error_budget=ErrorBudget(target=0.995))))
    assert told(log[4:8], detector=detector) == []


def test_a_budget_that_no_loss_could_spend_fast_is_refused() -> None:
    with pytest.raises(ValueError, match="raise the target or shorten the window"):
        ErrorBudget(target=0.9)


def test_a_budget_needs_no_bound_and_has_no_saturation() -> None:
    with pytest.raises(ValueError, match="at most one bound"):
        Objective(name="a", metric="b", above=1.0, below=0.0, error_budget=ErrorBudget(target=0.999))
    with pytest.raises(ValueError, match="exactly one"):
        Objective(name="a", metric="b")
