"""
Keeps what the detector knows, so that a restart at any moment changes no signal.

The order is what makes it exact: signals are published, the group's offsets committed, and only then does a snapshot say that what
led to them is known; a floor is written after the snapshots that it rests on. Killed in between, the next process reads again from
the floor, in silence up to what was committed, and each workload skips what its snapshot knows. A policy or a rollout is told
between two batches, and the workload's snapshot is written before the next, so that it takes effect at one place of the log.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping

from rollguard_detector.core.ledger import Ledger
from rollguard_detector.shell import metrics
from rollguard_detector.shell.state.allowance import Allowance
from rollguard_detector.shell.state.archive import Archive
from rollguard_detector.shell.state.process_state import ProcessState
from rollguard_detector.shell.state.restoring import Restoring
from rollguard_runtime.bus import Partition, Reached
from rollguard_schemas.codec import OutgoingRecord

_FLOOR_SECONDS = 1.0
_WRITE_BYTES = 1_000_000


class StateKeeper:
    """What a pump asks to keep, and a source to take over and to release."""

    def __init__(
        self,
        archive: Archive,
        restoring: Restoring,
        state: ProcessState,
        *,
        snapshot_seconds: float,
        bytes_per_second: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._archive, self._restoring, self._clock = archive, restoring, clock
        self._context, self._resumption, self._homes = state.context, state.resumption, state.homes
        self._ledger = Ledger()
        self._handled: dict[Partition, int] = {}
        self._homeless: set[str] = set()
        self._at_once: set[str] = set()
        self._snapshot_seconds, self._allowance = snapshot_seconds, Allowance(bytes_per_second, clock)
        self._floor: dict[Partition, int] = {}
        self._floor_at = clock()

    async def take(self, partitions: Mapping[Partition, Reached]) -> Mapping[Partition, int]:
        """Put back what is known of partitions' workloads; return from where each has to be read."""
        self._context.hold()
        starts = await self._restoring.restore(partitions)
        await self._write_floors(starts)  # before anything is committed, or a death before the first snapshot would be forgotten
        self._ledger.take(starts)
        self._handled.update({partition: one.committed or 0 for partition, one in partitions.items()})
        self._at_once.update(self._resumption.advance(self._ledger.positions, self._handled))
        await self._write_at_once()
        return starts

    async def release(self, partitions: Collection[Partition]) -> None:
        """Forget the workloads of partitions: whoever has them now begins from what was kept."""
        gone = self._homes.within(partitions)
        for name in gone:
            self._restoring.forget(name)
        self._at_once.difference_update(gone)
        self._ledger.release(partitions, gone)
        for partition in partitions:
            self._handled.pop(partition, None)
            self._floor.pop(partition, None)

    async def keep(self, next_offsets: Mapping[Partition, int]) -> None:
        """Note what a batch taught, tell what waited, and write what is due."""
        now = self._clock()
        self._note(next_offsets, now)
        self._at_once |= {name for name in self._context.tell_waiting() if self._homes.of(name)}
        await self._write_at_once()
        await self._write(self._due(now))
        await self._write_floor_now_and_then(now)
        metrics.STATE_AGE.set(self._ledger.age_seconds(now))

    async def close(self) -> None:
        """Write all that no snapshot knows."""
        now = self._clock()
        self._note({}, now)
        await self._write(self._ledger.behind(now))
        await self._write_floor_now_and_then(None)

    def _note(self, next_offsets: Mapping[Partition, int], now: float) -> None:
        moved = self._archive.take_moved() | self._homeless
        known = {name for name in moved if self._homes.of(name)}
        at_home = self._homes.place(moved)
        self._homeless = moved - at_home
        # Only a snapshot tells under which policy something was learned, should that change while nobody is there to hear.
        self._at_once |= {name for name in at_home - known if name in self._context.policies}
        self._ledger.note(next_offsets, at_home, now)
        self._at_once.update(self._resumption.advance(self._ledger.positions, self._handled))

    async def _write_at_once(self) -> None:
        """Write what must not be learned on without, such as what a workload knew when its policy changed."""
        await self._write(sorted(self._at_once))
        self._at_once.clear()

    def _due(self, now: float) -> Iterable[str]:
        for name in self._ledger.behind(now - self._snapshot_seconds):
            if not self._allowance.has_any():
                return
            yield name

    async def _write(self, names: Iterable[str]) -> None:
        """Write snapshots in pieces; a workload counts as kept when the broker has its snapshot."""
        pending: list[tuple[str, OutgoingRecord]] = []
        size = 0
        for name in names:
            record = self._archive.record(name, self._resumption.reached(name, self._ledger.positions))
            pending.append((name, record))
            written = len(record.value or b"")
            size += written
            self._allowance.spend(written)
            if size >= _WRITE_BYTES:
                await self._flush(pending)
                pending, size = [], 0
        await self._flush(pending)

    async def _flush(self, pending: list[tuple[str, OutgoingRecord]]) -> None:
        await self._archive.write([record for _, record in pending])
        for name, record in pending:
            self._ledger.kept(name)
            if record.value is None:
                self._homes.leave(name)

    async def _write_floor_now_and_then(self, now: float | None) -> None:
        """Write the floors that moved, now and then, or at once where no time is given."""
        if now is not None and now - self._floor_at < _FLOOR_SECONDS:
            return
        self._floor_at = self._clock()
        await self._write_floors(self._ledger.floor())

    async def _write_floors(self, floor: Mapping[Partition, int]) -> None:
        moved = {partition: offset for partition, offset in floor.items() if self._floor.get(partition) != offset}
        await self._archive.write_floor(moved)
        self._floor.update(moved)
