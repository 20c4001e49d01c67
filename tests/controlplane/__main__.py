"""
A control plane whose pods run as processes, until it is told to stop: ``python tests/controlplane FOLDER --service-port PORT``.

The binary must have been built (``build.py``). ``FOLDER/kubeconfig`` is the administrator's, and appears once all is ready.
Images: ``rollguard/example-server`` is the example model server; no other can be run.
"""

import argparse
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from kubernetes.client import ApiException  # found where the line above says
from urllib3.exceptions import HTTPError  # as above

from controlplane import build, process  # as above
from controlplane.kubelet import register_node  # as above
from controlplane.pods import Pods  # as above
from controlplane.service_proxy import ServiceProxy  # as above

PROGRAMS = {"rollguard/example-server": (sys.executable, "-m", "rollguard_example_server")}
_LOOK_SECONDS = 0.2


def main():
    """Start, and look after the pods until SIGTERM."""
    parser = argparse.ArgumentParser(prog="controlplane")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--service-port", type=int, required=True, help="where the stand-in for the Service listens")
    parser.add_argument("--selector", required=True, help="name=text, the label of the pods that it sends to")
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    plane = process.start(build.binary(), options.folder / "state")
    try:
        pods = Pods(plane.cluster, PROGRAMS, options.folder)
        register_node(plane.cluster)
        ServiceProxy(options.service_port, lambda: pods.ready(dict([options.selector.split("=", 1)]))).start()
        (options.folder / "kubeconfig").write_text((options.folder / "state" / "kubeconfig").read_text())
        _look_after(pods, stop)
        pods.stop()
    finally:
        plane.end()


def _look_after(pods, stop):
    while not stop.wait(_LOOK_SECONDS):
        try:
            pods.step()
        except (ApiException, HTTPError, OSError) as error:
            print(f"the API server does not answer: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
