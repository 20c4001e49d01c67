"""
An OpenTelemetry collector on loopback: takes traces by OTLP over HTTP and reads them with the official messages.
"""

import gzip
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse


class Collector:
    """What came, by its address."""

    def __init__(self, address):
        self.address = address
        self.requests = []

    @property
    def spans(self):
        return [span for resource in self._resources() for scope in resource.scope_spans for span in scope.spans]

    @property
    def services(self):
        return {
            attribute.value.string_value
            for resource in self._resources()
            for attribute in resource.resource.attributes
            if attribute.key == "service.name"
        }

    def _resources(self):
        return [resource for request in self.requests for resource in request.resource_spans]


@contextmanager
def collector():
    """Serve on a free port until the block is left."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.collector = Collector(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        is_trace = self.path == "/v1/traces" and self.headers["content-type"] == "application/x-protobuf"
        if is_trace:
            self.server.collector.requests.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200 if is_trace else 404)
        self.end_headers()
        self.wfile.write(ExportTraceServiceResponse().SerializeToString())
