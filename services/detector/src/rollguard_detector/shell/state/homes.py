"""
Which partition each workload's points come from: its state lies beside it and goes where it goes.

A home is looked for once, when a workload is heard first. A workload that producers spread over partitions is at home where it was
heard first; it is whole only as long as one process has all of them (see the re-key stage).
"""

from collections.abc import Collection, Sequence

from rollguard_runtime.bus import Partition
from rollguard_runtime.pump import Received


class Homes:
    """Homes by workload, and the batches in which a new one may be found."""

    def __init__(self) -> None:
        self._homes: dict[str, Partition] = {}
        self._heard: list[Sequence[Received]] = []

    def hear(self, batch: Sequence[Received]) -> None:
        """Remember a batch until homes were looked for."""
        self._heard.append(batch)

    def settle(self, workload: str, home: Partition) -> None:
        """Give a workload the home that its snapshot had."""
        self._homes[workload] = home

    def place(self, workloads: Collection[str]) -> set[str]:
        """Look for those that are not at home yet in what was heard; return all that are."""
        missing = {name for name in workloads if name not in self._homes}
        if missing:
            self._look_for(missing)
        self._heard.clear()
        return {name for name in workloads if name in self._homes}

    def of(self, workload: str) -> Partition | None:
        """Return the home of a workload that has one."""
        return self._homes.get(workload)

    def leave(self, workload: str) -> None:
        """Forget where a workload was at home."""
        self._homes.pop(workload, None)

    def within(self, partitions: Collection[Partition]) -> list[str]:
        """Return the workloads at home in these partitions."""
        return [name for name, home in self._homes.items() if home in partitions]

    def _look_for(self, missing: set[str]) -> None:
        for received in (one for batch in self._heard for one in batch):
            for point in received.event.points:
                if point.workload in missing:
                    missing.discard(point.workload)
                    self._homes[point.workload] = (received.record.topic, received.record.partition)
            if not missing:
                return
