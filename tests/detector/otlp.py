"""
Export requests as the OpenTelemetry Collector writes them.
"""

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    Sum,
    Summary,
    SummaryDataPoint,
)

from detector.worlds import START

DELTA, CUMULATIVE = 1, 2
NANO = 1_000_000_000
SERVICE = {"service.namespace": "shop", "service.name": "fraud-scorer", "service.version": "7"}


def nanos(at):
    return int((START + at) * NANO)


def attributes(**texts):
    return [KeyValue(key=key, value=AnyValue(string_value=text)) for key, text in texts.items()]


def number(value, *, at=0.0, since=None, flags=0, **labels):
    return NumberDataPoint(
        as_double=value,
        time_unix_nano=nanos(at),
        start_time_unix_nano=0 if since is None else nanos(since),
        flags=flags,
        attributes=attributes(**labels),
    )


def gauge(*data_points, name="queue_length", unit="1"):
    return Metric(name=name, unit=unit, gauge=Gauge(data_points=data_points))


def total(*data_points, temporality=CUMULATIVE, monotonic=True, name="requests", unit="1"):
    return Metric(
        name=name, unit=unit, sum=Sum(data_points=data_points, aggregation_temporality=temporality, is_monotonic=monotonic)
    )


def histogram(counts, *, bounds=(0.1, 0.2), temporality=CUMULATIVE, at=0.0, name="latency", unit="s", flags=0):
    one = HistogramDataPoint(time_unix_nano=nanos(at), explicit_bounds=bounds, bucket_counts=counts, count=sum(counts), flags=flags)
    return Metric(name=name, unit=unit, histogram=Histogram(data_points=[one], aggregation_temporality=temporality))


def exponential(counts, *, offset=0, scale=0, zero=0, temporality=CUMULATIVE, at=0.0, since=None, name="latency", flags=0):
    one = ExponentialHistogramDataPoint(
        time_unix_nano=nanos(at),
        start_time_unix_nano=0 if since is None else nanos(since),
        scale=scale,
        zero_count=zero,
        positive=ExponentialHistogramDataPoint.Buckets(offset=offset, bucket_counts=counts),
        flags=flags,
    )
    return Metric(
        name=name, unit="s", exponential_histogram=ExponentialHistogram(data_points=[one], aggregation_temporality=temporality)
    )


def summary(quantiles, *, at=0.0, name="latency", flags=0):
    values = [SummaryDataPoint.ValueAtQuantile(quantile=rank, value=value) for rank, value in quantiles.items()]
    return Metric(
        name=name, unit="s", summary=Summary(data_points=[{"time_unix_nano": nanos(at), "quantile_values": values, "flags": flags}])
    )


def request(*metrics, resource=None):
    message = ExportMetricsServiceRequest()
    one = message.resource_metrics.add()
    one.resource.attributes.extend(attributes(**(SERVICE if resource is None else resource)))
    one.scope_metrics.add().metrics.extend(metrics)
    return message.SerializeToString()
