"""
One range query over HTTP: its series, or what happens next.

Too much for one answer is halved by whoever asked; busy, down or slow is asked again later; anything else is a mistake in the list
of sources, told with the mend. The token is read for every query, since whoever issues tokens replaces them.
"""

import ssl
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import httpx
import msgspec

from rollguard_detector.history.plan import Prometheus
from rollguard_runtime.errors import Permanent, Rejected, Temporary

_PATH = "/api/v1/query_range"
_RETRY_SECONDS = 1.0
_LONGEST_RETRY_SECONDS = 60.0
_SHOWN_CHARACTERS = 300
_TOO_MUCH = (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
_DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class TooMuch(Exception):
    """The answer would be larger than the server gives; ask for less."""


class TooSlow(Temporary):
    """The answer did not come in time; ask for less, later."""


class Series(msgspec.Struct):
    """One series of an answer; values are pairs of Unix seconds and a number as text. Native histograms come beside them."""

    metric: dict[str, str]
    values: list[tuple[float, str]] = []
    histograms: list[Any] = []


class _Data(msgspec.Struct, rename="camel"):
    result_type: str = ""
    result: list[Any] = []


class _Answer(msgspec.Struct, rename="camel"):
    status: str
    data: _Data | None = None
    error: str = ""
    error_type: str = ""
    warnings: list[str] = []


class RangeQueries:
    """A connection to a server; leave its ``async with`` to close it."""

    def __init__(self, server: Prometheus) -> None:
        self._server = server
        self._client = httpx.AsyncClient(
            base_url=server.url.rstrip("/"), timeout=server.timeout_seconds, headers=server.headers, verify=_verified(server)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def ask(self, query: str, *, first_seconds: float, last_seconds: float) -> list[Series]:
        """
        Return the series from one instant to another, both included, in the server's step.

        Raises:

            TooMuch: ask for less at once.
            Temporary: later.
            Permanent: never.
        """
        wanted = {
            "query": query,
            "start": repr(first_seconds),
            "end": repr(last_seconds),
            "step": repr(self._server.step_seconds),
            "timeout": f"{self._server.timeout_seconds:g}s",
        }
        try:
            response = await self._client.post(_PATH, data=wanted, headers=self._authorization())
        except httpx.TimeoutException as error:
            raise TooSlow(f"{self._server.url} gave no answer in {self._server.timeout_seconds:g} s") from error
        except httpx.TransportError as error:
            raise Temporary(f"{self._server.url} cannot be reached: {error or type(error).__name__}") from error
        if response.status_code != HTTPStatus.OK:
            raise _refusal(self._server.url, query, response)
        return _series(self._server.url, query, response)

    def _authorization(self) -> dict[str, str]:
        if self._server.token_file is None:
            return {}
        try:
            return {"Authorization": f"Bearer {Path(self._server.token_file).read_text().strip()}"}
        except OSError as error:
            raise Temporary(f"tokenFile {self._server.token_file} cannot be read: {error.strerror}") from error


def _verified(server: Prometheus) -> ssl.SSLContext | bool:
    if server.ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=server.ca_file)
    except OSError as error:
        raise Permanent(f"caFile {server.ca_file} cannot be used: {error.strerror or error}") from error


def _refusal(url: str, query: str, response: httpx.Response) -> Exception:
    """Return the error that says what happens next."""
    status, said = response.status_code, _said(response)
    if status in _TOO_MUCH or "exceeded maximum resolution" in said:
        return TooMuch(f"{url} refuses {query!r}: {said}")
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _for_now(status, said)(f"{url} answers {status}: {said}", retry_after_seconds=_retry_after(response))
    if status in _DENIED:
        return Permanent(f"{url} answers {status}: {said}; give a token that may read it with tokenFile:")
    if response.is_redirect:
        return Permanent(f"{url} sends to {response.headers.get('location')}; write that address")
    return Permanent(f"{url} answers {status} to {query!r}: {said}; mend the query, or the address")


def _for_now(status: int, said: str) -> type[Temporary]:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Rejected
    return TooSlow if status == HTTPStatus.GATEWAY_TIMEOUT or "timed out" in said else Temporary


def _said(response: httpx.Response) -> str:
    """Return the server's own words, short."""
    try:
        return msgspec.json.decode(response.content, type=_Answer).error[:_SHOWN_CHARACTERS]
    except msgspec.MsgspecError:
        return " ".join(response.text.split())[:_SHOWN_CHARACTERS] or response.reason_phrase


def _retry_after(response: httpx.Response) -> float:
    """Return the wait that the server asks for, within reason; a date counts from the answer's own date."""
    asked = response.headers.get("retry-after", "")
    try:
        seconds = float(asked)
    except ValueError:
        try:
            until = parsedate_to_datetime(asked)
            seconds = (until - parsedate_to_datetime(response.headers["date"])).total_seconds()
        except (ValueError, KeyError, TypeError):
            seconds = _RETRY_SECONDS
    return min(max(seconds, 0.0), _LONGEST_RETRY_SECONDS)


def _series(url: str, query: str, response: httpx.Response) -> list[Series]:
    try:
        answer = msgspec.json.decode(response.content, type=_Answer)
        if answer.status != "success" or answer.data is None or answer.data.result_type != "matrix":
            raise Permanent(f"{url} gives no series for {query!r}: {answer.error or 'the answer is no matrix'}")
        return msgspec.convert(answer.data.result, list[Series])
    except msgspec.MsgspecError as error:
        raise Permanent(f"{url} does not speak Prometheus' API: {error}; write the address before {_PATH}") from error
