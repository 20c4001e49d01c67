"""
How fast telemetry is decoded: points a second for each format, and what it costs above the bare decoder that it stands on.

    make -s bench NAME=decode

Each format decodes the same hundred gauges, in one message where it has batches, else in a hundred. Rivals in the same run: for
OTLP protobuf the message's own ``FromString``, which does not yet look at a point, and the least that a reader must do besides,
which is to touch each point's attributes, time and value; for own JSON ``msgspec`` with the schema's type, and the bulk path beside
the codec. Counts processor time and keeps the best of seven turns, since the machine is shared.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from scoring.one_line import print_line

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from detector import wire  # the tests' messages, once their folder is known
from detector.otlp import gauge, number, request  # as above
from detector.worlds import point  # as above
from rollguard_detector.inputs.by_content_type import codecs  # as above
from rollguard_detector.inputs.own_json_columns import OwnJsonColumns  # as above
from rollguard_schemas.metrics import MetricBatch, MetricPoint  # as above

POINTS, TURNS, TIMES = 100, 7, 20
LABELS = {"zone": "a", "instance": "pod-1"}


def _own_points() -> list[MetricPoint]:
    return [point(float(index), at=index, metric=f"m{index % 10}", labels=LABELS) for index in range(POINTS)]


def _messages() -> dict[str, list[bytes]]:
    """Return the values that hold the hundred points, by format."""
    flat = wire.LABELS | LABELS
    tags = ",".join(f"{name}={text}" for name, text in flat.items())
    otlp = request(*(gauge(number(float(index), at=index, **LABELS), name=f"m{index % 10}") for index in range(POINTS)))
    series = [({"__name__": f"m{index % 10}"} | flat, [(float(index), index)]) for index in range(POINTS)]
    telegraf = [
        {"name": f"m{index % 10}", "tags": flat, "fields": {"value": 1.0}, "timestamp": 1_700_000_000} for index in range(POINTS)
    ]
    own = _own_points()
    return {
        "own-json": [msgspec.json.encode(one) for one in own],
        "own-json batch": [msgspec.json.encode(MetricBatch(points=tuple(own)))],
        "own-msgpack": [msgspec.msgpack.encode(one) for one in own],
        "own-msgpack batch": [msgspec.msgpack.encode(MetricBatch(points=tuple(own)))],
        "otlp-protobuf": [otlp],
        "otlp-json": [wire.otlp_as_json(otlp)],
        "prometheus-json": [wire.prometheus_json(name=f"m{index % 10}", labels=flat) for index in range(POINTS)],
        "remote-write": [wire.write_request(*series)],
        "telegraf-json": [msgspec.json.encode({"metrics": telegraf})],
        "influx-line": [b"".join(wire.line(tags=tags, at=index, measurement=f"m{index % 10}") for index in range(POINTS))],
        "vector-json": [wire.vector(name=f"m{index % 10}", tags=flat, gauge={"value": 1.0}) for index in range(POINTS)],
    }


def _contenders() -> dict[str, Callable[[], object]]:
    messages, of_format = _messages(), codecs()
    columns, schema = OwnJsonColumns(), msgspec.json.Decoder(MetricPoint)
    columns.learn(messages["own-json"])

    def reading(name: str) -> Callable[[], object]:
        decode, values = of_format[name.split(maxsplit=1)[0]].decode, messages[name]  # type: ignore[index]  # one of the formats
        return lambda: [decode(value, ()) for value in values]

    bare: dict[str, Callable[[], object]] = {
        "bare FromString": lambda: ExportMetricsServiceRequest.FromString(messages["otlp-protobuf"][0]),
        "bare walk": lambda: _walked(messages["otlp-protobuf"][0]),
        "bare msgspec": lambda: [schema.decode(value) for value in messages["own-json"]],
        "own-json columns": lambda: columns.decode_many(messages["own-json"]),
    }
    return {name: reading(name) for name in messages} | bare


def _walked(value: bytes) -> list[object]:
    """Touch what names a point and what it says, and make nothing of it."""
    return [
        ({one.key: one.value.string_value for one in measured.attributes}, measured.time_unix_nano, measured.as_double)
        for resource in ExportMetricsServiceRequest.FromString(value).resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for measured in metric.gauge.data_points
    ]


def _best_seconds(contenders: dict[str, Callable[[], object]]) -> dict[str, float]:
    best = dict.fromkeys(contenders, float("inf"))
    for _ in range(TURNS):
        for name, decode in contenders.items():
            began = time.process_time()
            for _ in range(TIMES):
                decode()
            best[name] = min(best[name], (time.process_time() - began) / TIMES)
    return best


def main() -> None:
    """Measure, and print one line."""
    seconds = _best_seconds(_contenders())
    print_line(
        {
            "question": "how fast is telemetry decoded",
            "points_per_second": {name: round(POINTS / taken) for name, taken in seconds.items()},
            "otlp_to_bare_fromstring": seconds["otlp-protobuf"] / seconds["bare FromString"],
            "otlp_to_bare_walk": seconds["otlp-protobuf"] / seconds["bare walk"],
            "own_json_to_bare_msgspec": seconds["own-json"] / seconds["bare msgspec"],
            "own_json_columns_to_bare_msgspec": seconds["own-json columns"] / seconds["bare msgspec"],
        }
    )


if __name__ == "__main__":
    main()
