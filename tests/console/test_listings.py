"""The listings: what was said, newest last, filtered, never stopped by a record that cannot be read."""

import json

import msgspec
import pytest

from rollguard_runtime.memory import MemoryBus, MemoryFollower
from rollguard_schemas import codec
from rollguard_schemas.topics import ALERTS, DECISIONS, OUTCOMES, ROLLOUTS, SIGNALS
from support.command_line import NOW, plain
from support.incident import ALERT, APPLIED, BEGAN, FORECAST, RECOMMENDED, ROLLOUT, SUCCEEDED, WITHHELD, WORKLOAD


@pytest.mark.parametrize(
    ("name", "topic", "event"),
    [
        ("signals", SIGNALS, FORECAST),
        ("decisions", DECISIONS, RECOMMENDED),
        ("outcomes", OUTCOMES, APPLIED),
        ("rollouts", ROLLOUTS, ROLLOUT),
        ("alerts", ALERTS, ALERT),
    ],
)
def test_a_listing_shows_its_topic_as_it_was_said(rollguard, name, topic, event):
    rollguard.say(topic, event)

    assert rollguard.document(name) == {"events": [plain(event)], "left_out": 0, "unreadable": 0}


def test_in_a_pipe_a_listing_is_one_tab_separated_line_a_row(rollguard):
    rollguard.say(OUTCOMES, SUCCEEDED, APPLIED)

    header, first, second = [line.split("\t") for line in rollguard("outcomes").stdout.splitlines()]

    assert header == ["time", "workload", "type", "id", "what"]
    assert [row[3] for row in (first, second)] == ["applied-1", "succeeded-1"]
    assert second[4] == "mlflow alias fraud@champion 7 -> 6: 6 serves and latency holds"


def test_a_forecast_is_told_with_its_probability_and_time_to_breach(rollguard):
    rollguard.say(SIGNALS, FORECAST)

    assert "latency: 93% likely above 0.25 within 10 min, most likely in 2.5 min; p99 is 0.21" in rollguard("signals").stdout


def test_only_the_workload_asked_for_is_listed(rollguard):
    other = msgspec.structs.replace(RECOMMENDED, workload="shop/other", id="rollback-2")
    rollguard.say(DECISIONS, RECOMMENDED, other)

    assert [event["id"] for event in rollguard.document("decisions", "--workload", WORKLOAD)["events"]] == ["rollback-1"]


def test_only_the_type_asked_for_is_listed(rollguard):
    rollguard.say(DECISIONS, RECOMMENDED, WITHHELD)

    assert [event["id"] for event in rollguard.document("decisions", "--type", "withheld")["events"]] == ["withheld-1"]


def test_an_unknown_type_is_wrong_usage_with_the_nearest_one(rollguard):
    result = rollguard("decisions", "--type", "rollback-decide")

    assert result.exit_code == 2
    assert "did you mean rollback-decided?" in result.stderr


@pytest.mark.parametrize("since", [f"{NOW - BEGAN - 80}s", str(BEGAN + 80), "2026-05-28T17:41:20Z"])
def test_since_takes_a_duration_or_an_instant(rollguard, since):
    rollguard.say(DECISIONS, RECOMMENDED, WITHHELD)

    assert [event["id"] for event in rollguard.document("decisions", "--since", since)["events"]] == ["withheld-1"]


def test_the_newest_are_shown_and_the_rest_is_counted(rollguard):
    rollguard.say(DECISIONS, WITHHELD, RECOMMENDED)

    document = rollguard.document("decisions", "--limit", 1)

    assert ([event["id"] for event in document["events"]], document["left_out"]) == (["withheld-1"], 1)


def test_a_limit_of_nought_shows_all(rollguard):
    rollguard.say(SIGNALS, *(msgspec.structs.replace(FORECAST, id=f"forecast-{n}") for n in range(60)))

    assert len(rollguard.document("signals", "--limit", 0)["events"]) == 60


def test_an_event_that_was_published_twice_is_listed_once(rollguard):
    rollguard.say(DECISIONS, RECOMMENDED, RECOMMENDED)

    assert len(rollguard.document("decisions")["events"]) == 1


def test_a_record_that_cannot_be_read_is_counted_and_hides_no_other(rollguard):
    rollguard.say(DECISIONS, RECOMMENDED)
    rollguard.put(DECISIONS.name, b"not json")

    assert rollguard.document("decisions")["unreadable"] == 1
    assert "1 records of rollguard-decisions could not be read" in rollguard("decisions").stderr


def test_escape_codes_in_an_event_do_not_reach_the_terminal(rollguard):
    evil = msgspec.structs.replace(SUCCEEDED, summary="\x1b[2Jgone\nnext\tline")
    rollguard.say(OUTCOMES, evil)

    shown = rollguard("outcomes").stdout

    assert r"\x1b[2Jgone\nnext\tline" in shown
    assert "\x1b" not in shown


def test_following_goes_on_with_what_comes_until_interrupted(rollguard):
    rollguard.bus = _Live([[RECOMMENDED], [], [WITHHELD, RECOMMENDED]])

    result = rollguard("decisions", "--follow", "--json")

    assert result.exit_code == 130
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["rollback-1", "withheld-1"]


class _Live(MemoryBus):
    """A bus on which something is said at each poll, until the person at the keyboard has had enough."""

    def __init__(self, said):
        super().__init__(partitions=1)
        self.said = said

    def follower(self, topics):
        return _LiveFollower(self, tuple(topics))


class _LiveFollower(MemoryFollower):
    async def catch_up(self):
        if not self._bus.said:
            raise KeyboardInterrupt
        for event in self._bus.said.pop(0):
            self._bus.append(codec.encode(DECISIONS, event, source="/test"))
        return await super().catch_up()
