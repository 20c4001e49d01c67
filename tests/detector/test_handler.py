"""
The handler on the memory bus, behind the real pump.
"""

import asyncio

import numpy as np
import pytest
from prometheus_client import REGISTRY

from detector.otlp import gauge, number, request
from detector.wire import line
from detector.worlds import LATENCY, START, WORKLOAD, climb, point, points, policy, watching
from rollguard_detector.core.detector import Detector, Limits
from rollguard_detector.inputs.by_content_type import ByContentType
from rollguard_detector.shell.handler import SOURCE, MetricsHandler
from rollguard_runtime.liveness import Progress
from rollguard_runtime.memory import MemoryBus
from rollguard_runtime.pump import Pump, Received
from rollguard_schemas import codec
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.metrics import MetricBatch
from rollguard_schemas.signals import BreachForecast, ObjectiveBreached, RevisionServing
from rollguard_schemas.topics import METRICS, SIGNALS

TRACE = "a" * 32
REWIND_SECONDS = 900.0


class Broker:
    """A memory bus whose append time follows the points, and a detector before it."""

    def __init__(self):
        self.seconds = START
        self.bus = MemoryBus(now_ms=lambda: int(self.seconds * 1000))

    def produce(self, stretch):
        for one in stretch:
            self.seconds = one.time_unix_seconds
            self.bus.append(codec.encode(METRICS, one, source="/test", traceparent=f"00-{TRACE}-{'b' * 16}-01"))

    def produce_bytes(self, value, **headers):
        self.bus.append(OutgoingRecord(METRICS.name, b"k", value, tuple((k.replace("_", "-"), v) for k, v in headers.items())))

    def run(self, detector):
        asyncio.run(self._run(detector))

    async def _run(self, detector):
        source = self.bus.source([METRICS.name], group="rollguard-detector", rewind_seconds=REWIND_SECONDS)
        pump = Pump(
            name="metrics",
            service="detector",
            source=source,
            sink=self.bus.sink(),
            handler=MetricsHandler(detector, ByContentType("own-json")),
            progress=Progress(stalled_after_seconds=60),
            dead_letter_limit=100,
        )
        stop = asyncio.Event()
        await source.start()
        while await pump.step(stop):
            pass
        await source.stop()

    def signals(self):
        return [codec.decode(SIGNALS, record.value, record.headers) for record in self.bus.records(SIGNALS.name)]

    def said(self):
        return [decoded.event for decoded in self.signals()]


@pytest.fixture
def broker():
    return Broker()


def _stretch():
    return points(climb(np.random.default_rng(5), quiet=60, noise=0.05, samples=70))


def test_a_climb_on_the_topic_becomes_signals_on_the_topic(broker):
    broker.produce(_stretch())
    broker.run(watching())
    assert [type(event) for event in broker.said()][:2] == [RevisionServing, BreachForecast]
    assert ObjectiveBreached in [type(event) for event in broker.said()]
    assert {record.key for record in broker.bus.records(SIGNALS.name)} == {b"shop/fraud-scorer"}


def test_a_signal_belongs_to_the_trace_of_the_point_that_caused_it(broker):
    broker.produce(_stretch())
    broker.run(watching())
    assert {decoded.traceparent[3:35] for decoded in broker.signals()} == {TRACE}
    assert {decoded.source for decoded in broker.signals()} == {SOURCE}


def test_a_batch_says_what_its_points_say(broker):
    other = Broker()
    broker.produce(_stretch())
    other.seconds = START + 200
    other.bus.append(codec.encode(METRICS, MetricBatch(points=tuple(_stretch())), source="/test"))
    broker.run(watching())
    other.run(watching())
    assert other.said() == broker.said()


def test_a_restart_rebuilds_the_state_in_silence_and_goes_on(broker):
    stretch = _stretch()
    undisturbed = Broker()
    undisturbed.produce(stretch)
    undisturbed.run(watching())

    broker.produce(stretch[:95])
    broker.run(watching())
    before = len(broker.said())
    broker.run(watching())
    assert len(broker.said()) == before
    broker.produce(stretch[95:])
    broker.run(watching())

    assert broker.said() == undisturbed.said()


def test_what_cannot_be_read_becomes_a_dead_letter_and_the_rest_goes_on(broker):
    broker.produce([point()])
    broker.produce_bytes(b"no json")
    broker.produce_bytes(b"\xff\xff", content_type=b"application/x-protobuf")
    broker.run(watching())
    letters = broker.bus.records(METRICS.dead_letter_name)
    assert [letter.value for letter in letters] == [b"no json", b"\xff\xff"]
    assert len(broker.said()) == 1


def test_an_export_request_is_read_by_its_content_type(broker):
    broker.produce_bytes(request(gauge(number(1.0, at=0))), content_type=b"application/x-protobuf")
    broker.run(watching())
    assert [type(event) for event in broker.said()] == [RevisionServing]


def _counted(name, **labels):
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_what_is_skipped_is_counted_by_why(broker):
    late = _counted("rollguard_detector_skipped_total", reason="late")
    unknown = _counted("rollguard_detector_skipped_total", reason="unknown-workload")
    taken = _counted("rollguard_detector_points_total")
    broker.produce([point(at=5), point(at=4)])
    broker.produce_bytes(request(gauge(number(1.0)), resource={}), content_type=b"application/x-protobuf")
    broker.run(watching())
    assert _counted("rollguard_detector_skipped_total", reason="late") == late + 1
    assert _counted("rollguard_detector_skipped_total", reason="unknown-workload") == unknown + 1
    assert _counted("rollguard_detector_points_total") == taken + 3


def test_what_forecasts_were_worth_is_exported_when_they_have_matured(broker):
    broker.produce(points(climb(np.random.default_rng(5), quiet=60, noise=0.05, samples=70)))
    broker.run(watching())
    matured = [_counted("rollguard_detector_forecasts_matured", tenth=str(tenth)) for tenth in range(10)]
    came = [_counted("rollguard_detector_forecasts_came", tenth=str(tenth)) for tenth in range(10)]
    assert all(one >= other for one, other in zip(matured, came, strict=True))
    assert sum(came) > 0
    assert 0 < _counted("rollguard_detector_forecast_brier_ratio") < 1
    assert _counted("rollguard_detector_breaches") == _counted("rollguard_detector_breaches_warned") > 0
    assert _counted("rollguard_detector_forecast_lead_seconds") > 5


def test_a_young_series_is_said_to_be_warming_up(broker):
    broker.produce(points(np.random.default_rng(5).normal(size=60)))
    broker.run(Detector())
    assert _counted("rollguard_detector_series_warming") == 1
    broker.produce(points(np.random.default_rng(6).normal(size=200)))
    broker.run(Detector())
    assert _counted("rollguard_detector_series_warming") == 0


def test_a_refused_series_is_counted_and_said_once(broker, capsys):
    refused = _counted("rollguard_detector_skipped_total", reason="series-ceiling")
    broker.produce([point(metric=name, at=second) for second, name in enumerate(("a", "b", "c", "d"))])
    broker.run(Detector(Limits(max_series=1)))
    assert _counted("rollguard_detector_skipped_total", reason="series-ceiling") == refused + 3
    assert _counted("rollguard_detector_series") == 1
    assert capsys.readouterr().out.count("too many series") == 1


def test_a_workload_over_its_ceiling_is_named_with_it(broker, capsys):
    broker.produce([point(metric=name, at=second) for second, name in enumerate(("a", "b", "c"))])
    broker.run(Detector(Limits(max_series_a_workload=1)))
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "too many series of a workload" in line]
    assert WORKLOAD in line
    assert "ceiling" in line
    assert _counted("rollguard_detector_workloads_refused", ceiling="workload-ceiling") == 1
    assert _counted("rollguard_detector_predicted_memory_bytes") > 0


class _Breaking(Detector):
    """Breaks on one metric, as a fault of ours would."""

    def _read_alone(self, arrivals, place, *rest):
        if self.point_at(arrivals, place).metric == "cursed":
            raise ZeroDivisionError("cursed")
        return super()._read_alone(arrivals, place, *rest)


def test_a_record_that_breaks_the_handler_costs_no_signal_of_the_others(broker):
    healthy = Broker()
    healthy.produce(_stretch())
    healthy.run(watching())

    detector = _Breaking()
    detector.take_policy(WORKLOAD, policy())
    stretch = _stretch()
    broker.produce([*stretch[:100], point(at=99.5, metric="cursed"), *stretch[100:]])
    broker.run(detector)
    assert broker.said() == healthy.said()
    assert len(broker.bus.records(METRICS.dead_letter_name)) == 1


def test_a_record_is_read_as_its_topic_says_and_a_line_without_a_time_has_its_records():
    handler = MetricsHandler(watching(), ByContentType("own-json", {METRICS.name: "influx-line"}))
    broker = Broker()
    broker.produce_bytes(line(at=None))
    (record,) = broker.bus.records(METRICS.name)
    (one,) = handler.read(record).event.points
    assert (one.metric, one.time_unix_seconds) == ("queue_length", START)


def test_a_batch_that_is_offered_again_is_answered_anew_only_after_it_was_through():
    handler = MetricsHandler(watching(), ByContentType("own-json"))
    broker = Broker()
    broker.produce([point(metric=LATENCY)])
    (record,) = broker.bus.records(METRICS.name)
    received: Received = handler.read(record)
    assert len(asyncio.run(handler.handle([received]))) == 1
    assert handler._said == {}
