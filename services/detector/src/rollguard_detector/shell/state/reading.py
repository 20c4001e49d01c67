"""
The state topic as somebody finds it who takes partitions over: the floors, and the latest snapshot of each workload.

Of two snapshots of a workload the one that reaches farther counts, not the one written last: a process that was thought dead may
still write what it knew long ago.
"""

from collections.abc import Collection
from contextlib import aclosing

import msgspec

from rollguard_detector.shell.state.records import Name, Snapshot, Unreadable, name_of, read_floor, read_snapshot
from rollguard_runtime.bus import Bus, Partition, Record
from rollguard_schemas.topics import DETECTOR_STATE


class Found(msgspec.Struct):
    """Floors by partition, snapshots by name, and what could not be read, by name and why."""

    floors: dict[Partition, int] = {}
    snapshots: dict[Name, Snapshot] = {}
    unreadable: dict[Name, str] = {}

    def take(self, record: Record, homes: Collection[Partition]) -> None:
        """Take in a record of the topic, if it belongs to one of the partitions."""
        try:
            name = name_of(record.key)
        except Unreadable:
            return  # of nobody that is known
        if name.home in homes:
            self._take(name, record.value)

    def _take(self, name: Name, value: bytes | None) -> None:
        if value is None:
            self.snapshots.pop(name, None)
            self.unreadable.pop(name, None)
            return
        try:
            if not name.workload:
                self.floors[name.home] = read_floor(value)
                return
            snapshot, known = read_snapshot(value), self.snapshots.get(name)
        except Unreadable as error:
            self.unreadable[name] = str(error)
            return
        if known is None or _reach(snapshot, name) >= _reach(known, name):
            self.snapshots[name] = snapshot
            self.unreadable.pop(name, None)


async def read_state(bus: Bus, homes: Collection[Partition], state_partitions: Collection[int]) -> Found:
    """Read what the state topic says of partitions, up to its end as it stands now; raises ``Temporary``."""
    found, wanted = Found(), frozenset(homes)
    follower = bus.follower([DETECTOR_STATE.name], state_partitions)
    try:
        await follower.start()
        async with aclosing(follower.catching_up()) as pieces:
            async for records in pieces:
                for record in records:
                    found.take(record, wanted)
    finally:
        await follower.stop()
    return found


def _reach(snapshot: Snapshot, name: Name) -> int:
    topic, number = name.home
    return snapshot.offsets.get(topic, {}).get(number, 0)
