"""
The settings of all subcommands, in one table: each is a flag, and an environment variable that gives its default.

``--poll-seconds`` is ``ROLLGUARD_EXAMPLE_POLL_SECONDS``. A value of the wrong type is refused by argparse wherever it came from.
"""

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

PREFIX = "ROLLGUARD_EXAMPLE_"


class Setting(msgspec.Struct, frozen=True):
    """One setting: its default as text, how to read it, what it means."""

    default: str
    read: Callable[[str], Any]
    means: str


def positive(text: str) -> float:
    """Read a number above zero."""
    number = float(text)
    if not number > 0:
        raise ValueError(text)
    return number


SETTINGS: Mapping[str, Setting] = {
    "tracking-uri": Setting("http://127.0.0.1:5000", str, "the MLflow server"),
    "model": Setting("tumour-classifier", str, "the registered model, and the name of its experiment"),
    "alias": Setting("champion", str, "the alias that names the version to serve"),
    "workload": Setting("demo/tumour-classifier", str, "namespace/name, the key of the telemetry"),
    "revision": Setting("", str, "serve the model that the server carries under this revision, and ask no registry"),
    "fault": Setting("none", str, "the fault of the model that the server carries"),
    "kafka": Setting("127.0.0.1:9092", str, "bootstrap servers, host:port, comma-separated"),
    "topic": Setting("rollguard-metrics", str, "the topic of the telemetry"),
    "host": Setting("127.0.0.1", str, "the address to serve on"),
    "port": Setting("8080", int, "the port to serve on"),
    "poll-seconds": Setting("1", positive, "how often the alias is read"),
    "telemetry-seconds": Setting("1", positive, "how often telemetry is sent"),
    "url": Setting("http://127.0.0.1:8080", str, "the server to load"),
    "requests-per-second": Setting("40", positive, "the rate of all clients together"),
    "rows-per-request": Setting("4", int, "labelled rows in a request"),
    "clients": Setting("16", int, "requests in flight at most"),
    "slow-seconds": Setting("0.25", positive, "a slower answer hurts"),
}


def add_settings(parser: ArgumentParser, names: tuple[str, ...], environ: Mapping[str, str]) -> None:
    """Give a parser some of the settings."""
    for name in names:
        setting = SETTINGS[name]
        variable = PREFIX + name.upper().replace("-", "_")
        default = environ.get(variable, setting.default)
        parser.add_argument(
            f"--{name}", type=setting.read, default=default, help=f"{setting.means} ({variable}; {setting.default})"
        )
