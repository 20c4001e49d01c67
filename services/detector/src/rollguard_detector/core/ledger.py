"""
How far the log was read, how far snapshots of it reach, and so from where on it will be needed again.

The rule: whatever lies before the floor of a partition is in some workload's snapshot. A workload falls behind with the first point
that its snapshot does not know; the floor is where the oldest of them fell behind. All of it is told: offsets, and the time.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

Place = tuple[str, int]  # a topic and the number of a partition
Offsets = Mapping[Place, int]


class _Behind(NamedTuple):
    """Since when, and with everything before these offsets known."""

    since_seconds: float
    offsets: Offsets


class Ledger:
    """Offsets by partition, and the workloads that are behind, oldest first."""

    def __init__(self) -> None:
        self.positions: dict[Place, int] = {}
        self._behind: dict[str, _Behind] = {}

    def __len__(self) -> int:
        return len(self._behind)

    def take(self, starts: Offsets) -> None:
        """Begin to read partitions at these offsets."""
        self.positions.update(starts)

    def release(self, places: Collection[Place], workloads: Collection[str]) -> None:
        """Forget partitions and the workloads that went with them."""
        gone = set(places)
        self.positions = _without(gone, self.positions)
        for name in workloads:
            self._behind.pop(name, None)
        # Whoever takes a partition again begins earlier: what is said of it here holds no more.
        self._behind = {name: _Behind(one.since_seconds, _without(gone, one.offsets)) for name, one in self._behind.items()}

    def note(self, next_offsets: Offsets, moved: Collection[str], at_seconds: float) -> None:
        """Take in a batch: how far it led, and which workloads it taught."""
        fallen = _Behind(at_seconds, dict(self.positions))
        for name in sorted(moved):
            self._behind.setdefault(name, fallen)
        self.positions.update(next_offsets)

    def kept(self, name: str) -> None:
        """A snapshot knows all of a workload, or nothing is left to know."""
        self._behind.pop(name, None)

    def behind(self, until_seconds: float) -> Iterator[str]:
        """Yield the workloads that fell behind until then, oldest first."""
        yield from [name for name, one in self._behind.items() if one.since_seconds <= until_seconds]

    def floor(self) -> dict[Place, int]:
        """Return from where on each partition is needed."""
        floor: dict[Place, int] = {}
        for one in self._behind.values():
            if len(floor) == len(self.positions):
                break
            floor = {**one.offsets, **floor}  # the oldest that speaks of a partition counts
        return {**self.positions, **floor}

    def age_seconds(self, at_seconds: float) -> float:
        """Return for how long the oldest of what no snapshot knows has been known."""
        oldest = next(iter(self._behind.values()), None)
        return 0.0 if oldest is None else max(0.0, at_seconds - oldest.since_seconds)


def _without(gone: Collection[Place], offsets: Offsets) -> dict[Place, int]:
    return {place: offset for place, offset in offsets.items() if place not in gone}
