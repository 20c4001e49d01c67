"""
Snapshots and floors as records of the state topic.

A record lies in the partition of the number that its workload's points came from, whatever a producer's partitioner is, so that
who takes that partition over finds it there. Its key names the topic besides: the same number of two topics may belong to two
processes. The envelope is read before the content, and a content of another format or configuration is never looked into.
"""

import zlib
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from rollguard_detector.core.rollouts import LastRollout
from rollguard_detector.core.snapshots import FORMAT, WorkloadKept
from rollguard_runtime.bus import Partition
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.policies import RollbackPolicy
from rollguard_schemas.topics import DETECTOR_STATE, MAX_STATE_BYTES

_LEVEL = 1  # a fifth of the bytes of a young series for a quarter of the time that taking it out costs
_MAX_CONTENT_BYTES = 16 * MAX_STATE_BYTES


class Unreadable(ValueError):
    """The bytes are no record of ours."""


class Known(msgspec.Struct, frozen=True):
    """What is known of a workload, and the policy and rollout under which it was learned."""

    workload: WorkloadKept
    policy: RollbackPolicy | None
    rollout: LastRollout | None


class Snapshot(msgspec.Struct, frozen=True):
    """All that the log says of a workload before these offsets (by topic and number) is in the content, and none of the rest."""

    format: int
    digest: str
    offsets: Mapping[str, Mapping[int, int]]
    content: bytes

    def reached(self) -> dict[Partition, int]:
        """Return the offsets by partition."""
        return {(topic, number): offset for topic, numbers in self.offsets.items() for number, offset in numbers.items()}


class Name(NamedTuple):
    """What a record is about: a workload, or the floor where there is none; and the partition that it belongs to."""

    workload: str
    home: Partition


def key_of(name: Name) -> bytes:
    """Return the key of a record; a topic holds neither ``@`` nor ``/``."""
    topic, number = name.home
    return f"{name.workload}@{topic}/{number}".encode()


def name_of(key: bytes | None) -> Name:
    """
    Read a key.

    Raises:

        Unreadable: if it is none of ours.
    """
    workload, _, home = (key or b"").decode("utf-8", "replace").rpartition("@")
    topic, _, number = home.rpartition("/")
    if not topic or not number.isdecimal():
        raise Unreadable(f"key {key!r} names no partition")
    return Name(workload, (topic, int(number)))


def snapshot_record(name: Name, state_partition: int, snapshot: Snapshot) -> OutgoingRecord:
    """Write a snapshot."""
    return OutgoingRecord(DETECTOR_STATE.name, key_of(name), msgspec.msgpack.encode(snapshot), partition=state_partition)


def floor_record(home: Partition, state_partition: int, offset: int) -> OutgoingRecord:
    """Write from where on a partition is needed."""
    return OutgoingRecord(DETECTOR_STATE.name, key_of(Name("", home)), msgspec.msgpack.encode(offset), partition=state_partition)


def tombstone(name: Name, state_partition: int) -> OutgoingRecord:
    """Take a snapshot back."""
    return OutgoingRecord(DETECTOR_STATE.name, key_of(name), None, partition=state_partition)


def seal(known: Known, digest: str, offsets: Mapping[Partition, int]) -> Snapshot:
    """Put what is known into an envelope."""
    spread: dict[str, dict[int, int]] = {}
    for (topic, number), offset in offsets.items():
        spread.setdefault(topic, {})[number] = offset
    return Snapshot(FORMAT, digest, spread, zlib.compress(msgspec.msgpack.encode(known), _LEVEL))


def read_snapshot(value: bytes) -> Snapshot:
    """Read an envelope, or raise ``Unreadable``."""
    try:
        return msgspec.msgpack.decode(value, type=Snapshot)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"no snapshot: {error}") from error


def read_floor(value: bytes) -> int:
    """Read a floor, or raise ``Unreadable``."""
    try:
        return msgspec.msgpack.decode(value, type=int)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"no floor: {error}") from error


def open_snapshot(snapshot: Snapshot) -> Known:
    """Look into an envelope, or raise ``Unreadable``."""
    try:
        return msgspec.msgpack.decode(zlib.decompressobj().decompress(snapshot.content, _MAX_CONTENT_BYTES), type=Known)
    except (msgspec.DecodeError, UnicodeDecodeError, zlib.error) as error:
        raise Unreadable(f"no content: {error}") from error
