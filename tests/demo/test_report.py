"""The demo's verdict: it may call itself a success only for the whole story, and each missing piece is named."""

import msgspec
import pytest

from rollguard_console.demo import closing, report, scenario
from rollguard_console.demo.load_ledger import Second, read
from rollguard_console.demo.report import Expectation
from rollguard_console.demo.story import Story
from rollguard_schemas.decisions import Attribution, Explanation, RollbackDecided, Verification, Withheld
from rollguard_schemas.evidence import Evidence, Quantiles
from rollguard_schemas.outcomes import ActionApplied, Succeeded, Unverified
from rollguard_schemas.signals import BreachForecast, Regression
from rollguard_schemas.targets import MlflowAlias

W, T = scenario.WORKLOAD, 1_000.0
EXPECTED = Expectation(healthy_revision="2", bad_revision="3", bound_seconds=0.25, fault_seconds_per_second=0.01)
TARGET = MlflowAlias(model="m", alias="champion")


def forecast(at, revision="3"):
    return BreachForecast(
        id=f"forecast-{at}",
        workload=W,
        time_unix_seconds=at,
        revision=revision,
        evidence=Evidence(summary="it climbs"),
        episode="e",
        objective="latency",
        metric="m",
        bound=0.25,
        direction="above",
        value=0.1,
        probability=0.95,
        horizon_seconds=60.0,
        time_to_breach_seconds=Quantiles(p10=5, p50=10, p90=20),
    )


def compared(verdict="healthy", revision="2", at=T - 3):
    return Regression(
        id=f"regression-{revision}-{verdict}",
        workload=W,
        time_unix_seconds=at,
        revision=revision,
        evidence=Evidence(summary="as its control"),
        metric="m",
        control_revision="1",
        verdict=verdict,
        log_e_value=-0.1,
        effect_low=0.9,
        effect_high=1.2,
        log_e_needed=4.6,
        windows=12,
    )


def decided(suspect="3", signal="forecast-1008.0"):
    return RollbackDecided(
        id=f"rollback-{suspect}",
        workload=W,
        time_unix_seconds=T + 9,
        signal_ids=(signal,),
        policy=None,
        mode="act",
        attribution=Attribution(cause="rollout", summary="it began then"),
        explanation=Explanation(summary="it climbs since 3 serves"),
        target=TARGET,
        suspect_revision=suspect,
        fence=1,
        deadline_unix_seconds=T + 99,
        verification=Verification(within_seconds=60),
        rollout="r",
        target_revision="2",
    )


def outcome(kind, decision="rollback-3", **more):
    return kind(
        id=f"{kind.__name__}-{decision}",
        workload=W,
        time_unix_seconds=T + 12,
        decision_id=decision,
        target=TARGET,
        suspect_revision="3",
        target_revision="2",
        attempt=1,
        summary="done",
        **more,
    )


def seconds(last_bad=10):
    healthy = [Second(time_unix_seconds=T - 5 + n, requests=40, hurt=0, latency_p95_seconds=0.02, revision="2") for n in range(5)]
    bad = [
        Second(time_unix_seconds=T + n, requests=40, hurt=0, latency_p95_seconds=0.02 + 0.01 * n, revision="3")
        for n in range(last_bad)
    ]
    after = [Second(time_unix_seconds=T + last_bad + 1, requests=40, hurt=1, latency_p95_seconds=0.02, revision="2")]
    return healthy + bad + after


def story(*events, served=None):
    told = Story(W)
    told.seconds = seconds() if served is None else served
    for event in events:
        told.tell(event)
    return told


GOOD = (forecast(T + 8), decided(), outcome(ActionApplied, verify_by_unix_seconds=T + 70), outcome(Succeeded), compared())


def close(told):
    return report.close(told, EXPECTED, broker="a broker", target="a registry", elapsed_seconds=99.0)


def test_a_rollback_that_was_forecast_made_once_and_verified_is_a_success():
    closed = close(story(*GOOD))

    assert closed.complaints == ()
    assert closed.is_success
    assert closed.restored_revision == "2"
    assert closed.is_breach_averted
    assert closed.requests_hurt == 1


def test_a_healthy_version_that_comparison_called_degraded_is_no_success():
    (complaint,) = close(story(compared("degraded"), *GOOD[:-1])).complaints
    assert complaint == "comparison called the healthy revision 2 degraded"


def test_a_machine_too_busy_for_a_verdict_is_no_failure():
    assert close(story(compared("inconclusive"), *GOOD[:-1])).is_success


def test_a_comparison_that_spoke_before_the_breach_stands_in_for_the_forecast():
    assert close(story(*GOOD[1:], compared("degraded", "3", T + 10))).complaints == ()
    assert not close(story(*GOOD[1:], compared("degraded", "3", T + 30))).is_success


def test_what_comparison_said_of_either_version_is_in_the_report():
    closed = close(story(*GOOD, compared("inconclusive", "3", T + 10), compared("degraded", "3", T + 11)))

    assert closed.healthy_compared.verdict == "healthy"
    assert closed.bad_compared.verdict == "degraded"
    lines = dict(closing.rows(closed))
    assert lines["bad one compared"] == "degraded (log e -0.1 of 4.6)"


def test_the_lead_over_an_averted_breach_is_reckoned_from_the_fault_that_was_put_in():
    """0.02 s at the start and 0.01 s a second more: 0.25 s would have come after 23 s; the forecast came after 8."""
    assert close(story(*GOOD)).forecast_lead_seconds == pytest.approx(15.0)


def test_the_lead_over_a_breach_that_happened_is_measured():
    closed = close(story(*GOOD, served=seconds(last_bad=30)))

    assert not closed.is_breach_averted
    assert closed.forecast_lead_seconds == pytest.approx(24 - 8)


@pytest.mark.parametrize(
    ("events", "complaint"),
    [
        (GOOD[:3], "not verified"),
        ((*GOOD[:3], outcome(Unverified)), "not verified"),
        (GOOD[1:], "not forecast"),
        ((forecast(T + 40), *GOOD[1:]), "not forecast"),
        ((*GOOD, decided("2", "x")), "the healthy revision 2 was decided against"),
        ((*GOOD, outcome(ActionApplied, "rollback-2", verify_by_unix_seconds=1.0)), "2 rollbacks were made"),
        ((), "0 rollbacks were made"),
    ],
)
def test_each_missing_piece_is_named(events, complaint):
    closed = close(story(*events))

    assert not closed.is_success
    assert any(complaint in each for each in closed.complaints)


def test_an_event_that_is_delivered_twice_is_told_once():
    assert msgspec.to_builtins(close(story(*GOOD, *GOOD))) == msgspec.to_builtins(close(story(*GOOD)))


def test_another_workloads_events_are_not_part_of_the_story():
    stranger = msgspec.structs.replace(decided("2"), workload="other/one")

    assert close(story(*GOOD, stranger)).is_success


def test_a_signal_without_an_answer_is_counted():
    answered = Withheld(
        id="w",
        workload=W,
        time_unix_seconds=T,
        signal_ids=("forecast-1038.0", "regression-2-healthy"),
        policy=None,
        mode="observe",
        attribution=Attribution(cause="unknown", summary="-"),
        explanation=Explanation(summary="-"),
        reason="already-decided",
        would_change="nothing",
    )
    closed = close(story(*GOOD, forecast(T + 38), forecast(T + 68), answered))

    assert (closed.signals_answered, closed.signals_unanswered) == (3, 1)


def test_the_page_says_every_number_that_the_report_holds():
    rows = dict(closing.rows(close(story(*GOOD))))

    assert rows["forecast"].startswith("15.0 s ahead")
    assert rows["because"] == "it climbs since 3 serves"


def test_a_ledger_line_that_is_still_being_written_is_left_out(tmp_path):
    path = tmp_path / "load.jsonl"
    path.write_text('{"time_unix_seconds": 1.0, "requests": 4, "hurt": 0}\n{"time_unix_sec')

    assert [second.requests for second in read(path)] == [4]
    assert read(tmp_path / "absent") == []
