"""
The API server as the drivers use it: read, list, and patch by JSON Patch, each with an error that says what happens next.

The official client brings kubeconfig, tokens, TLS and proxies. It is synchronous, so each call runs in a thread; it is told to
fail fast, since the actuator does the waiting and knows each decision's deadline. It is imported when a connection is made.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal, NamedTuple

from rollguard_runtime.errors import Permanent, Temporary

Json = dict[str, Any]
Source = Literal["in-cluster", "kubeconfig"]

FIELD_MANAGER = "rollguard"
_JSON_PATCH = "application/json-patch+json"
_METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_TRANSIENT = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class Answer(NamedTuple):
    """What came back from the server, whatever it says."""

    status: int
    text: bytes
    retry_after: str | None = None


class Conflict(Temporary):
    """Somebody wrote the object since it was read: read it again."""


class Forbidden(Permanent):
    """The actuator's account lacks the right."""


class Invalid(Permanent):
    """What was sent does not fit the object as it is: a test in the patch failed, or the result is no valid object."""


class Api:
    """One API server, spoken to with the account that the client was made with."""

    def __init__(self, client: Any, *, timeout_seconds: float) -> None:
        self._client, self._timeout_seconds = client, timeout_seconds

    async def get(self, path: str, *, metadata_only: bool = False) -> Json | None:
        """Read one object, None if it does not exist; ``metadata_only`` leaves its content on the server."""
        headers = {"Accept": _METADATA_ONLY} if metadata_only else {}
        return await self._ask("GET", path, headers=headers)

    async def list(self, path: str, *, selector: str) -> list[Json]:
        """Read the objects that a label selector selects."""
        found = await self._ask("GET", path, query={"labelSelector": selector})
        return list(found["items"]) if found else []

    async def create(self, path: str, body: Json) -> Json:
        """
        Create an object, and return what the server made of it.

        Raises:

            Conflict: if one of its name is there.
            Permanent: if its namespace is not there.
        """
        query, headers = {"fieldManager": FIELD_MANAGER}, {"Content-Type": "application/json"}
        made = await self._ask("POST", path, query=query, headers=headers, body=body)
        if made is None:
            raise Permanent(f"Kubernetes has no {path}")
        return made

    async def patch(self, path: str, operations: Sequence[Json], *, dry_run: bool = False) -> Json:
        """
        Write, or with ``dry_run`` have the server do everything but write; return the object as it then is, or would be.

        Raises:

            Conflict: if the object is gone, or somebody writes it at the same moment.
            Invalid: if a test among the operations fails.
        """
        query = {"fieldManager": FIELD_MANAGER, **({"dryRun": "All"} if dry_run else {})}
        headers = {"Content-Type": _JSON_PATCH}
        done = await self._ask("PATCH", path, query=query, headers=headers, body=list(operations))
        if done is None:
            raise Conflict(f"{path} is gone")
        return done

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Json | None:
        """Return what the server sent, None for what is not there."""
        answer = await self._exchange(method, path, query or {}, headers or {}, body)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise judged(answer.status, answer.text, answer.retry_after)
        return dict(json.loads(answer.text))

    async def _exchange(self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: object) -> Answer:
        """Send one request in a thread: the one place where a model of the API takes the server's."""
        return await asyncio.to_thread(self._send, method, path, query, headers, body)

    def _send(self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: object) -> Answer:
        from kubernetes.client import ApiException  # noqa: PLC0415  # loaded with the client
        from urllib3.exceptions import HTTPError  # noqa: PLC0415  # as above

        request = self._client.param_serialize(
            *(method, path, None, list(query.items()), {"Accept": "application/json", **headers}, body),
            auth_settings=["BearerToken"],
        )
        try:
            response = self._client.call_api(*request, _request_timeout=self._timeout_seconds)
            return Answer(response.status, response.read(), response.getheader("Retry-After"))
        except (ApiException, HTTPError, OSError) as error:
            raise Temporary(f"Kubernetes does not answer: {error}") from error


def connect(source: Source, *, timeout_seconds: float) -> Api:
    """
    Make a client with a pod's own account, or from a kubeconfig (``KUBECONFIG``, else the one in the home folder).

    Raises:

        Permanent: where there is no such account or file.
    """
    from kubernetes import client, config  # noqa: PLC0415  # takes a second

    configuration = client.Configuration()
    configuration.retries = False
    try:
        if source == "in-cluster":
            config.load_incluster_config(client_configuration=configuration)
        else:
            config.load_kube_config(client_configuration=configuration)
    except config.ConfigException as error:
        raise Permanent(f"no way to Kubernetes by {source}: {error}") from error
    return Api(client.ApiClient(configuration), timeout_seconds=timeout_seconds)


def judged(status: int, body: bytes, retry_after: str | None) -> Temporary | Permanent:
    """Say of a refusal whether it may go away."""
    text = _message(body)
    if status == HTTPStatus.CONFLICT:
        return Conflict(f"Kubernetes was written to by somebody else: {text}")
    if status in _TRANSIENT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        wait = {"retry_after_seconds": float(retry_after)} if retry_after and retry_after.isdecimal() else {}
        return Temporary(f"Kubernetes does not answer: {status} {text}", **wait)
    if status == HTTPStatus.FORBIDDEN:
        return Forbidden(f"Kubernetes refuses: {text}")
    kind = Invalid if status == HTTPStatus.UNPROCESSABLE_ENTITY else Permanent
    return kind(f"Kubernetes refuses: {status} {text}")


def _message(body: bytes) -> str:
    """Take the server's own words out of its Status object, or whatever it sent instead."""
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")[:200]
