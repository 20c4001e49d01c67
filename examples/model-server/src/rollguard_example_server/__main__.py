"""
The command: train, register, promote, serve, load.

MLflow and scikit-learn take seconds to import, so each subcommand imports what it needs when it runs. Every subcommand that ends
prints JSON lines on standard output; logs and progress go to standard error.
"""
# ruff: noqa: PLC0415  # imports wait inside the subcommands: `load --help` must not wait for MLflow

import asyncio
import json
import logging
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rollguard_example_server import faults
from rollguard_example_server.settings import add_settings

EXIT_USAGE = 2

# MLflow's client reads these when it is imported. Few retries: the alias is polled anyway, and a stop must not wait for minutes.
MLFLOW_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_UV_AUTO_DETECT": "false",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; 0 done, 2 wrong usage, and 1 with the traceback where the registry or the port refuses."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    logging.getLogger("rollguard_example_server").setLevel(logging.INFO)
    for name, text in MLFLOW_ENVIRONMENT.items():
        os.environ.setdefault(name, text)
    try:
        options.run(options)
    except faults.UnknownFault as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="rollguard-example-server", description="A served model that emits telemetry as producers do.")
    commands = parser.add_subparsers(required=True)
    registry = ("tracking-uri", "model")

    def command(name: str, run: Any, settings: tuple[str, ...]) -> ArgumentParser:
        added = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
        added.set_defaults(run=run)
        add_settings(added, settings, os.environ)
        return added

    command("train", _train, ())
    register = command("register", _register, (*registry, "alias"))
    register.add_argument("--fault", action="append", help=f"{faults.examples()}, or {faults.HEALTHY}; once a version, in order")
    register.add_argument("--promote", action="store_true", help="point the alias at the first of the new versions")
    promote = command("promote", _promote, (*registry, "alias"))
    promote.add_argument("version")
    serving = ("kafka", "topic", "host", "port", "poll-seconds", "telemetry-seconds")
    command("serve", _serve, (*registry, "alias", "workload", "revision", "fault", *serving))
    load = command("load", _load, ("url", "requests-per-second", "rows-per-request", "clients", "slow-seconds"))
    load.add_argument("--seconds", type=float, default=0.0, help="stop after so long; 0 goes on until interrupted")
    load.add_argument("--report", type=Path, help="write one JSON line a second to this file")
    load.add_argument("--progress", action="store_true", help="write one JSON line a second to standard error")
    return parser


def _train(options: Namespace) -> None:  # noqa: ARG001  # all subcommands are called alike
    """Train the model and print its accuracy; nothing is written."""
    from rollguard_example_server.fitting import train

    print(json.dumps({"accuracy": train().accuracy_ratio}))


def _register(options: Namespace) -> None:
    """Train, log and register one version, or one for each --fault."""
    wanted = options.fault or [faults.HEALTHY]
    for fault in wanted:
        faults.parse(fault)
    from rollguard_example_server import training

    client = _client(options)
    versions = []
    for fault in wanted:
        versions.append(training.register(client, options.model, fault))
        print(json.dumps({"model": options.model, "version": versions[-1], "fault": fault}), flush=True)
    if options.promote:
        training.promote(client, options.model, options.alias, versions[0])


def _promote(options: Namespace) -> None:
    """Point the alias at a version."""
    from rollguard_example_server import training

    training.promote(_client(options), options.model, options.alias, options.version)
    print(json.dumps({"model": options.model, "alias": options.alias, "version": options.version}))


def _serve(options: Namespace) -> None:
    """Serve what the alias names, or the model that the server carries, and publish telemetry."""
    from rollguard_example_server.publishing import KafkaBroker
    from rollguard_example_server.server import ServeOptions, serve

    faults.parse(options.fault)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # our own line says once that the broker is away
    broker = KafkaBroker(options.kafka, options.topic)
    fields = {name: getattr(options, name) for name in ServeOptions.__struct_fields__}
    asyncio.run(serve(_source(options), broker, ServeOptions(**fields)))


def _source(options: Namespace) -> Any:
    """Say where the model comes from; a server that carries it never loads MLflow."""
    if options.revision:
        from rollguard_example_server.built_in import BuiltIn

        return BuiltIn(revision=options.revision, fault=options.fault)
    from rollguard_example_server.mlflow_registry import MlflowRegistry

    return MlflowRegistry(_client(options), model=options.model, alias=options.alias)


def _load(options: Namespace) -> None:
    """Send labelled requests at a fixed rate; print what came of them."""
    from rollguard_example_server.load import LoadOptions, load

    logging.getLogger("httpx").setLevel(logging.WARNING)
    fields = {name: getattr(options, name) for name in LoadOptions.__struct_fields__}
    print(load(LoadOptions(**fields)), end="")


def _client(options: Namespace) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=options.tracking_uri)


if __name__ == "__main__":
    sys.exit(main())
