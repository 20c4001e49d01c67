"""
The real Alertmanager, on loopback, with a configuration that notifies nobody.
"""

import shutil
import subprocess
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from rollguard_console.local import ports
from rollguard_console.local.children import start_ready
from rollguard_console.local.part import CannotBeHad, Part

_NAMES = ("alertmanager", "prometheus-alertmanager")
_START_SECONDS = 60.0
_QUIET = "route: {receiver: nobody, group_wait: 1s}\nreceivers: [{name: nobody}]\n"


def start(run_dir: Path) -> Part:
    """Start it; raises ``CannotBeHad`` where it is not installed."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        raise CannotBeHad("alertmanager is not on the PATH; Debian has it: apt-get install prometheus-alertmanager")
    run_dir.mkdir(parents=True, exist_ok=True)
    (run_dir / "alertmanager.yml").write_text(_QUIET)
    address = f"{ports.LOOPBACK}:{ports.free_port()}"
    child = start_ready(
        "alertmanager",
        [
            *(program, "--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address="),
            f"--web.listen-address={address}",
        ],
        run_dir=run_dir,
        is_ready=lambda: _answers(address),
        timeout_seconds=_START_SECONDS,
    )
    return Part(description=_version(program), address=f"http://{address}", child=child)


def _answers(address: str) -> bool:
    try:
        with urlopen(f"http://{address}/-/ready", timeout=2) as answer:
            return answer.status == 200
    except (URLError, OSError):
        return False


def _version(program: str) -> str:
    told = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    return "Alertmanager " + (told.stdout or told.stderr).split("version ")[1].split()[0].rstrip(",")
