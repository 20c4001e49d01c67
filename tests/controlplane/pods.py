"""
Pods as processes of this machine: a stand-in for scheduler, kubelet and container runtime in one.

Each pod gets a loopback address of its own and its container is run as a process: the image names which program (its entry point),
the pod's own arguments and environment are kept, fields of the downward API are filled in, readiness is asked over HTTP, and a
pod that is deleted is told to end and waited for. What it reports to the API server is what became of the process.
"""

import ctypes
import os
import re
import signal
import subprocess
from contextlib import suppress
from urllib.request import urlopen

from controlplane.cluster import MERGE, Refused
from controlplane.kubelet import NODE

_PDEATHSIG = 1
_SINCE = "2026-01-01T00:00:00Z"
_LIBC = ctypes.CDLL(None, use_errno=True)
_LABEL = re.compile(r"metadata\.labels\['(?P<name>[^']+)'\]")


class Pod:
    """One pod and its process; ``is_ready`` is what was last reported."""

    def __init__(self, manifest, address, process):
        self.uid, self.path = manifest["metadata"]["uid"], path_of(manifest)
        self.labels, self.address, self.process = manifest["metadata"].get("labels", {}), address, process
        self.probe = manifest["spec"]["containers"][0]["readinessProbe"]["httpGet"]
        self.is_ready = self.is_ending = False


class Pods:
    """
    All pods of a cluster; ``step`` is to be called a few times a second, from one thread that lives as long as they.

    ``programs`` maps an image without its tag to the command that its entry point is.
    """

    def __init__(self, cluster, programs, folder):
        self._cluster, self._programs, self._folder = cluster, programs, folder
        self._pods, self._made = {}, 0

    def step(self):
        """Look at every pod once."""
        listed = {item["metadata"]["uid"]: item for item in self._cluster.get("/api/v1/pods")["items"]}
        for uid, manifest in listed.items():
            with suppress(Refused):  # it is gone again, or was written at the same moment: the next look finds out
                self._attend(self._pods.get(uid), manifest)
        for uid in self._pods.keys() - listed.keys():
            self._pods.pop(uid).process.kill()

    def ready(self, labels):
        """Return the addresses that a Service with this selector would send to."""
        return [
            (pod.address, pod.probe["port"])
            for pod in list(self._pods.values())
            if pod.is_ready and not pod.is_ending and labels.items() <= pod.labels.items()
        ]

    def stop(self):
        """End every process."""
        for pod in self._pods.values():
            pod.process.kill()
            pod.process.wait()

    def _attend(self, pod, manifest):
        if pod is None:
            if "deletionTimestamp" not in manifest["metadata"]:
                self._start(manifest)
        elif "deletionTimestamp" in manifest["metadata"]:
            self._end(pod)
        elif pod.process.poll() is not None:
            self._report(pod, manifest, is_ready=False, state={"waiting": {"reason": "CrashLoopBackOff"}})
        elif not pod.is_ready and answers(pod):
            self._report(pod, manifest, is_ready=True, state={"running": {"startedAt": _SINCE}})

    def _start(self, manifest):
        self._made += 1
        address, container = f"127.77.{self._made // 250}.{self._made % 250 + 1}", manifest["spec"]["containers"][0]
        program = self._programs[container["image"].rpartition(":")[0]]
        name = manifest["metadata"]["name"]
        with (self._folder / f"pod-{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [*program, *container.get("args", ())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment(manifest, address)},
                preexec_fn=lambda: _LIBC.prctl(_PDEATHSIG, int(signal.SIGKILL)),  # noqa: PLW1509  # one system call, no lock is taken
            )
        pod = self._pods[manifest["metadata"]["uid"]] = Pod(manifest, address, process)
        target = {"apiVersion": "v1", "kind": "Node", "name": NODE}
        self._cluster.create(f"{pod.path}/binding", {"metadata": {"name": name}, "target": target})
        self._report(pod, manifest, is_ready=False, state={"running": {"startedAt": _SINCE}})

    def _end(self, pod):
        if not pod.is_ending:
            pod.is_ending = True
            pod.process.terminate()
        elif pod.process.poll() is not None:
            body = {"gracePeriodSeconds": 0, "preconditions": {"uid": pod.uid}}
            self._cluster.request("DELETE", pod.path, body)

    def _report(self, pod, manifest, *, is_ready, state):
        container = manifest["spec"]["containers"][0]
        told = {"name": container["name"], "image": container["image"], "imageID": "", "restartCount": 0}
        ready = "True" if is_ready else "False"
        status = {
            "phase": "Running",
            "startTime": _SINCE,
            "podIP": pod.address,
            "podIPs": [{"ip": pod.address}],
            "conditions": [{"type": kind, "status": ready, "lastTransitionTime": _SINCE} for kind in ("Ready", "ContainersReady")],
            "containerStatuses": [{**told, "ready": is_ready, "started": True, "state": state}],
        }
        self._cluster.request("PATCH", f"{pod.path}/status", {"status": status}, content_type=MERGE)
        pod.is_ready = is_ready


def path_of(manifest):
    """Return a pod's path."""
    return f"/api/v1/namespaces/{manifest['metadata']['namespace']}/pods/{manifest['metadata']['name']}"


def environment(manifest, address):
    """Return the container's environment, with what the downward API fills in."""
    fields = {"metadata.name": manifest["metadata"]["name"], "status.podIP": address}
    found = {}
    for entry in manifest["spec"]["containers"][0].get("env", ()):
        if "value" in entry:
            found[entry["name"]] = entry["value"]
            continue
        path = entry["valueFrom"]["fieldRef"]["fieldPath"]
        label = _LABEL.fullmatch(path)
        found[entry["name"]] = manifest["metadata"]["labels"][label["name"]] if label else fields[path]
    return found


def answers(pod):
    """Ask its readiness probe."""
    try:
        with urlopen(f"http://{pod.address}:{pod.probe['port']}{pod.probe['path']}", timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False
