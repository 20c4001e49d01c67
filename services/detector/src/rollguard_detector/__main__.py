"""
The detector's command. Heavy imports wait until a service is really started, so that ``--help`` answers at once.
"""

import argparse
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="rollguard-detector",
        description="Learns every series of rollguard-metrics online and publishes anomalies and breach forecasts. "
        "Settings come from ROLLGUARD_* and ROLLGUARD_DETECTOR_* variables.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="run the service until SIGTERM or SIGINT")
    parser.parse_args(arguments)
    return _run()


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
