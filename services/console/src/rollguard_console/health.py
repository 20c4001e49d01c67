"""
The checks of ``rollguard doctor``, each with the mend for its failure.

A check answers; it does not raise: the point of the table is to show everything that is wrong at once.
"""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Literal
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import msgspec

from rollguard_console.history import read_policies
from rollguard_runtime.bus import Bus
from rollguard_runtime.errors import Temporary
from rollguard_schemas.topics import POLICIES, TOPICS

_TIMEOUT_SECONDS = 5.0
_RIGHTS_BYTES = 1_000_000

Status = Literal["ok", "wrong", "unreachable", "not-checked"]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at, what was found, and what to do about it."""

    name: str
    status: Status
    detail: str
    mend: str = ""


class Lack(msgspec.Struct, frozen=True):
    """A right that the actuator lacks, as it tells it."""

    what: str
    is_optional: bool
    mend: str


class Standing(msgspec.Struct, frozen=True):
    """What one driver of the actuator may do in one place, as it tells it."""

    driver: str
    namespace: str
    lacks: tuple[Lack, ...] = ()
    error: str | None = None


async def check_bus(bus: Bus, address: str) -> list[Check]:
    """Check broker, topics and policies."""
    names = [name for topic in TOPICS for name in topic.names]
    try:
        counts = await bus.partition_counts(names)
    except Temporary as error:
        mend = "start the broker, or name it with --kafka or ROLLGUARD_KAFKA"
        unseen = [Check(name=name, status="not-checked", detail="the broker does not answer") for name in ("topics", "policies")]
        return [Check(name="broker", status="unreachable", detail=f"{address}: {error}", mend=mend), *unseen]
    topics = check_topics(names, counts)
    return [Check(name="broker", status="ok", detail=f"{address} answers"), topics, await _check_policies(bus, counts)]


def check_topics(names: Sequence[str], counts: dict[str, int]) -> Check:
    """Check that all topics exist and have equally many partitions."""
    missing = [name for name in names if name not in counts]
    if missing:
        return Check(name="topics", status="wrong", detail=f"missing: {', '.join(missing)}", mend="run `rollguard topics apply`")
    if len(set(counts.values())) > 1:
        shape = ", ".join(f"{name} {count}" for name, count in counts.items())
        mend = "delete those that differ and run `rollguard topics apply`: one workload's story must lie in one partition number"
        return Check(name="topics", status="wrong", detail=f"unequal partitions: {shape}", mend=mend)
    return Check(name="topics", status="ok", detail=f"{len(names)} topics, {next(iter(counts.values()))} partitions each")


async def _check_policies(bus: Bus, counts: dict[str, int]) -> Check:
    if POLICIES.name not in counts:
        return Check(name="policies", status="not-checked", detail="their topic is missing")
    try:
        in_force, unreadable = await read_policies(bus)
    except Temporary as error:
        return Check(name="policies", status="unreachable", detail=str(error), mend="look at the broker's log")
    if unreadable:
        mend = "apply the policies again: `rollguard policy apply -f FILE`"
        return Check(name="policies", status="wrong", detail=f"{unreadable} records cannot be read", mend=mend)
    if not in_force:
        mend = "nothing is guarded yet: `rollguard policy apply -f FILE`"
        return Check(name="policies", status="ok", detail="none in force", mend=mend)
    acting = sum(policy.spec.mode == "act" for policy in in_force.values())
    return Check(name="policies", status="ok", detail=f"{len(in_force)} in force, {acting} of them act")


async def check_url(name: str, url: str, path: str, *, setting: str) -> Check:
    """Check that a service answers at its address; without one it is not checked."""
    if not url:
        return Check(name=name, status="not-checked", detail="no address given", mend=f"set {setting} or give --{name}")
    if not url.startswith(("http://", "https://")):
        return Check(name=name, status="wrong", detail=f"{url} is no URL", mend="write http://host:port")
    full = url.rstrip("/") + path
    try:
        status, text = await asyncio.to_thread(_get, full)
    except (URLError, OSError) as error:
        mend = f"start it, or mend {setting}"
        return Check(name=name, status="unreachable", detail=f"{full}: {getattr(error, 'reason', error)}", mend=mend)
    if status != HTTPStatus.OK:
        return Check(name=name, status="wrong", detail=f"{full}: {status} {text}", mend="look at its log")
    return Check(name=name, status="ok", detail=f"{full}: {text}")


async def check_rights(url: str) -> list[Check]:
    """Check what the actuator's account may do where, as it asked its targets' keepers itself; without an address nothing."""
    if not url.startswith(("http://", "https://")):
        return []
    try:
        status, text = await asyncio.to_thread(_get, url.rstrip("/") + "/rights", limit=_RIGHTS_BYTES)
        standings = msgspec.json.decode(text, type=list[Standing])
    except (URLError, OSError, msgspec.DecodeError):
        return []  # that it does not answer, or not yet, is said beside
    return [_check_of(standing) for standing in standings] if status == HTTPStatus.OK else []


def _check_of(standing: Standing) -> Check:
    name = f"rights {standing.driver} {standing.namespace}".strip()
    if standing.error is not None:
        return Check(name=name, status="not-checked", detail=standing.error, mend="look at the actuator's log")
    needed = [lack for lack in standing.lacks if not lack.is_optional]
    told = "; ".join(f"{'may' if lack.is_optional else 'must'} have: {lack.what}" for lack in standing.lacks)
    mends = " && ".join(dict.fromkeys(lack.mend for lack in needed or standing.lacks))
    return Check(name=name, status="wrong" if needed else "ok", detail=told or "all that the driver needs", mend=mends)


def _get(url: str, *, limit: int = 1000) -> tuple[int, str]:
    try:
        with urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310  # the caller admits http and https alone
            return answer.status, _first_line(answer.read(limit))
    except HTTPError as error:
        with error:
            return error.code, _first_line(error.read(1000))


def _first_line(content: bytes) -> str:
    return next(iter(content.decode(errors="replace").splitlines()), "")
