"""
The detector's service as a process of its own.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FAREWELL_SECONDS = 30.0


@contextmanager
def running_detector(bootstrap: str, folder: Path, *, max_series: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the service while the context lasts; its log is in the folder."""
    environ = {name: text for name, text in os.environ.items() if not name.startswith("ROLLGUARD_")} | {
        "ROLLGUARD_KAFKA": bootstrap,
        "ROLLGUARD_DETECTOR_HTTP_PORT": "0",
        "ROLLGUARD_LOG_LEVEL": "warning",
        "ROLLGUARD_DETECTOR_MAX_SERIES": str(max_series),
        "ROLLGUARD_DETECTOR_MAX_AHEAD_SECONDS": "1e12",
    }
    with (folder / "detector.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "rollguard_detector", "run"], env=environ, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_FAREWELL_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
