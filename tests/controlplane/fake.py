"""
An API server in memory, over real HTTP, for machines on which the real one cannot be built.

It knows what the drivers lean on: resource versions and their conflicts, JSON and merge patches, dry runs, status and scale as
resources of their own, roles, and controllers that keep revisions. It is trusted because it passes the suite of the real server.
"""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from kubernetes import client

from controlplane.cluster import Cluster
from controlplane.fake_store import Status, Store

_PATH = re.compile(
    r"^/(?:api|apis/(?P<group>[^/]+))/v[12](?:alpha1)?(?:/namespaces/(?P<namespace>[^/]+)(?=/))?"
    r"/(?P<resource>[^/]+)(?:/(?P<name>[^/]+)(?:/(?P<part>[^/]+))?)?$"
)
_VERBS = {"POST": "create", "PATCH": "patch", "DELETE": "delete"}


class FakeControlPlane:
    """Serves on loopback within its ``with`` block."""

    description = "a fake of our own (HTTP, in memory)"
    audit_log = None

    def __enter__(self):
        self.store = Store()
        handler = type("Handler", (_Handler,), {"store": self.store})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        configuration = client.Configuration(host=f"http://127.0.0.1:{self._server.server_port}")
        configuration.retries, configuration.api_key = False, {"authorization": "Bearer admin"}
        self.cluster = Cluster(configuration)
        return self

    def __exit__(self, kind, error, trace):
        self.cluster.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and text leave together: apart, the second part waits for the client to acknowledge the first.
    wbufsize = -1
    store = None

    def _answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        status, text = answer(self.store, self.command, self.path, self.headers, self.rfile.read(length) if length else None)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815  # the names that the base class calls

    def log_message(self, *args):
        pass


def answer(store, method, path, headers, body):
    """Return the status and the text with which the server answers a request; ``path`` with its query, ``body`` as bytes."""
    try:
        return 200, json.dumps(_dispatch(store, method, path, headers, json.loads(body) if body else None)).encode()
    except Status as error:
        return error.code, json.dumps({"kind": "Status", "code": error.code, "message": str(error)}).encode()


def _dispatch(store, method, path, headers, body):
    address = urlsplit(path)
    if address.path == "/version":
        return {"gitVersion": "fake"}
    found = _PATH.match(address.path)
    if found is None:
        raise Status(404, f"there is nothing at {address.path}")
    namespace, resource, name, part = found["namespace"], found["resource"], found["name"], found["part"]
    query, bearer = dict(parse_qsl(address.query)), headers.get("Authorization", "")
    verb = _VERBS.get(method) or ("get" if name else "list")
    store.authorize(bearer, verb, group=found["group"] or "", resource=resource, part=part, namespace=namespace)
    key = (found["group"] or "", resource, namespace, name)
    if method == "PATCH":
        is_merge = "merge-patch" in headers["Content-Type"]
        return store.patch(key, body, part=part, is_merge=is_merge, is_dry_run=query.get("dryRun") == "All")
    if method == "POST":
        return _post(store, key, part, bearer, body)
    if method == "DELETE":
        return store.delete(key)
    if verb == "get":
        return store.get(key, part=part, metadata_only="PartialObjectMetadata" in headers.get("Accept", ""))
    return {"items": store.list(key, query.get("labelSelector", ""))}


def _post(store, key, part, bearer, body):
    if key[1] == "selfsubjectaccessreviews":
        return store.review(bearer, body)
    return store.token(key[3]) if part == "token" else store.create(key, body)
