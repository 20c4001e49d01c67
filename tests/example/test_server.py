"""The server, asked over HTTP without a socket."""

import asyncio
import os
import signal
import socket

import httpx
import msgspec

from example.fakes import BrokenModel, ConstantModel, FakeBroker
from rollguard_example_server.dataset import held_out_rows
from rollguard_example_server.server import ServeOptions, serve

ROWS = held_out_rows().features[:4]
QUESTION = {"features": ROWS, "labels": [1, 1, 1, 0]}


async def test_rows_are_answered_with_the_revision_that_answered(http, serving):
    await serving.refresh()
    response = await http.post("/predict", json=QUESTION)
    assert (response.status_code, response.json()) == (200, {"predictions": [1, 1, 1, 1], "revision": "1"})


async def test_labelled_rows_count_towards_accuracy_and_unlabelled_ones_do_not(http, serving, window):
    await serving.refresh()
    await http.post("/predict", json=QUESTION)
    await http.post("/predict", json={"features": ROWS})
    seen = window.drain()
    assert (seen.requests, seen.errors, seen.labelled, seen.correct) == (2, 0, 4, 3)
    assert seen.latency_p95_seconds > 0


async def test_before_the_first_model_the_server_says_so(http):
    assert (await http.get("/healthz")).status_code == 503
    assert (await http.get("/revision")).json() == {"revision": None}
    assert (await http.post("/predict", json=QUESTION)).status_code == 503


async def test_once_a_model_serves_the_server_is_healthy(http, serving):
    await serving.refresh()
    assert (await http.get("/healthz")).status_code == 200
    assert (await http.get("/revision")).json() == {"revision": "1"}


async def test_a_question_that_cannot_be_read_is_its_senders_mistake_and_no_observation(http, serving, window):
    await serving.refresh()
    wrong = (b"{", b"\xff", b'{"features": []}', b'{"features": [[1.0]]}', msgspec.json.encode({"features": ROWS, "labels": [1]}))
    for body in wrong:
        assert (await http.post("/predict", content=body)).status_code == 400, body
    assert window.drain().requests == 0


async def test_a_model_that_raises_is_a_failed_request(http, serving, registry, window):
    registry.roll_out("2", model=BrokenModel())
    await serving.refresh()
    response = await http.post("/predict", json=QUESTION)
    assert (response.status_code, response.json()["revision"]) == (500, "2")
    seen = window.drain()
    assert (seen.requests, seen.errors, seen.labelled) == (1, 1, 0)


async def test_an_errors_fault_fails_every_request_once_it_is_grown(http, serving, registry, clock, window):
    registry.roll_out("2", fault="errors:0.005")
    await serving.refresh()
    assert (await http.post("/predict", json=QUESTION)).status_code == 200
    clock.now += 200
    assert (await http.post("/predict", json=QUESTION)).status_code == 500
    assert window.drain().errors == 1


async def test_an_accuracy_fault_flips_every_answer_once_it_is_grown(http, serving, registry, clock):
    registry.roll_out("2", model=ConstantModel(0), fault="accuracy:0.01")
    await serving.refresh()
    assert (await http.post("/predict", json=QUESTION)).json()["predictions"] == [0, 0, 0, 0]
    clock.now += 100
    assert (await http.post("/predict", json=QUESTION)).json()["predictions"] == [1, 1, 1, 1]


async def test_an_accuracy_fault_flips_about_the_share_that_it_says(http, serving, registry, clock):
    registry.roll_out("2", model=ConstantModel(0), fault="accuracy:0.01")
    await serving.refresh()
    clock.now += 20
    answers = (await http.post("/predict", json={"features": ROWS * 250})).json()["predictions"]
    assert 0.15 < sum(answers) / len(answers) < 0.25


async def test_a_latency_fault_shows_in_the_latency_that_is_reported(http, serving, registry, clock, window):
    registry.roll_out("2", fault="latency:0.004")
    await serving.refresh()
    clock.now += 10
    await http.post("/predict", json=QUESTION)
    assert window.drain().latency_p95_seconds >= 0.04


async def test_the_whole_server_answers_publishes_and_ends_in_order_at_sigterm(registry):
    broker, port = FakeBroker(), free_port()
    options = ServeOptions(workload="demo/model", host="127.0.0.1", port=port, poll_seconds=0.01, telemetry_seconds=0.01)
    async with asyncio.timeout(30):
        server = asyncio.ensure_future(serve(registry, broker, options))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            while not (await is_healthy(http) and broker.taken):  # noqa: ASYNC110  # asked over HTTP, as an orchestrator does
                await asyncio.sleep(0.01)
            assert (await http.post("/predict", json=QUESTION)).status_code == 200
        os.kill(os.getpid(), signal.SIGTERM)
        await server
    assert broker.is_stopped


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


async def is_healthy(http):
    try:
        return (await http.get("/healthz")).is_success
    except httpx.TransportError:
        return False
