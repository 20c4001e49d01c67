"""
The detector's command: the service, and its judgement on plain data.

Heavy imports wait until what needs them is really started, so that ``--help`` answers at once and ``score`` in a fraction of a
second.
"""

import argparse
import sys
from collections.abc import Sequence

from rollguard_detector.plain.arguments import add_tools


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
    add_tools(commands)
    asked = parser.parse_args(arguments)
    code: int = asked.run(asked)
    return code


def _run() -> int:
    from rollguard_detector.inputs.by_content_type import ByContentType  # noqa: PLC0415  # heavy, and not needed for --help
    from rollguard_detector.settings import DetectorSettings  # noqa: PLC0415  # as above
    from rollguard_detector.shell.serving import SERVICE, serve  # noqa: PLC0415  # as above
    from rollguard_runtime.service import Process, run  # noqa: PLC0415  # as above

    async def serve_inputs(settings: DetectorSettings, process: Process) -> None:
        await serve(settings, process, ByContentType(settings.default_content_type))

    return run(SERVICE, DetectorSettings, serve_inputs)


if __name__ == "__main__":
    sys.exit(main())
