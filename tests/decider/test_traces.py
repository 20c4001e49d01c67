"""
A decision is one trace, from the metric points that led to it to what became of it, as a collector sees it.
"""

import pytest

from decider.offices import Office
from decider.stories import breach, command, outcome, policy, started
from rollguard_decider.shell.alerting.teller import Teller
from rollguard_decider.shell.alerting.told import Told
from rollguard_runtime import tracing
from rollguard_runtime.memory import MemoryBus
from rollguard_runtime.spans import TracedSink, traced
from rollguard_schemas.codec import encode
from rollguard_schemas.commands import Approve
from rollguard_schemas.outcomes import Failed
from rollguard_schemas.topics import ALERTS, DECISIONS, OUTCOMES, ROLLOUTS, SIGNALS

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="not installed here; `make setup` installs it")
collector = pytest.importorskip("support.collector").collector

METRICS_TRACE, METRICS_SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
OF_METRICS = f"00-{METRICS_TRACE}-{METRICS_SPAN}-01"


async def _play(address, *, mode="act"):
    """Let a breach be published, decided on, answered and told, all by way of traced sinks; return the office."""
    bus = MemoryBus(now_ms=lambda: 1_800_000_060_000)
    sinks = {name: traced(bus.sink(), service=name, endpoint=address, environ={}) for name in ("detector", "decider", "actuator")}
    office = Office(bus, sink=sinks["decider"])
    office.put(policy(mode=mode))
    await office.take(started())
    await sinks["detector"].publish([encode(SIGNALS, breach(), source="/t", **tracing.caused(OF_METRICS, "s-1"))])
    await _take_last(office, SIGNALS)
    if mode == "recommend":
        await office.take(command(Approve, decision_id=office.decisions()[0].id, at=70))
    (*_, record) = bus.records(DECISIONS.name)
    failed = outcome(Failed, office.decisions()[-1], at=80)
    of_decision = dict(record.headers)["traceparent"].decode()
    await sinks["actuator"].publish([encode(OUTCOMES, failed, source="/t", **tracing.caused(of_decision, failed.id))])
    teller = Teller(Told(bus.follower([ALERTS.name])))
    heard = [teller.read(one) for topic in (DECISIONS, OUTCOMES) for one in bus.records(topic.name)]
    await sinks["decider"].publish(await teller.handle(heard))
    for sink in sinks.values():
        await sink.stop()
    return office


async def _take_last(office, topic):
    (*_, record) = office.bus.records(topic.name)
    await office.desk.take(record, office.table)


async def test_a_decision_is_one_trace_from_the_metric_points_to_its_outcome_and_its_alerts():
    with collector() as seen:
        await _play(seen.address)
    by_id = {span.span_id.hex(): span for span in seen.spans}
    roads = {span.name: by_id.get(span.parent_span_id.hex()) for span in seen.spans}

    assert {span.trace_id.hex() for span in seen.spans} == {METRICS_TRACE}
    assert next(span for span in seen.spans if span.name == "objective-breached").parent_span_id.hex() == METRICS_SPAN
    assert roads["rollback-decided"].name == "objective-breached"
    assert roads["failed"].name == "rollback-decided"
    assert roads["alert"].name in ("rollback-decided", "failed")
    assert seen.services == {"rollguard-detector", "rollguard-decider", "rollguard-actuator"}


async def test_a_span_tells_what_and_whose_it_is_when_it_began_and_that_it_failed():
    with collector() as seen:
        await _play(seen.address)
    span = next(span for span in seen.spans if span.name == "failed")
    told = {attribute.key: attribute.value.string_value for attribute in span.attributes}
    assert (told["rollguard.workload"], told["messaging.destination.name"]) == ("shop/fraud-scorer", OUTCOMES.name)
    assert span.status.code == span.status.STATUS_CODE_ERROR
    assert span.start_time_unix_nano <= span.end_time_unix_nano


async def test_the_same_log_is_the_same_trace_again():
    with collector() as first:
        await _play(first.address)
    with collector() as again:
        await _play(again.address)
    assert {(span.trace_id, span.span_id, span.parent_span_id) for span in first.spans} == {
        (span.trace_id, span.span_id, span.parent_span_id) for span in again.spans
    }


async def test_an_approval_goes_on_with_the_trace_of_what_it_approves():
    with collector() as seen:
        await _play(seen.address, mode="recommend")
    recommended, approved = [span for span in seen.spans if span.name == "rollback-decided"]
    assert approved.parent_span_id == recommended.span_id
    assert {span.trace_id.hex() for span in seen.spans} == {METRICS_TRACE}


async def test_a_collector_that_is_away_holds_nothing_up():
    with collector() as seen:
        address = seen.address
    bus = MemoryBus()
    sink = traced(bus.sink(), service="decider", endpoint=address, environ={})
    await sink.publish([encode(SIGNALS, breach(), source="/t", **tracing.caused(None, "s-1"))])
    assert len(bus.records(SIGNALS.name)) == 1
    await sink.stop()


def test_nothing_is_traced_unless_a_collector_is_named():
    sink = MemoryBus().sink()
    assert traced(sink, service="decider", endpoint="", environ={}) is sink
    on = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    for off in ({"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}):
        assert traced(sink, service="decider", endpoint="", environ={**on, **off}) is sink


async def test_the_standard_variables_name_a_collector(monkeypatch):
    with collector() as seen:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", seen.address)
        sink = traced(MemoryBus().sink(), service="decider", endpoint="", environ={"OTEL_EXPORTER_OTLP_ENDPOINT": seen.address})
        await sink.publish([encode(SIGNALS, breach(), source="/t", **tracing.caused(None, "s-1"))])
        await sink.stop()
    assert [span.name for span in seen.spans] == ["objective-breached"]
    assert isinstance(sink, TracedSink)


async def test_what_is_no_event_or_has_no_trace_makes_no_span():
    with collector() as seen:
        sink = traced(MemoryBus().sink(), service="decider", endpoint=seen.address, environ={})
        letter = encode(SIGNALS, breach(), source="/t", **tracing.caused(None, "s-1"))
        await sink.publish([letter.__class__(f"{letter.topic}-dlq", letter.key, letter.value, letter.headers)])
        await sink.publish(
            [encode(ROLLOUTS, started(), source="/t"), encode(SIGNALS, breach(), source="/t", traceparent="nonsense")]
        )
        await sink.stop()
    assert seen.spans == []
