"""
The load: clients that send labelled rows at a fixed rate, and count what users would feel.

A request hurts when it fails or is slower than the bound. A wrong answer hurts too, but one cannot be told from the model's usual
few, so wrong ones are left to the accuracy metric. Clients keep their rate and never catch up with a burst: after a slow answer
the slots that it took are skipped, as an impatient user's next click is.
"""

import asyncio
import math
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import count
from pathlib import Path
from typing import TextIO

import httpx
import msgspec

from rollguard_example_server.dataset import Rows, held_out_rows
from rollguard_example_server.window import quantile

_TIMEOUT_SECONDS = 10.0
_KEPT_LATENCIES = 10_000


class LoadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How much, how long, and where to say what came of it; ``seconds`` 0 goes on until stopped."""

    url: str
    requests_per_second: float
    rows_per_request: int
    clients: int
    seconds: float
    slow_seconds: float
    report: Path | None
    progress: bool


class Answer(msgspec.Struct, frozen=True):
    """What one request got."""

    latency_seconds: float
    failed: bool
    revision: str | None


class Tally:
    """Counts of one second, or of the whole run; the p95 is that of the newest answers, since a run may last for weeks."""

    def __init__(self, slow_seconds: float) -> None:
        self._slow_seconds = slow_seconds
        self.requests = self.errors = self.slow = self.hurt = 0
        self.latencies_seconds: deque[float] = deque(maxlen=_KEPT_LATENCIES)
        self.revision: str | None = None

    def add(self, answer: Answer) -> None:
        """Count one answer."""
        is_slow = answer.latency_seconds > self._slow_seconds
        self.requests += 1
        self.errors += answer.failed
        self.slow += is_slow
        self.hurt += answer.failed or is_slow
        self.latencies_seconds.append(answer.latency_seconds)
        self.revision = answer.revision or self.revision

    def counts(self) -> dict[str, object]:
        """Return what is reported."""
        return {
            "requests": self.requests,
            "errors": self.errors,
            "slow": self.slow,
            "hurt": self.hurt,
            "latency_p95_seconds": quantile(self.latencies_seconds, 0.95),
            "revision": self.revision,
        }


class Report:
    """One JSON line a second, to a file and, if asked, to standard error; and the whole at the end."""

    def __init__(self, options: LoadOptions, file: TextIO | None) -> None:
        self._options, self._file = options, file
        self._whole, self._second = Tally(options.slow_seconds), Tally(options.slow_seconds)

    def add(self, answer: Answer) -> None:
        """Count one answer."""
        self._whole.add(answer)
        self._second.add(answer)

    def end_second(self, time_unix_seconds: float) -> None:
        """Write the second that ends now, and begin the next."""
        line = _line({"time_unix_seconds": time_unix_seconds, **self._second.counts()})
        self._second = Tally(self._options.slow_seconds)
        if self._file is not None:
            self._file.write(line)
            self._file.flush()
        if self._options.progress:
            sys.stderr.write(line)

    def end(self, seconds: float) -> str:
        """Return the line of the whole run."""
        return _line({"seconds": round(seconds, 1), **self._whole.counts()})


def load(options: LoadOptions) -> str:
    """Send until the time is over, or SIGTERM or SIGINT; return the line of the whole run."""
    with options.report.open("w") if options.report else nullcontext() as file:
        return asyncio.run(_run(options, Report(options, file)))


async def _run(options: LoadOptions, report: Report) -> str:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    started = time.monotonic()
    bodies = _bodies(held_out_rows(), options.rows_per_request)
    async with httpx.AsyncClient(base_url=options.url, timeout=_TIMEOUT_SECONDS) as http, asyncio.TaskGroup() as group:
        tasks = [group.create_task(_client(http, bodies, report, options, number)) for number in range(options.clients)]
        tasks.append(group.create_task(_seconds(report)))
        await _until(stop, options.seconds)
        for task in tasks:
            task.cancel()
    report.end_second(time.time())
    return report.end(time.monotonic() - started)


async def ask(http: httpx.AsyncClient, body: bytes) -> Answer:
    """Send one request; no answer is a failure, not an error of ours."""
    started = time.perf_counter()
    try:
        response = await http.post("/predict", content=body, headers={"content-type": "application/json"})
        failed, revision = not response.is_success, response.json().get("revision")
    except (httpx.HTTPError, ValueError):
        failed, revision = True, None
    return Answer(time.perf_counter() - started, failed, revision)


def next_slot(slot: int, late_seconds: float, interval_seconds: float) -> int:
    """Return the slot to send in next: the following one, or the first that has not passed yet."""
    return slot + max(1, math.ceil(late_seconds / interval_seconds))


async def _client(http: httpx.AsyncClient, bodies: Iterator[bytes], report: Report, options: LoadOptions, number: int) -> None:
    interval_seconds = options.clients / options.requests_per_second
    first = time.monotonic() + interval_seconds * number / options.clients
    slot = 0
    while True:
        await asyncio.sleep(first + slot * interval_seconds - time.monotonic())
        report.add(await ask(http, next(bodies)))
        slot = next_slot(slot, time.monotonic() - (first + slot * interval_seconds), interval_seconds)


async def _seconds(report: Report) -> None:
    while True:
        await asyncio.sleep(1 - time.time() % 1)
        report.end_second(time.time())


async def _until(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds or None)
    except TimeoutError:
        return


def _bodies(rows: Rows, rows_per_request: int) -> Iterator[bytes]:
    """Return requests for ever, going round the rows."""
    for start in count(step=rows_per_request):
        chosen = [index % len(rows.labels) for index in range(start, start + rows_per_request)]
        yield msgspec.json.encode(
            {"features": [rows.features[index] for index in chosen], "labels": [rows.labels[index] for index in chosen]}
        )


def _line(content: dict[str, object]) -> str:
    return msgspec.json.encode(content).decode() + "\n"
