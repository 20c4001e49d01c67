"""
The HTTP server: POST /predict, GET /revision, GET /healthz.

A handler reads as gather, decide, apply: the question and the version that serves, what the version answers, then the delay, the
observation and the response. A question that cannot be read is its sender's mistake and no observation of the model.
"""

import asyncio
import signal
import time
from contextlib import suppress
from typing import Annotated

import msgspec
import uvicorn
from msgspec import Meta
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from rollguard_example_server.publishing import BACKLOG_SAMPLES, Broker, Outbox, sample_for_ever, send_for_ever
from rollguard_example_server.registry import Registry
from rollguard_example_server.serving import Serving
from rollguard_example_server.window import Window

_STOP_SECONDS = 5.0

FeatureRow = Annotated[list[float], Meta(min_length=30, max_length=30)]


class Question(msgspec.Struct, frozen=True):
    """Rows to classify, with the truth where the sender knows it."""

    features: Annotated[list[FeatureRow], Meta(min_length=1, max_length=1_000)]
    labels: list[int] | None = None

    def __post_init__(self) -> None:
        """Refuse labels that are not in step with the rows."""
        if self.labels is not None and len(self.labels) != len(self.features):
            raise ValueError("give one label a row, or none")


class ServeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to serve."""

    workload: str
    host: str
    port: int
    poll_seconds: float
    telemetry_seconds: float


class Endpoints:
    """What the server answers, and on whose behalf."""

    def __init__(self, serving: Serving, window: Window) -> None:
        self._serving, self._window = serving, window

    async def predict(self, request: Request) -> Response:
        """Classify rows; 400 for what is no question, 503 before the first model, 500 when the model fails."""
        started = time.perf_counter()
        try:
            question = msgspec.json.decode(await request.body(), type=Question)
        except (msgspec.DecodeError, UnicodeDecodeError, ClientDisconnect) as error:
            return _json({"error": str(error)}, 400)
        served = self._serving.current
        if served is None:
            return _json({"error": "no model is loaded yet"}, 503)
        effects = served.effects()
        predictions = served.answer(question.features, effects)
        labelled, correct = _score(predictions, question.labels)
        await asyncio.sleep(effects.latency_seconds)
        latency_seconds = time.perf_counter() - started
        self._window.observe(served.revision, latency_seconds, failed=predictions is None, labelled=labelled, correct=correct)
        if predictions is None:
            return _json({"error": "the model failed", "revision": served.revision}, 500)
        return _json({"predictions": predictions, "revision": served.revision})

    async def revision(self, _request: Request) -> Response:
        """Say which revision serves; null before the first."""
        return _json({"revision": self._serving.current.revision if self._serving.current else None})

    async def healthz(self, _request: Request) -> Response:
        """200 once a model serves."""
        return _json({"status": "serving"}) if self._serving.current else _json({"status": "no model is loaded yet"}, 503)


def application(serving: Serving, window: Window) -> Starlette:
    """Make the ASGI application."""
    endpoints = Endpoints(serving, window)
    return Starlette(
        routes=[
            Route("/predict", endpoints.predict, methods=["POST"]),
            Route("/revision", endpoints.revision),
            Route("/healthz", endpoints.healthz),
        ]
    )


async def serve(registry: Registry, broker: Broker, options: ServeOptions) -> None:
    """Serve until SIGTERM or SIGINT; a loop that fails ends the whole, loudly."""
    window, outbox = Window(), Outbox(BACKLOG_SAMPLES)
    serving = Serving(registry, window)
    config = uvicorn.Config(application(serving, window), host=options.host, port=options.port, log_level="warning")
    # uvicorn raises the signal again once it has stopped; without a handler of ours that would end the process before its clean-up.
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, lambda: None)
    async with asyncio.TaskGroup() as group:
        loops = [
            group.create_task(serving.follow(options.poll_seconds)),
            group.create_task(
                sample_for_ever(serving, window, outbox, workload=options.workload, every_seconds=options.telemetry_seconds)
            ),
            group.create_task(send_for_ever(outbox, broker)),
        ]
        await uvicorn.Server(config).serve()
        for loop in loops:
            loop.cancel()
    with suppress(TimeoutError):  # a broker that is away does not take the last telemetry
        await asyncio.wait_for(broker.stop(), _STOP_SECONDS)


def _score(predictions: list[int] | None, labels: list[int] | None) -> tuple[int, int]:
    """Count the labelled rows that were answered, and the right ones among them."""
    if predictions is None or labels is None:
        return 0, 0
    return len(labels), sum(prediction == label for prediction, label in zip(predictions, labels, strict=True))


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
