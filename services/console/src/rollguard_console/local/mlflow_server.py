"""
The real MLflow tracking server, with its registry in SQLite and its artifacts below the run folder.

Job execution is off (it costs two processes that nobody here needs) and so is telemetry. The first write to a new database takes
seconds, so one is made and taken back before the server counts as ready: a timeout elsewhere should mean something.
"""

import json
import os
import signal
import sys
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from importlib import metadata, util
from pathlib import Path

from rollguard_console.local import ports
from rollguard_console.local.children import Child, ChildFailed, start_ready
from rollguard_console.local.part import CannotBeHad, MlflowServer

_START_SECONDS = 180.0
_WARM_UP_MODEL = "rollguard-warm-up"
_REGISTERED_MODELS = "/api/2.0/mlflow/registered-models"


def why_not() -> str | None:
    """Return why it cannot be had here, or None."""
    if util.find_spec("mlflow") is None or util.find_spec("uvicorn") is None:
        return "the mlflow server is not installed; install rollguard-console[local]"
    return None


def start(run_dir: Path, *, port: int | None = None, environ: Mapping[str, str] = os.environ) -> MlflowServer:
    """
    Start it and wait until it answers and has written once; started again in the same run folder it holds the same models.

    Raises:

        CannotBeHad: where it is not installed.
        ChildFailed: when it does not start.
    """
    reason = why_not()
    if reason is not None:
        raise CannotBeHad(reason)
    port = port or ports.free_port()
    child = start_ready(
        "mlflow",
        _command(run_dir.resolve(), port),
        run_dir=run_dir,
        is_ready=lambda: _answers(port),
        timeout_seconds=_START_SECONDS,
        environment=_environment(environ),
        parent_death_signal=signal.SIGTERM,  # it hands this one on to its worker, which a SIGKILL would leave running
    )
    _warm_up(port, child)
    description = f"MLflow {metadata.version('mlflow')} (SQLite)"
    return MlflowServer(description=description, address=f"http://{ports.LOOPBACK}:{port}", child=child)


def _command(run_dir: Path, port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "mlflow", "server", "--host", ports.LOOPBACK, "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{run_dir / 'mlflow.db'}"),
        *("--artifacts-destination", str(run_dir / "artifacts")),
    ]


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Leave out the caller's own MLflow settings: they may point at another server."""
    inherited = {name: text for name, text in environ.items() if not name.startswith(("MLFLOW_", "_MLFLOW_"))}
    return {**inherited, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}


def _answers(port: int) -> bool:
    try:
        return _request(port, "GET", "/health") == HTTPStatus.OK
    except (OSError, HTTPException):
        return False


def _warm_up(port: int, child: Child) -> None:
    for method, what in (("POST", "create"), ("DELETE", "delete")):
        status = _request(port, method, f"{_REGISTERED_MODELS}/{what}", {"name": _WARM_UP_MODEL})
        if status != HTTPStatus.OK:
            child.kill()
            raise ChildFailed(f"mlflow answered {status} to its first write\n{child.end_of_log()}")


def _request(port: int, method: str, path: str, body: Mapping[str, str] | None = None) -> int:
    connection = HTTPConnection(ports.LOOPBACK, port, timeout=60)
    try:
        connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()
