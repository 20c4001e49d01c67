"""
A real Kubernetes control plane on this machine: etcd, the API server and the controllers, built from the sources in a checkout.

It has no nodes: pods run as processes, by a stand-in that reports what becomes of them. Building it takes minutes, once a machine.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rollguard_console.local.children import Child, ChildFailed, start_ready
from rollguard_console.local.kubernetes_api import KubernetesApi
from rollguard_console.local.part import CannotBeHad, Part

_SOURCES = Path("tests/controlplane")
_BUILD_SECONDS, _START_SECONDS, _SAY_EVERY_SECONDS = 1800.0, 150.0, 30.0


class ControlPlane(Part, frozen=True, kw_only=True):
    """A running control plane; ``kubeconfig`` is the administrator's."""

    kubeconfig: Path


def why_not(checkout: Path) -> str | None:
    """Return why it cannot be had here, or None."""
    sources = checkout / _SOURCES
    if not (sources / "build.py").exists():
        return (
            f"there is no {sources} to build the control plane from; run this in a checkout of rollguard, or name it by --checkout"
        )
    asked = subprocess.run(
        [sys.executable, sources / "build.py", "--why-not"], capture_output=True, text=True, check=False, timeout=60
    )
    return None if asked.returncode == 0 else f"no Kubernetes control plane: {(asked.stdout or asked.stderr).strip()}"


def start(checkout: Path, run_dir: Path, *, service_port: int, selector: str, say: Callable[[str], None]) -> ControlPlane:
    """
    Build it where that was not done yet, start it, and wait until it answers.

    Raises:

        CannotBeHad: with the reason and what would change it.
        ChildFailed: when it is not built, or does not start.
    """
    if (reason := why_not(checkout)) is not None:
        raise CannotBeHad(reason)
    sources = (checkout / _SOURCES).resolve()
    _build(sources, run_dir, say)
    run_dir = run_dir.resolve()
    kubeconfig = run_dir / "kubeconfig"
    child = start_ready(
        "control-plane",
        [sys.executable, sources, run_dir, "--service-port", str(service_port), "--selector", selector],
        run_dir=run_dir,
        is_ready=kubeconfig.exists,
        timeout_seconds=_START_SECONDS,
    )
    api = KubernetesApi.from_kubeconfig(kubeconfig)
    version = api.get("/version")["gitVersion"]
    description = f"Kubernetes {version} (etcd, API server, controllers; pods run as processes)"
    return ControlPlane(description=description, address=api.server, child=child, kubeconfig=kubeconfig)


def _build(sources: Path, run_dir: Path, say: Callable[[str], None]) -> None:
    say("building the Kubernetes control plane, if this machine has not done so yet; the first time takes minutes")
    child, began = Child.start("control-plane-build", [sys.executable, sources / "build.py"], run_dir=run_dir), time.monotonic()
    try:
        while (status := child.wait(timeout_seconds=_SAY_EVERY_SECONDS)) is None:
            if time.monotonic() - began > _BUILD_SECONDS:
                raise ChildFailed(f"the control plane was not built within {_BUILD_SECONDS:.0f} s\n{child.end_of_log()}")
            say(f"still building the control plane, {time.monotonic() - began:.0f} s so far")
    finally:
        child.kill()
    if status != 0:
        raise ChildFailed(f"the control plane could not be built\n{child.end_of_log()}")
