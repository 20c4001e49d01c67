"""
A service as a process: settings, logs, status port, broker, and an orderly end.

Exit codes: 0 stopped as asked, 1 failed, 2 settings refused, 3 stopped by a flood of dead letters. An orchestrator restarts on 1;
2 and 3 need a person, and their last log line says which mend.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import TypeVar

from rollguard_runtime import logs, metrics
from rollguard_runtime.bus import Bus, Sink
from rollguard_runtime.errors import FloodOfDeadLetters, SettingsRefused, Temporary
from rollguard_runtime.http import StatusServer
from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.liveness import Progress
from rollguard_runtime.settings import ServiceSettings, load
from rollguard_runtime.spans import traced

EXIT_FAILED, EXIT_SETTINGS, EXIT_FLOOD = 1, 2, 3
_Settings = TypeVar("_Settings", bound=ServiceSettings)
log = logs.get("service")


class Process:
    """What a running service has to work with."""

    def __init__(self, service: str, settings: ServiceSettings, bus: Bus) -> None:
        self.service = service
        self.bus = bus
        self.sink: Sink = traced(bus.sink(), service=service, endpoint=settings.otlp_endpoint, environ=os.environ)
        self.stop = asyncio.Event()
        self.pages: dict[str, Callable[[], str]] = {}  # what this service tells besides, by its path on the status port
        self.progress = Progress(stalled_after_seconds=settings.stalled_after_seconds)

    async def run_together(self, *loops: Awaitable[None]) -> None:
        """Run loops until one fails or all were stopped; the first failure stops the rest and is raised."""
        tasks = [asyncio.ensure_future(loop) for loop in loops]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            self.stop.set()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def wait_for_broker(self) -> None:
        """Connect the sink; a broker that is not there yet is waited for."""
        while not self.stop.is_set():
            try:
                await self.sink.start()
            except Temporary as error:
                log.warning("waiting for the broker", because=str(error))
                await asyncio.sleep(error.retry_after_seconds)
            else:
                return


def run(
    service: str, settings_type: type[_Settings], main: Callable[[_Settings, Process], Awaitable[None]], *, package: str = ""
) -> int:
    """Run a service until SIGTERM or SIGINT; return its exit code. ``package`` is where it comes from, if not from its own."""
    try:
        settings = load(settings_type, service, os.environ)
    except SettingsRefused as error:
        print(f"rollguard-{service}: {error}", file=sys.stderr)
        return EXIT_SETTINGS
    logs.configure(service, settings.log_level)
    try:
        asyncio.run(_serve(service, package or f"rollguard-{service}", settings, main))
    except SettingsRefused as error:  # found in a file that a setting names
        log.error("settings refused", because=str(error))
        return EXIT_SETTINGS
    except FloodOfDeadLetters as error:
        log.error("stopped", because=str(error))
        return EXIT_FLOOD
    except Exception:
        log.exception("failed")
        return EXIT_FAILED
    return 0


async def _serve(service: str, package: str, settings: _Settings, main: Callable[[_Settings, Process], Awaitable[None]]) -> None:
    bus = KafkaBus(settings, client_id=f"rollguard-{service}", instance_id=settings.instance_id or None)
    process = Process(service, settings, bus)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, process.stop.set)
    status = StatusServer(process.progress, process.pages, host=settings.http_host, port=settings.http_port)
    status.start()
    metrics.BUILD.labels(service, version(package)).set(1)
    log.info("started", kafka=settings.kafka, status_port=status.port)
    try:
        await process.wait_for_broker()
        await main(settings, process)
    finally:
        await process.sink.stop()
        status.stop()
        log.info("stopped")
