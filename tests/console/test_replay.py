"""``rollguard replay``: a recording becomes metric points, in its order and at its pace."""

import pytest

from rollguard_schemas.topics import METRICS
from support.command_line import NOW
from support.incident import WORKLOAD

IDENTITY = ("--workload", WORKLOAD, "--metric", "p99")


@pytest.fixture
def recording(tmp_path):
    file = tmp_path / "series.csv"
    file.write_text("timestamp,value\n1000,0.1\n1060,0.2\noops,1\n1120,0.3\n")
    return file


def test_points_carry_the_recorded_time_and_what_was_said_of_them(rollguard, recording):
    rollguard("replay", recording, *IDENTITY, "--revision", "7", "--unit", "s", "--speed", 0)

    points = rollguard.heard(METRICS)
    assert [(point.time_unix_seconds, point.value) for point in points] == [(1000, 0.1), (1060, 0.2), (1120, 0.3)]
    assert {(point.workload, point.metric, point.revision, point.unit, point.kind) for point in points} == {
        (WORKLOAD, "p99", "7", "s", "gauge")
    }


def test_the_pace_is_the_recorded_one_divided_by_the_speed(rollguard, recording):
    rollguard("replay", recording, *IDENTITY, "--speed", 30)

    assert rollguard.slept_seconds == [0, 2, 2]
    assert [record.timestamp_ms / 1000 - NOW for record in rollguard.bus.records(METRICS.name)] == [0, 2, 4]


def test_at_speed_nought_nobody_waits(rollguard, recording):
    rollguard("replay", recording, *IDENTITY, "--speed", 0)

    assert sum(rollguard.slept_seconds) == 0


def test_with_now_the_last_point_is_now(rollguard, recording):
    rollguard("replay", recording, *IDENTITY, "--speed", 0, "--now")

    assert [point.time_unix_seconds for point in rollguard.heard(METRICS)] == [NOW - 120, NOW - 60, NOW]


def test_a_wrong_row_is_named_and_counted_and_the_rest_is_published(rollguard, recording):
    document = rollguard.document("replay", recording, *IDENTITY, "--speed", 0)

    assert (document["published_points"], document["wrong_row_count"]) == (3, 1)
    assert document["wrong_rows"][0]["line"] == 4
    assert f"{recording}:4: timestamp: 'oops' is no instant" in rollguard("replay", recording, *IDENTITY, "--speed", 0).stderr


def test_with_strict_a_wrong_row_publishes_nothing(rollguard, recording):
    assert rollguard("replay", recording, *IDENTITY, "--strict").exit_code == 3
    assert rollguard.heard(METRICS) == []


def test_a_file_of_wrong_rows_alone_is_refused(rollguard, recording):
    recording.write_text("timestamp,value\na,1\nb,2\n")

    assert rollguard("replay", recording, *IDENTITY).exit_code == 3


def test_many_wrong_rows_are_told_in_part(rollguard, recording):
    recording.write_text("timestamp,value\n1,1\n" + "x,1\n" * 30)

    assert "and 10 more wrong rows" in rollguard("replay", recording, *IDENTITY, "--speed", 0).stderr


@pytest.mark.parametrize("words", [("--workload", "scorer", "--metric", "p99"), ("--workload", WORKLOAD, "--metric", "")], ids=str)
def test_an_identity_that_no_reader_would_take_is_wrong_usage(rollguard, recording, words):
    assert rollguard("replay", recording, *words).exit_code == 2
    assert rollguard.addresses == []


def test_a_speed_that_would_never_end_is_wrong_usage(rollguard, recording):
    assert rollguard("replay", recording, *IDENTITY, "--speed", 1e-9).exit_code == 2


def test_a_file_that_is_not_there_is_wrong_usage(rollguard, tmp_path):
    assert rollguard("replay", tmp_path / "none.csv", *IDENTITY).exit_code == 2


def test_a_file_that_is_no_text_is_refused(rollguard, recording):
    recording.write_bytes(b"\xff\xfe\x00\x01")

    assert rollguard("replay", recording, *IDENTITY).exit_code == 3
