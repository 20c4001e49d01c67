"""
Asking a channel over HTTP: what its answer means for what happens next, and no secret in any error.

A redirect is refused: it would carry a token to whoever is named by whoever answers. An answer is read up to a few kilobytes,
since it is only ever shown.
"""

import asyncio
import re
import ssl
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from typing import Any

import certifi
import httpx
import msgspec

from rollguard_runtime.errors import Permanent, Rejected, Temporary

_MOST_BYTES = 65_536
_SHOWN_CHARACTERS = 200
_SECRET_CHARACTERS = 16
_RETRY_SECONDS = 5.0
_LONGEST_RETRY_SECONDS = 3_600.0
_LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY)


class Channel:
    """A connection to one channel; ``secrets`` are blotted out of whatever is told about it."""

    def __init__(
        self,
        name: str,
        *,
        timeout_seconds: float,
        headers: Mapping[str, str] | None = None,
        secrets: tuple[str, ...] = (),
        ca_file: str = "",
    ) -> None:
        self._name, self._timeout_seconds = name, timeout_seconds
        self._secrets = tuple(part for secret in secrets for part in _telling_parts(secret))
        self._client = httpx.AsyncClient(timeout=timeout_seconds, headers=dict(headers or {}), verify=_trust(ca_file))

    async def close(self) -> None:
        """Disconnect."""
        await self._client.aclose()

    async def ask(
        self, method: str, url: str, body: Any = None, *, params: Any = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """
        Send ``body`` (bytes, or anything that is written as JSON) and return the answer's bytes.

        Raises:

            Rejected: too many requests, or busy with a word on when to come again.
            Temporary: down, slow, or an error of the server's.
            Permanent: the request is refused.
        """
        content = body if body is None or isinstance(body, bytes) else msgspec.json.encode(body)
        every_header = {"content-type": "application/json", **(headers or {})}
        try:
            async with asyncio.timeout(self._timeout_seconds):
                async with self._client.stream(method, url, content=content, params=params, headers=every_header) as response:
                    answer = await _beginning(response)
        except TimeoutError as error:
            raise Temporary(f"{self._name} did not answer within {self._timeout_seconds:g} s") from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise Permanent(f"{self._name}: {self._blotted(str(error))}") from None
        except httpx.HTTPError as error:
            told = self._blotted(str(error)) or type(error).__name__
            raise Temporary(f"{self._name} cannot be reached: {told}", retry_after_seconds=_RETRY_SECONDS) from None
        self._judge(response, answer)
        return answer

    def _judge(self, response: httpx.Response, answer: bytes) -> None:
        status = response.status_code
        if response.is_success:
            return
        shown = self._blotted(answer.decode(errors="replace")[:_SHOWN_CHARACTERS])
        told = f"{self._name} answers {status}" + (f": {shown}" if shown else "")
        after = _retry_after(response)
        if status == HTTPStatus.TOO_MANY_REQUESTS or (response.is_server_error and after is not None):
            raise Rejected(told, retry_after_seconds=_RETRY_SECONDS if after is None else after)
        if response.is_server_error or status in _LATER:
            raise Temporary(told, retry_after_seconds=_RETRY_SECONDS)
        raise Permanent(told + (" (redirects are not followed)" if response.is_redirect else ""))

    def _blotted(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


@cache
def _trust(ca_file: str) -> ssl.SSLContext:
    """Return whom to believe; read once, since the public authorities are many."""
    return ssl.create_default_context(cafile=ca_file or certifi.where())


def _telling_parts(secret: str) -> list[str]:
    """Return what must not be shown: the secret, the longest first, and the pieces of an address that is one."""
    pieces = re.split(r"[/?&=]", secret.partition("://")[2]) if "://" in secret else []
    return sorted({secret, *(piece for piece in pieces if len(piece) >= _SECRET_CHARACTERS)} - {""}, key=len, reverse=True)


def read_json(answer: bytes, shape: Any) -> Any:
    """
    Read a channel's answer.

    Raises:

        Temporary: when it is not what the channel documents: a proxy answered, or it is broken for the moment.
    """
    try:
        return msgspec.json.decode(answer, type=shape)
    except msgspec.DecodeError as error:
        raise Temporary(f"the answer cannot be read: {error}", retry_after_seconds=_RETRY_SECONDS) from error


async def _beginning(response: httpx.Response) -> bytes:
    answer = b""
    async for piece in response.aiter_bytes():
        answer += piece
        if len(answer) >= _MOST_BYTES:
            break
    return answer[:_MOST_BYTES]


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds that the answer asks to wait, given as a number or as a date."""
    text = response.headers.get("retry-after", "")
    if text.isdigit():
        return min(float(text), _LONGEST_RETRY_SECONDS)
    try:
        then = parsedate_to_datetime(text)
        began = parsedate_to_datetime(response.headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return min(max(0.0, (then - began).total_seconds()), _LONGEST_RETRY_SECONDS)
