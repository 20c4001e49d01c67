"""
The three services as processes on this machine, each with its settings and a status port of its own.

They are started as they are deployed, ``python -m rollguard_<service> run`` with settings from the environment, and nothing of the
caller's own settings reaches them: a demo that works because of a variable in somebody's shell shows nothing.
"""

import os
import sys
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Literal
from urllib.error import URLError
from urllib.request import urlopen

import msgspec

from rollguard_console.local import ports
from rollguard_console.local.children import Child

ServiceName = Literal["detector", "decider", "actuator"]
SERVICES: tuple[ServiceName, ...] = ("detector", "decider", "actuator")
_PREFIX = "ROLLGUARD_"


class Service(msgspec.Struct):
    """A service and the process that it is now; the port stays when it is started again."""

    name: ServiceName
    port: int
    environment: dict[str, str]
    run_dir: Path
    child: Child

    def is_ready(self) -> bool:
        """Ask it."""
        try:
            with urlopen(f"http://{ports.LOOPBACK}:{self.port}/readyz", timeout=2) as answer:  # loopback, by http
                return bool(answer.status == HTTPStatus.OK)
        except (URLError, OSError):
            return False

    def restart(self) -> None:
        """Start it again as it was."""
        self.child = _start(self.name, self.environment, self.run_dir)


def start(
    name: ServiceName,
    *,
    kafka: str,
    mlflow_url: str,
    run_dir: Path,
    mode: Literal["dry-run", "act"],
    extra: Mapping[str, str] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Service:
    """Start a service, with ``extra`` settings besides; it waits by itself for what is not there yet."""
    port = ports.free_port()
    environment = {name: text for name, text in environ.items() if not name.startswith(_PREFIX)}
    environment |= {f"{_PREFIX}KAFKA": kafka, f"{_PREFIX}{name.upper()}_HTTP_PORT": str(port)}
    if name == "actuator":
        environment |= {f"{_PREFIX}ACTUATOR_MODE": mode}
        environment |= {f"{_PREFIX}ACTUATOR_MLFLOW_URL": mlflow_url} if mlflow_url else {}
    environment |= extra or {}
    return Service(name, port, environment, run_dir, _start(name, environment, run_dir))


def _start(name: ServiceName, environment: dict[str, str], run_dir: Path) -> Child:
    return Child.start(name, [sys.executable, "-m", f"rollguard_{name}", "run"], run_dir=run_dir, environment=environment)
