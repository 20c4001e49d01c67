"""
The actuator as a process behind a proxy of its own that strikes at one of its requests, and a post at which there is always one.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from controlplane.fault_proxy import FaultProxy  # after the path

KINDS = ("kill-before", "kill-after", "kill-after", "lose-answer", "lose-answer", 503, "sleep", "kill-before")
LEASE_SECONDS = 3
_SLEEP_SECONDS = 3 * LEASE_SECONDS


class Striking(FaultProxy):  # type: ignore[misc]  # the tests are not typed
    """Strikes once it is armed, at the request about a Deployment that comes after so many others; both posts count together."""

    waiting: list[Any] = []  # noqa: RUF012  # one strike for both: whoever holds the lease is struck
    lock = threading.Lock()

    def __init__(self, cluster: Any) -> None:
        super().__init__(cluster)
        self.process: subprocess.Popen[bytes] | None = None
        self._struck: list[str] = []
        self.moves: Counter[str] = Counter()

    def arm(self, kind: object, after: int) -> None:
        """Lay a strike out."""
        with self.lock:
            self.waiting[:] = [kind, after]

    def taken(self) -> list[str]:
        """Return the strikes since this was asked last."""
        struck, self._struck = self._struck, []
        return struck

    def fault_of(self, method: str, path: str, body: bytes | None) -> object:  # noqa: ARG002  # as the proxy calls it
        """Strike before the server hears of a request, or have its answer lost."""
        kind = self._kind(path)
        if kind is None:
            return None
        self._struck.append(str(kind))
        if kind == "kill-before":
            self.send(signal.SIGKILL)
            return "no-answer"
        if kind == "sleep":
            self.send(signal.SIGSTOP)
            threading.Timer(_SLEEP_SECONDS, self.send, [signal.SIGCONT]).start()
            return None
        return kind

    def answered(self, method: str, path: str, body: bytes | None, *, status: int, fault: object) -> None:
        """Count the moves that were accepted; kill the process that asked, if that is its fault."""
        if method == "PATCH" and status < HTTPStatus.BAD_REQUEST and "dryRun" not in path and b'"/spec/template"' in (body or b""):
            self.moves[path.partition("?")[0].rpartition("/")[2]] += 1
        if fault == "kill-after":
            self.send(signal.SIGKILL)

    def _kind(self, path: str) -> object:
        with self.lock:
            if "/deployments/" not in path or not self.waiting:
                return None
            self.waiting[1] -= 1
            if self.waiting[1] >= 0:
                return None
            kind = self.waiting[0]
            self.waiting.clear()
            return kind

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, if it still is."""
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, number)


class Post:
    """A place at which an actuator runs; ``look_after`` starts another where it ended."""

    def __init__(self, name: str, cluster: Any, namespace: str, bootstrap: str, folder: Path) -> None:
        self.proxy, self.started = Striking(cluster), 0
        self._name, self._namespace, self._bootstrap, self._folder = name, namespace, bootstrap, folder
        self._cluster = cluster

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.proxy)
            self._start()
            stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self.proxy.send(signal.SIGKILL)
        if self.proxy.process is not None:
            self.proxy.process.wait()
        self.proxy.__exit__(*error)

    def look_after(self) -> None:
        """Start another where the last one ended."""
        if self.proxy.process is None or self.proxy.process.poll() is not None:
            self._start()

    def _start(self) -> None:
        self.started += 1
        environ = {name: text for name, text in os.environ.items() if not name.startswith("ROLLGUARD_")} | {
            "KUBECONFIG": str(self._kubeconfig()),
            "ROLLGUARD_KAFKA": self._bootstrap,
            "ROLLGUARD_LOG_LEVEL": "info",
            "ROLLGUARD_ACTUATOR_MODE": "act",
            "ROLLGUARD_ACTUATOR_KUBERNETES": "kubeconfig",
            "ROLLGUARD_ACTUATOR_KUBERNETES_TIMEOUT_SECONDS": "5",
            "ROLLGUARD_ACTUATOR_LEASE_NAMESPACE": self._namespace,
            "ROLLGUARD_ACTUATOR_LEASE_SECONDS": str(LEASE_SECONDS),
            "ROLLGUARD_ACTUATOR_INSTANCE_ID": self._name,
        }
        command = [sys.executable, "-m", "rollguard_actuator", "run"]
        with (self._folder / f"actuator-{self._name}.log").open("ab") as log:
            self.proxy.process = subprocess.Popen(command, env=environ, stderr=log, stdout=log)

    def _kubeconfig(self) -> Path:
        to = self.proxy.configuration
        token = next(iter(to.api_key.values())).removeprefix("Bearer ")
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "proxy",
            "clusters": [{"name": "proxy", "cluster": {"server": to.host}}],
            "users": [{"name": "admin", "user": {"token": token}}],
            "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "admin"}}],
        }
        path = self._folder / f"kubeconfig-{self._name}"
        path.write_text(json.dumps(content))
        return path
