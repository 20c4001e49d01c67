"""
A stand-in for the kubelets of a control plane that has no nodes: it says of each pod what a kubelet would, by the tag of its image.

``:crash`` never starts and is restarted for ever, ``:unready`` starts and is never ready, every other tag is ready at once. One
node is registered, since DaemonSets make pods for nodes.
"""

import json
import threading
from contextlib import suppress

from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError

from controlplane.cluster import MERGE, Refused

NODE = "stand-in"
_SINCE = "2026-01-01T00:00:00Z"
_WATCH_SECONDS = 1


class Kubelet:
    """Watches all pods in a thread."""

    def __init__(self, cluster):
        self._cluster, self._stop = cluster, threading.Event()
        self._thread = threading.Thread(target=self._run, name="kubelet", daemon=True)

    def start(self):
        register_node(self._cluster)
        self._thread.start()

    def stop(self):
        self._stop.set()
        self._thread.join()

    def _run(self):
        while not self._stop.is_set():
            with suppress(HTTPError, ApiException, Refused, OSError):
                self._follow()

    def _follow(self):
        """Watch for a while; each new watch begins with all the pods that there are."""
        query = [("watch", "1"), ("timeoutSeconds", str(_WATCH_SECONDS))]
        asked = self._cluster.client.param_serialize("GET", "/api/v1/pods", None, query, {}, auth_settings=["BearerToken"])
        response = self._cluster.client.call_api(*asked, _request_timeout=30).response
        rest = b""
        for chunk in response.stream(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                event = json.loads(line)
                if event["type"] in ("ADDED", "MODIFIED"):
                    self._attend(event["object"])
        response.release_conn()

    def _attend(self, pod):
        metadata, status = pod["metadata"], pod.get("status", {})
        if "containerStatuses" in status or "deletionTimestamp" in metadata:
            return
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}/status"
        with suppress(Refused):  # it is gone again
            self._cluster.request("PATCH", path, {"status": status_of(pod)}, content_type=MERGE)


def register_node(cluster):
    """Make the one node; admission marks every new one as not ready, which no pod of a DaemonSet tolerates."""
    cluster.create("/api/v1/nodes", {"metadata": {"name": NODE}})
    cluster.merge(f"/api/v1/nodes/{NODE}", {"spec": {"taints": None}})


def status_of(pod):
    """Return what a kubelet would say of a pod."""
    containers = pod["spec"]["containers"]
    tags = {container["image"].rpartition(":")[2] for container in containers}
    is_crashing, is_ready = "crash" in tags, not tags & {"crash", "unready"}
    state = {"waiting": {"reason": "CrashLoopBackOff"}} if is_crashing else {"running": {"startedAt": _SINCE}}
    ready = "True" if is_ready else "False"
    return {
        "phase": "Running",
        "startTime": _SINCE,
        "conditions": [{"type": kind, "status": ready, "lastTransitionTime": _SINCE} for kind in ("Ready", "ContainersReady")],
        "containerStatuses": [
            {
                "name": container["name"],
                "image": container["image"],
                "imageID": "",
                "ready": is_ready,
                "restartCount": 4 if is_crashing else 0,
                "state": state,
            }
            for container in containers
        ],
    }
