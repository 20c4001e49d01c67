"""The load generator: what it counts, how it keeps its rate, what it writes."""

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollguard_example_server.dataset import held_out_rows, training_rows
from rollguard_example_server.load import Answer, LoadOptions, Report, Tally, _bodies, ask, next_slot

GOOD = Answer(latency_seconds=0.1, failed=False, revision="1")


def options(report=None):
    return LoadOptions(
        url="http://model",
        requests_per_second=40,
        rows_per_request=4,
        clients=16,
        seconds=1,
        slow_seconds=0.25,
        report=report,
        progress=False,
    )


def test_a_slow_failure_hurts_once():
    tally = Tally(slow_seconds=0.25)
    for answer in (
        GOOD,
        Answer(0.3, failed=False, revision="1"),
        Answer(0.1, failed=True, revision="2"),
        Answer(9.0, failed=True, revision=None),
    ):
        tally.add(answer)
    counts = tally.counts()
    assert (counts["requests"], counts["errors"], counts["slow"], counts["hurt"]) == (4, 2, 2, 3)
    assert counts["revision"] == "2"


def test_a_second_without_requests_has_no_latency():
    assert Tally(slow_seconds=0.25).counts()["latency_p95_seconds"] is None


def test_the_report_has_a_line_a_second_and_the_whole_at_the_end(tmp_path):
    path = tmp_path / "load.jsonl"
    with path.open("w") as file:
        report = Report(options(path), file)
        for second in range(2):
            report.add(GOOD)
            report.end_second(1_700_000_000.0 + second)
        whole = json.loads(report.end(2.0))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["time_unix_seconds"], line["requests"]) for line in lines] == [(1_700_000_000.0, 1), (1_700_000_001.0, 1)]
    assert (whole["seconds"], whole["requests"], whole["hurt"]) == (2.0, 2, 0)


@given(
    st.integers(min_value=0, max_value=10_000),
    st.floats(min_value=0, max_value=1_000),
    st.floats(min_value=0.01, max_value=10),
)
def test_the_next_slot_lies_ahead_and_no_slot_is_caught_up_with(slot, late_seconds, interval_seconds):
    ahead = (next_slot(slot, late_seconds, interval_seconds) - slot) * interval_seconds
    assert ahead >= late_seconds - 1e-6
    assert ahead <= max(late_seconds, 0) + interval_seconds + 1e-6


@pytest.mark.parametrize(
    ("status", "content", "failed", "revision"),
    [(200, b'{"revision": "3"}', False, "3"), (500, b'{"revision": "3"}', True, "3"), (502, b"<html>", True, None)],
)
async def test_an_answer_is_counted_by_its_status(status, content, failed, revision):
    transport = httpx.MockTransport(lambda request: httpx.Response(status, content=content))
    async with httpx.AsyncClient(transport=transport, base_url="http://model") as http:
        answer = await ask(http, b"{}")
    assert (answer.failed, answer.revision) == (failed, revision)


async def test_no_answer_is_a_failure_of_the_server_and_not_of_the_load():
    def refuse(request):
        raise httpx.ConnectError("nobody listens")

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse), base_url="http://model") as http:
        assert (await ask(http, b"{}")).failed


def test_requests_go_round_the_held_out_rows():
    rows = held_out_rows()
    bodies = _bodies(rows, 4)
    sent = [json.loads(next(bodies)) for _ in range(48)]
    assert sent[0]["features"] == rows.features[:4]
    assert sent[0]["labels"] == rows.labels[:4]
    assert sent[47]["features"][:2] == rows.features[188:]
    assert sent[47]["features"][2:] == rows.features[:2]


def test_no_row_is_both_learnt_and_sent():
    learnt, sent = training_rows(), held_out_rows()
    assert len(learnt.labels) + len(sent.labels) == 569
    assert not {tuple(row) for row in learnt.features} & {tuple(row) for row in sent.features}


def test_a_run_of_any_length_keeps_a_bounded_number_of_latencies():
    tally = Tally(slow_seconds=0.25)
    for _ in range(10_050):
        tally.add(GOOD)

    assert tally.requests == 10_050
    assert len(tally.latencies_seconds) == 10_000
