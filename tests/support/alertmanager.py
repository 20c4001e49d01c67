"""
The real Alertmanager, on loopback, with a configuration that notifies nobody.
"""

import shutil
from pathlib import Path

from rollguard_console.local import ports
from rollguard_console.local.children import start_ready
from rollguard_console.local.part import CannotBeHad, Part
from support.ready import is_ready, version_of

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
        is_ready=lambda: is_ready(address),
        timeout_seconds=_START_SECONDS,
    )
    return Part(description=f"Alertmanager {version_of(program)}", address=f"http://{address}", child=child)
