"""
/metrics, /healthz, /readyz and what a service tells besides, in a thread of their own so that a busy loop cannot hide itself
behind a slow answer.
"""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from rollguard_runtime.liveness import Progress


class _Quiet(WSGIRequestHandler):
    """Probes come every few seconds; their lines would bury the log."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the standard library's
        """Say nothing."""


class StatusServer:
    """Serves until stopped; ``port`` is the one that was bound."""

    def __init__(self, progress: Progress, pages: Mapping[str, Callable[[], str]] | None = None, *, host: str, port: int) -> None:
        self._server: WSGIServer = make_server(host, port, application(progress, pages or {}), handler_class=_Quiet)
        self.port: int = self._server.server_port
        self._thread = Thread(target=self._server.serve_forever, name="status", daemon=True)

    def start(self) -> None:
        """Serve in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._server.server_close()


def application(progress: Progress, pages: Mapping[str, Callable[[], str]]) -> Callable[..., Iterable[bytes]]:
    """Make the WSGI application; ``pages`` is looked at with each request, since a service adds to it while it starts."""
    metrics = make_wsgi_app()

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            return metrics(environ, start_response)  # type: ignore[no-any-return]  # prometheus-client ships no type for it
        status, text = (HTTPStatus.OK, pages[path]()) if path in pages else _status(path, progress)
        start_response(f"{status.value} {status.phrase}", [("Content-Type", "text/plain; charset=utf-8")])
        return [f"{text}\n".encode()]

    return answer


def _status(path: str, progress: Progress) -> tuple[HTTPStatus, str]:
    if path == "/healthz":
        complaint = progress.complaint()
        return (HTTPStatus.SERVICE_UNAVAILABLE, complaint) if complaint else (HTTPStatus.OK, "alive")
    if path == "/readyz":
        return (HTTPStatus.OK, "ready") if progress.is_ready() else (HTTPStatus.SERVICE_UNAVAILABLE, "starting")
    return HTTPStatus.NOT_FOUND, "there are /metrics, /healthz and /readyz"
