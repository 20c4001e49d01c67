"""The pieces of ``rollguard-detector replay``: sources, spans, shams, courses, topics."""

import msgspec
import pytest

from rollguard_detector.backtest.course import Courses
from rollguard_detector.backtest.shams import with_shams
from rollguard_detector.backtest.sources import past_of, within
from rollguard_detector.backtest.topics import past_of_records, records_of
from rollguard_detector.core.identity import Identities
from rollguard_detector.core.kinds import Kinds
from rollguard_detector.inputs.by_content_type import ByContentType, codecs
from rollguard_runtime.errors import Permanent
from rollguard_runtime.memory import MemoryBus
from rollguard_runtime.tape import Taped, read_line, write_line
from rollguard_schemas.codec import OutgoingRecord, encode
from rollguard_schemas.metrics import MetricBatch, MetricPoint
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.rollouts import RolloutStarted
from rollguard_schemas.targets import MlflowAlias
from rollguard_schemas.topics import METRICS, ROLLOUTS

WORKLOAD = "shop/scorer"
TARGET = MlflowAlias(model="m", alias="champion")


def _policy(**objective):
    spec = {
        "workload": WORKLOAD,
        "target": {"driver": "mlflow-alias", "model": "m", "alias": "champion"},
        "objectives": [{"name": "o", "metric": "m", **objective}],
    }
    document = {"apiVersion": "rollguard.dev/v1", "kind": "RollbackPolicy", "metadata": {"name": "p"}, "spec": spec}
    return {WORKLOAD: msgspec.convert(document, RollbackPolicy)}


def point(at, value=1.0, *, revision="1", **more):
    return MetricPoint(workload=WORKLOAD, time_unix_seconds=at, metric="m", value=value, revision=revision, **more)


def rollout(at):
    return RolloutStarted(
        id="r", workload=WORKLOAD, time_unix_seconds=at, rollout="ro", target=TARGET, from_revision="1", to_revision="2"
    )


def test_a_line_of_a_tape_says_what_was_written():
    for event in (point(1.5), rollout(2.25), MetricBatch(points=(point(1.0), point(3.0)))):
        assert read_line(write_line(Taped(7.125, event))) == Taped(7.125, event)
    assert read_line(msgspec.json.encode(MetricBatch(points=(point(3.0), point(1.0))))).at_unix_seconds == 3.0


def test_sources_are_merged_by_when_their_events_were_appended(tmp_path):
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    first.write_bytes(write_line(Taped(1.0, point(1.0))) + write_line(Taped(3.0, point(2.0))))
    second.write_bytes(msgspec.json.encode(rollout(2.0)))
    past, read = past_of([str(first), str(second)], pytest.fail)

    assert [taped.at_unix_seconds for taped in past] == [1.0, 2.0, 3.0]
    assert read.share == 1.0


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(Permanent, match=r"nowhere\.jsonl cannot be read"):
        past_of(["nowhere.jsonl"], pytest.fail)


def test_a_span_leaves_out_telemetry_but_not_the_rollouts_before_it():
    past = [Taped(1.0, rollout(1.0)), Taped(2.0, point(2.0)), Taped(5.0, point(5.0)), Taped(9.0, rollout(9.0))]
    assert list(within(past, 5.0, 9.0)) == [past[0], past[2]]


def test_a_sham_rollout_begins_in_each_piece_and_its_telemetry_names_it():
    past = [Taped(float(at), point(float(at))) for at in (100, 150, 220)] + [Taped(230.0, rollout(230.0))]
    played = list(with_shams(past, _policy(above=1.0), 100.0))
    shams = [taped.event for taped in played if isinstance(taped.event, RolloutStarted)]

    assert [(one.from_revision, one.to_revision) for one in shams] == [("sham-0", "sham-1"), ("sham-1", "sham-2")]
    assert [taped.event.revision for taped in played if isinstance(taped.event, MetricPoint)] == ["sham-1", "sham-1", "sham-2"]


def test_a_sham_gives_no_revision_to_telemetry_that_names_none():
    (_, played) = with_shams([Taped(100.0, point(100.0, revision=None))], _policy(above=1.0), 100.0)
    assert played.event.revision is None


def test_a_course_counts_what_lies_beyond_the_bound():
    courses = Courses(_policy(above=2.0), 60.0)
    for at, value in ((0.0, 1.0), (30.0, 5.0), (60.0, 2.0)):
        courses.add(point(at, value))
    first, second = courses.minutes.values()

    assert (first.points, first.beyond, first.low, first.high) == (2, 1, 1.0, 5.0)
    assert (second.points, second.beyond) == (1, 0)


@pytest.mark.parametrize(("side", "bad"), [("above", 3.0), ("below", 7.0)])
def test_the_bad_events_of_a_ratio_are_those_on_the_harmful_side(side, bad):
    courses = Courses(_policy(**{side: 0.5}), 60.0)
    courses.add(point(0.0, None, kind="ratio", numerator=3.0, denominator=10.0))
    (minute,) = courses.minutes.values()

    assert (minute.events, minute.bad_events) == (10.0, bad)


def test_a_metric_without_an_objective_has_no_course():
    courses = Courses(_policy(above=2.0), 60.0)
    courses.add(msgspec.structs.replace(point(0.0), metric="other"))
    assert not courses.minutes


async def test_the_topics_are_read_in_the_order_of_their_append_times():
    clock = {"ms": 0}
    bus = MemoryBus(partitions=3, now_ms=lambda: clock["ms"])
    for at, topic, event in ((3, METRICS, point(1.0)), (1, METRICS, point(2.0)), (1, ROLLOUTS, rollout(2.0))):
        clock["ms"] = at * 1000
        bus.append(encode(topic, event, source="/test"))
    bus.append(OutgoingRecord(METRICS.name, b"x", b"not json"))
    complaints = []
    codec = ByContentType("own-json", {}, codecs(Identities(), Kinds({})))
    past = list(past_of_records(await records_of(bus, []), codec, complaints.append))

    assert [(taped.at_unix_seconds, type(taped.event).__name__) for taped in past] == [
        (1.0, "RolloutStarted"),
        (1.0, "MetricPoint"),
        (3.0, "MetricPoint"),
    ]
    assert len(complaints) == 1
