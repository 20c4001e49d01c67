"""
The quarantine of images that were taken back: one ConfigMap a namespace, which the admission policy in ``k8s`` reads.

An entry is four lines: image, until, owner, reason. Entries that have run out are dropped whenever one is written.
"""

import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime

from rollguard_actuator.drivers.kubernetes.api import Api, Conflict, Json
from rollguard_actuator.drivers.kubernetes.rights import Right

NAME, LABEL = "rollguard-quarantine", "rollguard.dev/quarantine"
QUARANTINE_RIGHTS = (
    Right(group="", resource="configmaps", verbs=frozenset({"create"}), is_optional=True, folder="quarantine"),
    Right(group="", resource="configmaps", verbs=frozenset({"patch"}), is_optional=True, folder="quarantine", name=NAME),
)
_LINES = 4
_FORM = "%Y-%m-%dT%H:%M:%SZ"


class Quarantine:
    """Bars images for a time; no time bars nothing."""

    def __init__(self, api: Api, *, seconds: float, clock: Callable[[], float] = time.time) -> None:  # noqa: TID251  # a driver is a shell
        self._api, self._seconds, self._clock = api, seconds, clock

    async def bar(self, namespace: str, images: tuple[str, ...], *, owner: str, reason: str) -> str | None:
        """Bar images in a namespace, and say until when; None if nothing is to be barred. Raises as ``Api`` does."""
        if not self._seconds or not images:
            return None
        until = _text(self._clock() + self._seconds)
        entries = {key_of(image): "\n".join((image, until, _line(owner), _line(reason))) for image in images}
        collection = f"/api/v1/namespaces/{namespace}/configmaps"
        found = await self._api.get(f"{collection}/{NAME}")
        if found is None:
            await self._api.create(collection, {"metadata": {"name": NAME, "labels": {LABEL: "true"}}, "data": entries})
        else:
            await self._api.patch(f"{collection}/{NAME}", self._operations(found, entries))
        return until

    def _operations(self, found: Json, entries: dict[str, str]) -> list[Json]:
        version = {"op": "replace", "path": "/metadata/resourceVersion", "value": found["metadata"]["resourceVersion"]}
        kept = {key: text for key, text in (found.get("data") or {}).items() if not self._has_run_out(text)}
        return [version, {"op": "add", "path": "/data", "value": {**kept, **entries}}]

    def _has_run_out(self, entry: str) -> bool:
        """Say whether an entry is over; what a person wrote in another form is left alone."""
        lines = entry.split("\n")
        return len(lines) == _LINES and lines[1] < _text(self._clock())


async def bar_patiently(quarantine: Quarantine, namespace: str, images: tuple[str, ...], *, owner: str, reason: str) -> str | None:
    """Bar, and once more if somebody wrote the quarantine at the same moment."""
    try:
        return await quarantine.bar(namespace, images, owner=owner, reason=reason)
    except Conflict:
        return await quarantine.bar(namespace, images, owner=owner, reason=reason)


def key_of(image: str) -> str:
    """Return an image's key: a ConfigMap's keys take no colon and no slash."""
    return hashlib.sha256(image.encode()).hexdigest()[:16]


def _text(unix_seconds: float) -> str:
    return datetime.fromtimestamp(unix_seconds, UTC).strftime(_FORM)


def _line(text: str) -> str:
    return " ".join(text.split())
