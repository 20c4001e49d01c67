"""
The real Prometheus server, filled from OpenMetrics text before it starts.

It looks back one second only (by default five minutes), so that it gives the samples that it was given and no repetitions of them.
"""

import shutil
import subprocess
from pathlib import Path

from rollguard_console.local import ports
from rollguard_console.local.children import start_ready
from rollguard_console.local.part import CannotBeHad, Part
from support.ready import is_ready, version_of

_START_SECONDS = 60.0
_FOR_EVER = "100y"  # by default it forgets what is older than 15 days


def start(run_dir: Path, open_metrics: str) -> Part:
    """Start a server that holds these samples; raises ``CannotBeHad`` where it is not installed."""
    server, tool = shutil.which("prometheus"), shutil.which("promtool")
    if server is None or tool is None:
        raise CannotBeHad("prometheus and promtool are not on the PATH; Debian has them: apt-get install prometheus")
    run_dir.mkdir(parents=True, exist_ok=True)
    _fill(tool, run_dir, open_metrics)
    (run_dir / "prometheus.yml").write_text("global: {}\n")
    port = ports.free_port()
    child = start_ready(
        "prometheus",
        [
            *(server, "--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--storage.tsdb.retention.time={_FOR_EVER}"),
            *("--query.lookback-delta=1s", f"--web.listen-address={ports.LOOPBACK}:{port}"),
        ],
        run_dir=run_dir,
        is_ready=lambda: is_ready(f"{ports.LOOPBACK}:{port}"),
        timeout_seconds=_START_SECONDS,
    )
    return Part(description=f"Prometheus {version_of(server)}", address=f"http://{ports.LOOPBACK}:{port}", child=child)


def _fill(tool: str, run_dir: Path, open_metrics: str) -> None:
    (run_dir / "samples.txt").write_text(open_metrics)
    command = [tool, "tsdb", "create-blocks-from", "openmetrics", "samples.txt", "data"]
    subprocess.run(command, cwd=run_dir, check=True, capture_output=True)
