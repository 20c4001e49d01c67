"""
The detector's command: the service, and its judgement on plain data.

Heavy imports wait until what needs them is really started, so that ``--help`` answers at once and ``score`` in a fraction of a
second.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

from rollguard_detector.backtest.arguments import add_replay
from rollguard_detector.plain.arguments import add_tools
from rollguard_detector.plain.objectives import read_duration


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="rollguard-detector",
        description="Learns series online, and says what is odd in them and which objective they will breach.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    service = commands.add_parser(
        "run",
        help="run the service until SIGTERM or SIGINT",
        description="Learns every series of rollguard-metrics online and publishes anomalies and breach forecasts. "
        "Settings come from ROLLGUARD_* and ROLLGUARD_DETECTOR_* variables.",
    )
    service.set_defaults(run=lambda _: _run())
    rekey = commands.add_parser(
        "rekey",
        help="bring points without a key to one partition a workload, until SIGTERM or SIGINT",
        description="Reads the topics of ROLLGUARD_DETECTOR_REKEY_TOPICS and writes their points to rollguard-metrics-keyed,"
        " each under its workload's key. A process of its own, with a group of its own; producers that set the right key skip it.",
    )
    rekey.set_defaults(run=lambda _: _rekey())
    _add_backfill(commands)
    add_tools(commands)
    add_replay(commands)
    asked = parser.parse_args(arguments)
    code: int = asked.run(asked)
    return code


def _add_backfill(commands: "argparse._SubParsersAction[Any]") -> None:
    tool = commands.add_parser(
        "backfill",
        help="say what history would be learned: series, points and range of each source",
        description="Reads history as the service would at its start, without Kafka, and says what there is. Exit code 1: something"
        " could not be read; 2: a source failed, or the list is wrong.",
    )
    tool.add_argument(
        "--check", required=True, metavar="FILE", help="a YAML or JSON list of sources, or a .csv or .parquet file of history"
    )
    tool.add_argument(
        "--back", type=read_duration, metavar="7d", help="how far back (default: ROLLGUARD_DETECTOR_BACKFILL_SECONDS)"
    )
    tool.add_argument("--json", action="store_true", help="a line of JSON a source")
    tool.set_defaults(run=_check_backfill)


def _check_backfill(asked: argparse.Namespace) -> int:
    import asyncio  # noqa: PLC0415  # slow, and not needed for --help

    from rollguard_detector.core.history import span_before  # noqa: PLC0415  # heavy, and not needed for --help
    from rollguard_detector.history.drivers import sources_of  # noqa: PLC0415  # as above
    from rollguard_detector.history.survey import EXIT_FAILED, check  # noqa: PLC0415  # as above
    from rollguard_detector.settings import DetectorSettings  # noqa: PLC0415  # as above
    from rollguard_runtime.errors import Permanent, SettingsRefused  # noqa: PLC0415  # as above
    from rollguard_runtime.settings import load  # noqa: PLC0415  # as above

    try:
        settings = load(DetectorSettings, "detector", os.environ)
        back = asked.back or settings.backfill_seconds
        span = span_before(time.time(), rewind_seconds=settings.rewind_seconds, back_seconds=back)
        return asyncio.run(check(sources_of(asked.check), span, sys.stdout, sys.stderr, as_json=asked.json))
    except (SettingsRefused, Permanent) as error:
        print(f"rollguard-detector: {error}", file=sys.stderr)
        return EXIT_FAILED


def _run() -> int:
    from rollguard_detector.core.identity import Identities  # noqa: PLC0415  # heavy, and not needed for --help
    from rollguard_detector.core.kinds import Kinds  # noqa: PLC0415  # as above
    from rollguard_detector.core.missing import MissingNumbers  # noqa: PLC0415  # as above
    from rollguard_detector.core.revision_book import RevisionBook  # noqa: PLC0415  # as above
    from rollguard_detector.history.drivers import sources_of  # noqa: PLC0415  # as above
    from rollguard_detector.inputs.by_content_type import ByContentType, codecs  # noqa: PLC0415  # as above
    from rollguard_detector.inputs.reading_rules import formats_of_topics, read_rules  # noqa: PLC0415  # as above
    from rollguard_detector.settings import DetectorSettings  # noqa: PLC0415  # as above
    from rollguard_detector.shell.serving import SERVICE, Reading, serve  # noqa: PLC0415  # as above
    from rollguard_runtime.service import Process, run  # noqa: PLC0415  # as above
    from rollguard_schemas.ids import derive_id  # noqa: PLC0415  # as above

    async def serve_inputs(settings: DetectorSettings, process: Process) -> None:
        rules, formats, book = read_rules(settings.inputs_file), formats_of_topics(settings.topics), RevisionBook()
        identities = Identities(rules.identity_rules, book)
        input_codec = ByContentType(settings.default_format, formats, codecs(identities, Kinds(rules.kinds)))
        digest = derive_id(str(rules), settings.topics, settings.default_format, settings.models)
        reading = Reading(tuple(formats), MissingNumbers(rules.missing), book, digest)
        await serve(settings, process, input_codec, sources_of(settings.backfill_file, identities), reading=reading)

    return run(SERVICE, DetectorSettings, serve_inputs)


def _rekey() -> int:
    from rollguard_detector.core.identity import Identities  # noqa: PLC0415  # heavy, and not needed for --help
    from rollguard_detector.core.kinds import Kinds  # noqa: PLC0415  # as above
    from rollguard_detector.core.revision_book import RevisionBook  # noqa: PLC0415  # as above
    from rollguard_detector.inputs.by_content_type import ByContentType, codecs  # noqa: PLC0415  # as above
    from rollguard_detector.inputs.reading_rules import formats_of_topics, read_rules  # noqa: PLC0415  # as above
    from rollguard_detector.settings import DetectorSettings  # noqa: PLC0415  # as above
    from rollguard_detector.shell.rekeying import serve_rekeying  # noqa: PLC0415  # as above
    from rollguard_detector.shell.serving import SERVICE  # noqa: PLC0415  # as above
    from rollguard_runtime.errors import SettingsRefused  # noqa: PLC0415  # as above
    from rollguard_runtime.service import Process, run  # noqa: PLC0415  # as above

    async def rekey(settings: DetectorSettings, process: Process) -> None:
        rules, formats, book = read_rules(settings.inputs_file), formats_of_topics(settings.rekey_topics), RevisionBook()
        if not formats:
            raise SettingsRefused("ROLLGUARD_DETECTOR_REKEY_TOPICS names no topic to read: otlp_metrics=otlp-protobuf, for example")
        input_codec = ByContentType(
            settings.default_format, formats, codecs(Identities(rules.identity_rules, book), Kinds(rules.kinds))
        )
        await serve_rekeying(settings, process, input_codec, tuple(formats), book)

    return run(SERVICE, DetectorSettings, rekey)


if __name__ == "__main__":
    sys.exit(main())
