"""
A channel's server on loopback: keeps what it was asked, and answers as a test wants.
"""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    params: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class ChannelServer:
    """``answer`` is (status, headers, body); ``silence`` keeps every answer back until the server closes."""

    def __init__(self, url):
        self.url = url
        self.asked = []
        self.answer = (200, {}, b"{}")
        self.is_silent = False
        self.closing = threading.Event()

    def answers(self, status, body=b"{}", **headers):
        self.answer = (status, {name.replace("_", "-"): text for name, text in headers.items()}, body)


@contextmanager
def channel_server():
    """Serve on a free port until the block is left."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.channel = channel = ChannelServer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield channel
    finally:
        channel.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Say nothing."""

    def _take(self):
        channel, url = self.server.channel, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): text for name, text in self.headers.items()}
        channel.asked.append(Asked(self.command, url.path, parse_qs(url.query), headers, body))
        if channel.is_silent:
            channel.closing.wait()
            self.close_connection = True
            return
        status, headers, answer = channel.answer
        self.send_response_only(status)  # without a Date of its own
        for name, text in {**headers, "content-length": str(len(answer))}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PATCH = _take  # noqa: N815  # the library's names
