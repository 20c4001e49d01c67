"""
GitOps controllers as a workload meets them: they have the desired state, and write it whenever nothing keeps them from it.

On the real control plane they write by server-side apply with the field managers of Argo CD and of Flux. Their objects are of
minimal custom resource definitions of our own, with the fields that the locks read and write.
"""

import hashlib
import io
import tarfile
import threading
import uuid
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

from actuator.workload_world import IMAGE
from controlplane.cluster import Refused, until

_APPLY = "application/apply-patch+yaml"
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_KINDS = (
    ("argoproj.io", "v1alpha1", "Application", "applications"),
    ("argoproj.io", "v1alpha1", "Rollout", "rollouts"),
    ("kustomize.toolkit.fluxcd.io", "v1", "Kustomization", "kustomizations"),
    ("source.toolkit.fluxcd.io", "v1", "GitRepository", "gitrepositories"),
)
APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/{}/applications"
KUSTOMIZATIONS = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{}/kustomizations"
REPOSITORIES = "/apis/source.toolkit.fluxcd.io/v1/namespaces/{}/gitrepositories"


def define(cluster):
    """Define the kinds, where that was not done; a server without definitions takes any kind."""
    for group, version, kind, plural in _KINDS:
        anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        schema = {"type": "object", "properties": {"spec": anything, "status": anything}}
        of_version = {"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
        scale = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
        subresources = {"status": {}, **({"scale": scale} if kind == "Rollout" else {})}
        names = {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"}
        spec = {"group": group, "scope": "Namespaced", "names": names, "versions": [{**of_version, "subresources": subresources}]}
        definition = {"metadata": {"name": f"{plural}.{group}"}, "spec": spec}
        with suppress(Refused):
            cluster.create(_DEFINITIONS, definition)
        until(lambda path=f"/apis/{group}/{version}/{plural}": _is_served(cluster, path))


def _is_served(cluster, path):
    """Say whether a kind can be used: for a second or two after its definition it is 404, or its storage is not there yet."""
    try:
        return cluster.find(path) is not None
    except Refused as error:
        if error.status == 429:
            return False
        raise


class Git:
    """A repository with one Deployment in it, and the archive of it that Flux's source controller would offer."""

    def __init__(self, world, tag):
        self._world, self.tag = world, tag

    def manifest(self):
        pod = {"containers": [{"name": "model", "image": f"{IMAGE}:{self.tag}"}]}
        whole = self._world.manifest("fraud", pod)
        return {**whole, "metadata": {"name": "fraud", **self._world.metadata}}

    def archive(self):
        content = str(self.manifest()).encode()
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as files:
            member = tarfile.TarInfo("fraud.yaml")
            member.size = len(content)
            files.addfile(member, io.BytesIO(content))
        return packed.getvalue()


class Reconciler:
    """Applies what Git says, again and again, within its ``with`` block; ``is_kept_off`` is what its owner knows as a lock."""

    def __init__(self, world, git, manager):
        self.world, self.git, self._manager = world, git, manager
        self.rounds = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, kind, error, trace):
        self._stop.set()
        self._thread.join()

    def more_rounds(self, number=3):
        """Wait until it had its chance a few times more."""
        goal = self.rounds + number
        until(lambda: self.rounds >= goal)

    def _run(self):
        while not self._stop.wait(0.1):
            with suppress(Refused):
                if not self.is_kept_off():
                    query = [("fieldManager", self._manager), ("force", "true")]
                    path, cluster = self.world.path, self.world.cluster
                    cluster.request("PATCH", path, self.git.manifest(), content_type=_APPLY, query=query)
                self.observe()
            self.rounds += 1

    def observe(self):
        pass

    def close(self):
        pass


class Flux(Reconciler):
    """Leaves an object alone that bears its annotation; its source is served over HTTP."""

    def __init__(self, world, git):
        super().__init__(world, git, "kustomize-controller")
        handler = type("Handler", (_Archive,), {"git": git})
        self._server = HTTPServer(("127.0.0.1", 0), handler)
        self._serving = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._serving.start()
        namespace = world.namespace
        world.metadata = {
            "labels": {"kustomize.toolkit.fluxcd.io/name": "shop", "kustomize.toolkit.fluxcd.io/namespace": namespace}
        }
        define(world.cluster)
        source = {"kind": "GitRepository", "name": "shop"}
        world.cluster.create(
            KUSTOMIZATIONS.format(namespace), _made("kustomize.toolkit.fluxcd.io/v1", "Kustomization", sourceRef=source)
        )
        world.cluster.create(REPOSITORIES.format(namespace), _made("source.toolkit.fluxcd.io/v1", "GitRepository"))
        self.publish()

    def close(self):
        self._server.shutdown()
        self._serving.join()
        self._server.server_close()

    def publish(self):
        """Offer the archive of what is in Git now."""
        archive = self.git.archive()
        _Archive.contents[self._server.server_port] = archive
        url, digest = f"http://127.0.0.1:{self._server.server_port}/a", f"sha256:{hashlib.sha256(archive).hexdigest()}"
        path = f"{REPOSITORIES.format(self.world.namespace)}/shop/status"
        self.world.cluster.merge(path, {"status": {"artifact": {"url": url, "digest": digest}}})

    def is_kept_off(self):
        live = self.world.cluster.find(self.world.path)
        annotations = (live or {"metadata": {}})["metadata"].get("annotations") or {}
        return annotations.get("kustomize.toolkit.fluxcd.io/reconcile") == "disabled"


class ArgoCd(Reconciler):
    """Leaves its Application alone while automated sync is off, and says all the same whether it is in sync."""

    def __init__(self, world, git):
        super().__init__(world, git, "argocd-controller")
        self.name = f"shop-{uuid.uuid4().hex[:6]}"
        self.path = f"{APPLICATIONS.format(world.namespace)}/{self.name}"
        tracking = f"{world.namespace}_{self.name}:apps/Deployment:{world.namespace}/fraud"
        world.metadata = {"annotations": {"argocd.argoproj.io/tracking-id": tracking}}
        define(world.cluster)
        application = _made("argoproj.io/v1alpha1", "Application", syncPolicy={"automated": {"selfHeal": True}})
        application["metadata"]["name"] = self.name
        world.cluster.create(APPLICATIONS.format(world.namespace), application)

    def application(self):
        return self.world.cluster.get(self.path)

    def is_kept_off(self):
        return self.application()["spec"]["syncPolicy"]["automated"].get("enabled") is False

    def observe(self):
        is_synced = self.world.image() == f"{IMAGE}:{self.git.tag}"
        told = {"kind": "Deployment", "namespace": self.world.namespace, "name": "fraud"}
        resources = [{**told, "status": "Synced" if is_synced else "OutOfSync"}]
        self.world.cluster.merge(f"{self.path}/status", {"status": {"resources": resources}})


def _made(version, kind, **spec):
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "shop"}, "spec": spec}


class _Archive(BaseHTTPRequestHandler):
    contents: dict = {}  # noqa: RUF012  # by port, one server a test

    def do_GET(self):
        content = self.contents[self.server.server_port]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass
