"""
``rollguard up``: a whole rollguard on this machine, until Ctrl-C.

Everything that it started ends with it, and Ctrl-C is its orderly end (exit code 0). The actuator plans and changes nothing unless
``--mode act`` is said: who wants to look around must not move an alias by it.
"""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from rollguard_console.command import command, family
from rollguard_console.console import Console
from rollguard_console.local import broker, mlflow_server, services
from rollguard_console.local.children import Child, ChildFailed, refuse_ended
from rollguard_console.local.interruption import interruptible
from rollguard_console.local.part import BrokerKind, CannotBeHad, Part
from rollguard_console.output import Table
from rollguard_runtime.errors import Permanent
from rollguard_runtime.settings import SharedSettings

app = family()
_RUNS = Path(".rollguard")
_PARTITIONS = 4
_READY_SECONDS = 120.0
_LOOK_SECONDS = 1.0


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """One part, for the table."""

    name: str
    what: str
    address: str
    log: str


class _Household:
    """The parts that run, and their end, in the reverse order of their start."""

    def __init__(self, run_dir: Path, curtain: ExitStack) -> None:
        self.run_dir = run_dir.resolve()
        self.children: list[Child] = []
        self.running: list[Running] = []
        self._curtain = curtain

    def keep_part(self, name: str, part: Part) -> None:
        """Keep a broker or a registry until the end."""
        self._curtain.enter_context(part)
        log = "" if part.child is None else str(part.child.log_path)
        self.running.append(Running(name=name, what=part.description, address=part.address, log=log))
        self.children += [part.child] if part.child else []

    def keep_service(self, service: services.Service) -> None:
        """Keep a service until the end."""
        self._curtain.callback(service.child.stop)
        address = f"http://127.0.0.1:{service.port}"
        self.running.append(Running(name=service.name, what="service", address=address, log=str(service.child.log_path)))
        self.children.append(service.child)


@command(app, "up")
async def up(
    console: Console,
    *,
    kind: Annotated[
        BrokerKind | None,
        typer.Option("--broker", help="kafka needs Java and Maven; given is ROLLGUARD_KAFKA."),
    ] = None,
    mode: Annotated[Literal["dry-run", "act"], typer.Option(help="Whether the actuator changes anything.")] = "dry-run",
) -> None:
    """Run a whole rollguard on this machine until Ctrl-C."""
    environ = {**console.environ, **({"ROLLGUARD_KAFKA": console.kafka} if console.kafka else {})}
    try:
        with ExitStack() as curtain:
            household = _Household(_RUNS / f"up-{os.getpid()}", curtain)
            with interruptible():
                await _start(console, household, environ, kind, mode)
            _tell(console, household)
            await _until_stopped(household)
            console.output.note("stopping")
    except (CannotBeHad, ChildFailed) as error:
        raise Permanent(str(error)) from error


async def _start(
    console: Console,
    household: _Household,
    environ: Mapping[str, str],
    kind: BrokerKind | None,
    mode: Literal["dry-run", "act"],
) -> None:
    """Start broker, topics, registry and services, in this order, and wait until all are ready."""
    console.output.note("starting the broker")
    bus_part = broker.start(household.run_dir, kind=kind, environ=environ)
    household.keep_part("broker", bus_part)
    await console.apply_topics(SharedSettings(kafka=bus_part.bootstrap), partitions=_PARTITIONS, replication=1)
    console.output.note(f"{bus_part.description} is ready; starting MLflow")
    registry = mlflow_server.start(household.run_dir, environ=environ)
    household.keep_part("mlflow", registry)
    console.output.note(f"{registry.description} is ready; starting the services")
    started: list[services.Service] = []
    for name in services.SERVICES:
        started.append(
            services.start(
                name, kafka=bus_part.bootstrap, mlflow_url=registry.url, run_dir=household.run_dir, mode=mode, environ=environ
            )
        )
        household.keep_service(started[-1])
    for service in started:
        service.child.wait_until(service.is_ready, timeout_seconds=_READY_SECONDS)


def _tell(console: Console, household: _Household) -> None:
    """Show where everything is, with the settings that lead the other commands there."""
    rows = [(each.name, each.what, each.address, each.log) for each in household.running]
    bus_part, *others = household.running
    exports = [f"export ROLLGUARD_KAFKA={bus_part.address}"]
    exports += [f"export ROLLGUARD_CONSOLE_{each.name.upper()}_URL={each.address}" for each in others]
    document = {"parts": household.running, "kafka": bus_part.address}
    console.output.answer(document, Table(("part", "what", "address", "log"), rows), *exports)
    console.output.note("Ctrl-C ends it all")


async def _until_stopped(household: _Household) -> None:
    """Wait for Ctrl-C or SIGTERM, or for the first part that ends by itself."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    while not stop.is_set():
        refuse_ended(household.children)
        try:
            await asyncio.wait_for(stop.wait(), timeout=_LOOK_SECONDS)
        except TimeoutError:
            continue
