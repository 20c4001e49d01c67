"""
Vector's metrics: every kind of value, absolute and incremental.
"""

import json
import math
import random

import pytest

from detector.wire import LABELS, vector
from detector.worlds import START
from rollguard_detector.core.histograms import quantile_estimate
from rollguard_detector.core.identity import Identities
from rollguard_detector.core.ports import Origin
from rollguard_detector.core.readings import Lane
from rollguard_detector.inputs.vector_json import VectorJson
from rollguard_schemas.codec import Malformed

DELTA = {"kind": "incremental", "interval_ms": 10_000}


def _read(origin=Origin(), **fields):  # noqa: B008  # frozen
    return VectorJson(Identities()).decode(vector(**fields), (), origin)


def _one(**fields):
    (one,) = _read(**fields).points
    return one


def test_an_absolute_counter_is_a_total_and_an_incremental_one_an_increase():
    assert _one(counter={"value": 30.0}).temporality == "cumulative"
    assert Lane().read(_one(counter={"value": 30.0}, **DELTA)) == 3.0


def test_a_namespace_comes_before_the_name():
    assert _one(namespace="http", gauge={"value": 1.0}).metric == "http_queue_length"


def test_native_json_wraps_the_same():
    wrapped = json.dumps({"metric": json.loads(vector(gauge={"value": 1.0}))}).encode()
    assert len(VectorJson(Identities()).decode(wrapped, ()).points) == 1


def test_a_set_is_how_many_there_are():
    assert _one(set={"values": ["a", "b", "a"]}, kind="incremental").value == 2.0


def test_a_distribution_is_read_at_its_samples():
    one = _one(distribution={"samples": [{"value": 0.1, "rate": 19}, {"value": 0.9, "rate": 1}], "statistic": "histogram"}, **DELTA)
    assert (one.bounds, one.counts, one.temporality) == ((0.1, 0.9), (19, 1, 0), "delta")


def test_an_aggregated_histogram_keeps_its_open_bucket():
    buckets = [{"upper_limit": 0.1, "count": 4}, {"upper_limit": 0.5, "count": 3}, {"upper_limit": "inf", "count": 2}]
    one = _one(aggregated_histogram={"buckets": buckets, "count": 9, "sum": 1.0})
    assert (one.bounds, one.counts, one.temporality) == ((0.1, 0.5), (4, 3, 2), "cumulative")


def test_an_aggregated_summary_is_a_gauge_for_each_quantile():
    summary = {"quantiles": [{"quantile": 0.5, "value": 1.0}, {"quantile": 0.99, "value": 4.0}], "count": 9, "sum": 1.0}
    points = _read(aggregated_summary=summary).points
    assert {one.metric: one.value for one in points} == {"queue_length_p50": 1.0, "queue_length_p99": 4.0}


def _agent_key(value):
    """The agent's key of a positive value, as its quantile package computes it."""
    log_gamma = math.log1p(2 / 128)
    return round(math.log(value) / log_gamma) + 1 - math.floor(math.log(1e-9) / log_gamma)


def test_an_agents_sketch_holds_the_true_quantile_within_its_bucket():
    values = sorted(random.Random(7).lognormvariate(-2, 1) for _ in range(1000))
    keys = sorted({_agent_key(value) for value in values})
    bins = {"k": keys, "n": [sum(_agent_key(value) == key for value in values) for key in keys]}
    one = _one(sketch={"sketch": {"AgentDDSketch": {"bins": bins, "count": 1000, "min": 0, "max": 9, "sum": 1, "avg": 1}}}, **DELTA)
    for rank in (0.5, 0.95, 0.99):
        truth = values[math.ceil(rank * 1000) - 1]
        estimate = quantile_estimate(one.bounds, one.counts, rank)
        assert estimate.lower * (1 - 1e-9) <= truth <= estimate.upper * (1 + 1e-9)
        assert estimate.value == pytest.approx(truth, rel=0.02)


def test_a_metric_without_a_time_has_its_records():
    assert _one(timestamp=None, gauge={"value": 1.0}, origin=Origin("m", START)).time_unix_seconds == START
    assert dict(_read(timestamp=None, gauge={"value": 1.0}).skipped) == {"no-time": 1}


def test_tags_with_none_or_several_values_tell_nothing_apart():
    one = _one(tags=LABELS | {"bare": None, "many": ["a", "b"]}, gauge={"value": 1.0})
    assert one.labels == {"shard": "a"}


SKIPPED = [
    ({"gauge": {"value": 1.0}, "kind": "incremental"}, "non-monotonic-delta"),
    ({"gauge": {"value": "NaN"}}, "not-finite"),
    ({"gauge": {"value": "-inf"}}, "not-finite"),
    ({}, "no-value"),
    ({"tags": None, "gauge": {"value": 1.0}}, "unknown-workload"),
    ({"distribution": {"samples": [{"value": "inf", "rate": 1}]}}, "buckets-out-of-range"),
    ({"distribution": {"samples": []}}, "no-buckets"),
    ({"sketch": {"sketch": {"AgentDDSketch": {"bins": {"k": [1], "n": []}}}}}, "buckets-out-of-range"),
    ({"sketch": {"sketch": {"AgentDDSketch": {"bins": {"k": [10**9], "n": [1]}}}}}, "buckets-out-of-range"),
    ({"aggregated_histogram": {"buckets": [{"upper_limit": 1.0, "count": -1}]}}, "no-buckets"),
]


@pytest.mark.parametrize(("fields", "reason"), SKIPPED)
def test_what_no_model_can_use_is_counted_by_why(fields, reason):
    decoded = _read(**fields)
    assert (decoded.points, dict(decoded.skipped)) == ((), {reason: 1})


@pytest.mark.parametrize(
    "fields", [{"name": None}, {"kind": None}, {"kind": "other"}, {"timestamp": "x"}, {"gauge": {"value": "x"}}]
)
def test_another_shape_is_malformed(fields):
    with pytest.raises(Malformed):
        _read(**({"gauge": {"value": 1.0}} | fields))
