"""Dead letters, read back."""

import pytest

from rollguard_console.dead_letters import hex_rows
from rollguard_runtime.bus import Record
from rollguard_runtime.dead_letters import dead_letter
from support.command_line import NOW


@pytest.fixture
def buried(rollguard):
    unread = Record(
        topic="rollguard-metrics",
        partition=3,
        offset=41,
        timestamp_ms=1,
        key=b"shop/a",
        value=b"\xff\x00not json, and longer than one row",
        headers=(("content-type", b"text/plain"),),
    )
    letter = dead_letter(unread, service="detector", stage="decode", reason="not-json", detail="JSON is malformed")
    rollguard.bus.append(letter)
    return rollguard


def test_a_dead_letter_is_listed_with_why_and_where_from(buried):
    (letter,) = buried.document("dlq", "list")["dead_letters"]

    assert letter["buried_unix_seconds"] == NOW
    assert (letter["topic"], letter["reason"], letter["service"]) == ("rollguard-metrics-dlq", "not-json", "detector")
    assert (letter["from_topic"], letter["from_partition"], letter["from_offset"]) == ("rollguard-metrics", "3", "41")


@pytest.mark.parametrize(("topic", "found"), [("rollguard-metrics", 1), ("rollguard-metrics-dlq", 1), ("rollguard-signals", 0)])
def test_only_those_of_one_topic_are_listed(buried, topic, found):
    assert len(buried.document("dlq", "list", "--topic", topic)["dead_letters"]) == found


def test_showing_one_gives_its_bytes_back_as_they_came(buried):
    (letter,) = buried.document("dlq", "list")["dead_letters"]

    document = buried.document("dlq", "show", "rollguard-metrics", letter["partition"], letter["offset"])

    assert bytes.fromhex(document["value_hex"]) == b"\xff\x00not json, and longer than one row"
    assert document["value_text"] is None
    assert document["headers"]["content-type"] == "text/plain"


def test_for_people_the_bytes_are_shown_as_hex_and_characters(buried):
    (letter,) = buried.document("dlq", "list")["dead_letters"]

    shown = buried("dlq", "show", "rollguard-metrics", letter["partition"], letter["offset"]).stdout

    assert "reason: not-json" in shown
    assert "00000000  ff 00 6e 6f 74 20 6a 73 6f 6e 2c 20 61 6e 64 20  ..not json, and " in shown


def test_a_place_where_nothing_lies_is_said_to_be_empty(buried):
    result = buried("dlq", "show", "rollguard-metrics", 0, 99)

    assert result.exit_code == 1
    assert "nothing at partition 0, offset 99" in result.stderr


def test_an_unknown_topic_is_wrong_usage(buried):
    result = buried("dlq", "list", "--topic", "rollguard-metric")

    assert result.exit_code == 2
    assert "did you mean rollguard-metrics?" in result.stderr


def test_no_dead_letters_is_an_empty_list(rollguard):
    assert rollguard.document("dlq", "list") == {"dead_letters": []}


def test_no_bytes_have_no_rows():
    assert list(hex_rows(b"")) == []
