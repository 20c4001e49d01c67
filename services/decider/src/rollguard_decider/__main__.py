"""
``rollguard-decider run``, ``replay``, ``ledger`` and ``alerts``: wiring, and nothing else.

faust is imported only behind the command, so that ``--help`` and a wrong setting answer at once.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from typing import TYPE_CHECKING

from rollguard_decider.alerts_command import add_alerts, alerts
from rollguard_decider.settings import DeciderSettings
from rollguard_runtime import logs, service
from rollguard_runtime.command_keys import read_keys
from rollguard_runtime.errors import Temporary
from rollguard_runtime.service import Process
from rollguard_schemas.topics import SIGNALS

if TYPE_CHECKING:
    from rollguard_decider.shell.orders_judged import OrdersJudged

_RETRY_SECONDS = 0.5

log = logs.get("decider")


async def serve(settings: DeciderSettings, process: Process) -> None:
    """Run every part until told to stop, or until one fails."""
    from rollguard_decider.shell.app import create_app  # noqa: PLC0415  # heavy
    from rollguard_decider.shell.context import FOLLOWED, Context  # noqa: PLC0415  # as above
    from rollguard_decider.shell.counter import Counter  # noqa: PLC0415  # as above
    from rollguard_decider.shell.desk import Desk  # noqa: PLC0415  # as above
    from rollguard_decider.shell.publisher import Publisher  # noqa: PLC0415  # as above
    from rollguard_decider.shell.reconciler import Reconciler  # noqa: PLC0415  # as above
    from rollguard_decider.shell.stopping import until_stopped  # noqa: PLC0415  # as above
    from rollguard_decider.shell.timers import Timers  # noqa: PLC0415  # as above
    from rollguard_decider.shell.worker import Worker  # noqa: PLC0415  # as above

    partitions = await _partitions(process)
    if process.stop.is_set():
        return
    context = Context(process.bus.follower(FOLLOWED), process.progress, orders=_orders(settings))
    publisher = Publisher(process.sink, dead_letter_limit=settings.dead_letter_limit)
    desk = Desk(publisher, context)

    def reassigned() -> None:
        context.expire()
        desk.close()

    with tempfile.TemporaryDirectory(prefix="rollguard-decider-") as data_dir:
        app = create_app(settings, partitions=partitions, data_dir=data_dir, take=desk.take, on_assigned=reassigned)
        worker = Worker(app, process.progress)
        reconciler = Reconciler(settings, context, publisher, worker.was_read)
        counter = Counter(context.orders.waiting, desk, worker.owns)
        timers = Timers(context, desk, worker.owns)
        await process.run_together(
            context.run(process.stop),
            worker.run(process.stop),
            counter.run(process.stop, process.progress),
            timers.run(process.stop, process.progress),
            reconciler.run(process.stop, process.progress),
            until_stopped(_failure(desk.flooded), process.stop),
        )


def _orders(settings: DeciderSettings) -> "OrdersJudged":
    from rollguard_decider.shell.orders_judged import WHERE, OrdersJudged  # noqa: PLC0415  # as above

    keys = read_keys(settings.command_keys, WHERE) if settings.command_keys else None
    return OrdersJudged(keys, max_age_seconds=settings.command_max_age_seconds)


async def _partitions(process: Process) -> int:
    """Wait for the topics; a faust worker that starts before them was seen to hear nothing for a minute."""
    while not process.stop.is_set():
        try:
            counts = await process.bus.partition_counts([SIGNALS.name])
        except Temporary as error:
            log.warning("waiting for the topics", because=str(error))
            counts = {}
        if counts:
            return counts[SIGNALS.name]
        await asyncio.sleep(_RETRY_SECONDS)
    return 0


async def _failure(flooded: "asyncio.Future[None]") -> None:
    await flooded


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    parser = argparse.ArgumentParser(prog="rollguard-decider", description="Applies rollback policy to signals.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="run until SIGTERM; settings come from ROLLGUARD_* variables")
    _add_tools(commands)
    add_alerts(commands)
    given = parser.parse_args()
    if given.command == "alerts":
        sys.exit(alerts(given))
    if given.command == "replay":
        from rollguard_decider.replay import replay  # noqa: PLC0415  # the service does not need it

        sys.exit(replay(given))
    if given.command == "ledger":
        from rollguard_decider.ledger import ledger  # noqa: PLC0415  # as above

        sys.exit(ledger(given))
    exit_code = service.run("decider", DeciderSettings, serve)
    sys.stderr.flush()
    os._exit(exit_code)  # faust's threads may outlive their loop, and would keep a stalled process from ending


def _add_tools(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    tool = commands.add_parser(
        "replay",
        help="say what would have been decided on a recorded past",
        description="Reads a tape on standard input, as `rollguard-detector replay` writes it, and writes the decisions, a JSON "
        "line each. Exit code 1: lines could not be read; 2: nothing could be done.",
    )
    tool.add_argument("--policies", required=True, metavar="FILE", help="the policies, a line of JSON each")
    tool.add_argument("--echo", action="store_true", help="write what was heard as well, each decision behind what led to it")
    known = commands.add_parser(
        "ledger",
        help="say which revisions of a workload are known to be good",
        description="Reads a tape on standard input and writes the ledger of one workload as JSON. Exit codes as those of replay.",
    )
    known.add_argument("--policies", required=True, metavar="FILE", help="the policies, a line of JSON each; may be empty")
    known.add_argument("--workload", required=True, metavar="NAMESPACE/NAME", help="whose revisions")
    known.add_argument("--now", type=float, required=True, metavar="SECONDS", help="the Unix time to say it for")


if __name__ == "__main__":
    main()
