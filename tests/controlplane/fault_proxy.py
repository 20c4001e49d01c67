"""
A proxy before an API server that fails on demand: it answers in the server's place, or has the server act and loses the answer.
"""

import ssl
import threading
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from kubernetes import client

_NEVER_ANSWERED = ("lose-answer", "kill-after")
_PASSED_ON = ("Authorization", "Content-Type", "Accept")


class FaultProxy:
    """
    Stands before a cluster within its ``with`` block.

    ``fail(method, *faults)`` gives the next requests of a method their faults in turn: a status to answer with, ``"lose-answer"``,
    ``"no-answer"``, or None for none. ``seen`` holds every request's method and path with its query.
    """

    def __init__(self, cluster):
        self._upstream, self.faults, self.seen = cluster.configuration, {}, []
        self.released = threading.Event()

    def fail(self, method, *faults):
        self.faults.setdefault(method, []).extend(faults)

    def fault_of(self, method, path, body):  # for those who strike by what is asked
        """Return the fault of a request."""
        waiting = self.faults.get(method)
        return waiting.pop(0) if waiting else None

    def answered(self, method, path, body, *, status, fault):
        """Be told that the server acted on a request, before whoever asked is answered."""

    def __enter__(self):
        handler = type("Handler", (_Handler,), {"proxy": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.configuration = client.Configuration(host=f"http://127.0.0.1:{self._server.server_port}")
        self.configuration.retries, self.configuration.api_key = False, dict(self._upstream.api_key)
        return self

    def __exit__(self, kind, error, trace):
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def pass_on(self, method, path, headers, body):
        """Ask the server, and return its status and text."""
        address = urlsplit(self._upstream.host)
        if address.scheme == "https":
            context = ssl.create_default_context(cafile=self._upstream.ssl_ca_cert)
            connection = HTTPSConnection(address.hostname, address.port, timeout=30, context=context)
        else:
            connection = HTTPConnection(address.hostname, address.port, timeout=30)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


class _Handler(BaseHTTPRequestHandler):
    wbufsize = -1  # headers and text leave together, as in the fake API server
    proxy = None

    def _answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        self.proxy.seen.append((self.command, self.path))
        fault = self.proxy.fault_of(self.command, self.path, body)
        if fault == "no-answer":
            self.proxy.released.wait()
            return
        if isinstance(fault, int):
            status, text = fault, b'{"message": "the proxy says so"}'
        else:
            headers = {name: self.headers[name] for name in _PASSED_ON if name in self.headers}
            status, text = self.proxy.pass_on(self.command, self.path, headers, body)
            self.proxy.answered(self.command, self.path, body, status=status, fault=fault)
        if fault not in _NEVER_ANSWERED:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815  # the names that the base class calls

    def log_message(self, *args):
        pass
