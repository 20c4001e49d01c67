"""
``rollguard-decider alerts``: run alerting, or try a channel by hand.

``test`` sends an incident that is made up, and its end, so that a wrong key shows on the day on which it is set and not on the
day on which somebody should have been woken.
"""

import argparse
import asyncio
import os
import sys
import time
from typing import Any

from rollguard_decider.alert_settings import AlertSettings
from rollguard_decider.core.incidents.example import example
from rollguard_decider.core.incidents.ports import AlertSink
from rollguard_decider.sinks.choosing import sinks_of
from rollguard_runtime import service
from rollguard_runtime.errors import Permanent, SettingsRefused, Temporary
from rollguard_runtime.service import EXIT_FAILED, EXIT_SETTINGS, Process
from rollguard_runtime.settings import load

SERVICE = "alerts"


def add_alerts(commands: Any) -> None:
    """Add the words to the command line."""
    parser: argparse.ArgumentParser = commands.add_parser(
        SERVICE, help="tell people: alerts to Alertmanager, PagerDuty, Slack, ..."
    )
    words = parser.add_subparsers(dest="word", required=True)
    words.add_parser("run", help="run until SIGTERM; settings come from ROLLGUARD_ALERTS_* variables")
    words.add_parser("list", help="list the channels that the settings ask for")
    test = words.add_parser("test", help="send a made-up incident and its end to one channel, or to all")
    test.add_argument("--sink", help="only this channel, by its name in `list`")
    test.add_argument("--leave-open", action="store_true", help="do not send the end")


def alerts(given: argparse.Namespace) -> int:
    """Do what was asked; the exit codes are those of ``rollguard_runtime.service``."""
    if given.word == "run":
        return service.run(SERVICE, AlertSettings, _serve, package="rollguard-decider")
    try:
        sinks = sinks_of(load(AlertSettings, SERVICE, os.environ), clock=time.time)
    except SettingsRefused as error:
        print(f"rollguard-decider alerts: {error}", file=sys.stderr)
        return EXIT_SETTINGS
    names = [sink.name for sink in sinks]
    if given.word == "list":
        print("\n".join(names))
        return 0
    if given.sink not in (None, *names):
        print(f"rollguard-decider alerts: {given.sink} is not set up; there are {', '.join(names)}", file=sys.stderr)
        return EXIT_SETTINGS
    return asyncio.run(_try([sink for sink in sinks if given.sink in (None, sink.name)], leave_open=given.leave_open))


async def _serve(settings: AlertSettings, process: Process) -> None:
    from rollguard_decider.shell.alerting.serve import serve  # noqa: PLC0415  # `test` needs no broker

    await serve(settings, process, sinks_of(settings, clock=time.time))


async def _try(sinks: list[AlertSink], *, leave_open: bool) -> int:
    """Send the example; say how it went for each channel."""
    failed = 0
    for sink in sinks:
        try:
            for alert in example(time.time())[: 1 if leave_open else 2]:
                await sink.send(alert)
                print(f"{sink.name}: {alert.status} was taken")
        except (Temporary, Permanent) as error:
            failed += 1
            print(f"{sink.name}: {error}", file=sys.stderr)
        finally:
            await sink.close()
    return EXIT_FAILED if failed else 0
