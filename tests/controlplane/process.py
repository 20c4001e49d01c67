"""
The control plane as a process: started with a pipe on its standard input, by whose closing it ends, however this process goes.
"""

import subprocess
import time

from controlplane.cluster import Cluster
from controlplane.kubelet import Kubelet

_READY_SECONDS = 150.0


class DidNotStart(RuntimeError):
    """It ended, or was not ready in time; the text holds the end of its log."""


class ControlPlane:
    """A running control plane with a stand-in for its kubelets; leaving its ``with`` block ends both."""

    def __init__(self, process, cluster, description, audit_log):
        self._process, self.cluster, self.description, self.audit_log = process, cluster, description, audit_log
        self._kubelet = Kubelet(cluster)

    def __enter__(self):
        self._kubelet.start()
        return self

    def __exit__(self, kind, error, trace):
        self._kubelet.stop()
        self.end()

    def end(self):
        """End the process, where nobody entered the block and so no kubelet was started."""
        self.cluster.close()
        self._process.stdin.close()
        self._process.wait()


def start(binary, folder):
    """Start it and wait until it is ready."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([str(binary), str(folder)], stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT)
    kubeconfig, until = folder / "kubeconfig", time.monotonic() + _READY_SECONDS
    while not kubeconfig.exists():
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            process.wait()
            raise DidNotStart((folder / "log").read_text(errors="replace")[-2000:])
        time.sleep(0.05)
    cluster = Cluster.from_kubeconfig(kubeconfig)
    return ControlPlane(process, cluster, f"Kubernetes {cluster.version} (etcd, API server, controllers)", folder / "audit.log")


class GivenCluster:
    """A cluster that was running before us; its own kubelets run its pods."""

    def __init__(self, kubeconfig):
        self.cluster = Cluster.from_kubeconfig(kubeconfig)
        self.description = f"Kubernetes {self.cluster.version} at ROLLGUARD_KUBECONFIG"
        self.audit_log = None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.cluster.close()
