"""
What the checkout says about its own deployment: compose file, Dockerfiles, manifests, and the code that they must agree with.

Everything is read from the files as they are, so that a test here fails on the day on which one side changes alone.
"""

import importlib
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from rollguard_runtime.settings import SharedSettings

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "k8s"
COMPOSE_FILE = ROOT / "docker-compose.yml"
SERVICES = ("detector", "decider", "actuator")
ALERTS = "alerts"  # a process of the decider's image, with settings of its own
OVERLAYS = ("base", "overlays/trial", "overlays/demo", "overlays/external-kafka", "overlays/collector")
WORKLOAD_KINDS = ("Deployment", "StatefulSet", "Job")
DOCKERFILES = {
    "rollguard/detector": ROOT / "services/detector/Dockerfile",
    "rollguard/decider": ROOT / "services/decider/Dockerfile",
    "rollguard/actuator": ROOT / "services/actuator/Dockerfile",
    "rollguard/console": ROOT / "services/console/Dockerfile",
    "rollguard/example-server": ROOT / "examples/model-server/Dockerfile",
}


class Container(NamedTuple):
    """One container of one workload, as an overlay renders it, with its environment resolved."""

    overlay: str
    workload: str
    pod: dict[str, Any]
    spec: dict[str, Any]
    environment: dict[str, str]


def tool(name: str) -> str:
    """Return a program of this environment."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    assert found, f"{name} is missing: run `uv sync`"
    return found


def run(*command: str | Path, cwd: Path = ROOT, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return what it said."""
    return subprocess.run([str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@cache
def compose() -> dict[str, Any]:
    """Read the compose file."""
    return yaml.safe_load(COMPOSE_FILE.read_text())


@cache
def render(overlay: str) -> str:
    """Return the manifests of an overlay as the cluster would get them; skip where kubectl is missing."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not on the PATH; install it to have the manifests rendered and checked (no cluster is needed)")
    rendered = run(kubectl, "kustomize", K8S / overlay)
    assert rendered.returncode == 0, rendered.stderr
    return rendered.stdout


def manifests(overlay: str) -> list[dict[str, Any]]:
    """Return the objects that an overlay renders."""
    return [document for document in yaml.safe_load_all(render(overlay)) if document]


def named(overlay: str, kind: str, name: str) -> dict[str, Any]:
    """Return one object of an overlay."""
    return next(m for m in manifests(overlay) if m["kind"] == kind and m["metadata"]["name"] == name)


def containers(overlay: str) -> Iterator[Container]:
    """Yield every container of an overlay."""
    maps = {m["metadata"]["name"]: m["data"] for m in manifests(overlay) if m["kind"] == "ConfigMap"}
    for manifest in manifests(overlay):
        if manifest["kind"] in WORKLOAD_KINDS:
            pod = manifest["spec"]["template"]["spec"]
            for spec in [*pod["containers"], *pod.get("initContainers", [])]:
                yield Container(overlay, manifest["metadata"]["name"], pod, spec, _environment(spec, maps))


def _environment(spec: dict[str, Any], maps: dict[str, dict[str, str]]) -> dict[str, str]:
    environment: dict[str, str] = {}
    for source in spec.get("envFrom", ()):
        environment |= maps[source["configMapRef"]["name"]]
    for entry in spec.get("env", ()):
        environment[entry["name"]] = entry.get("value", "a-pod-0")
    return environment


def settings_type(service: str) -> type[SharedSettings]:
    """Return the settings that a service, or the command line, loads."""
    name = "rollguard_decider.alert_settings" if service == ALERTS else f"rollguard_{service}.settings"
    module = importlib.import_module(name)
    defined = [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__]
    (found,) = [each for each in defined if issubclass(each, SharedSettings)]
    return found


def console_script(dockerfile: Path) -> str:
    """Return the one command that the member beside a Dockerfile installs."""
    scripts = tomllib.loads((dockerfile.parent / "pyproject.toml").read_text())["project"]["scripts"]
    (name,) = scripts
    return name


def locked_version(package: str) -> str:
    """Return the version of a package in the lock."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    return next(entry["version"] for entry in lock["package"] if entry["name"] == package)
