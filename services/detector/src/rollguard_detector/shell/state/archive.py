"""
Writes to the state topic.

A snapshot that the broker will never take is given up, counted and said, and its predecessor is taken back: half a state is worse
than none, and one workload must not hold back the floor of all.
"""

from collections.abc import Mapping, Sequence

from rollguard_detector.shell import metrics
from rollguard_detector.shell.state.process_state import ProcessState
from rollguard_detector.shell.state.records import Known, Name, floor_record, name_of, seal, snapshot_record, tombstone
from rollguard_runtime import logs
from rollguard_runtime.bus import Bus, Partition, Sink
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.codec import OutgoingRecord
from rollguard_schemas.topics import DETECTOR_STATE

log = logs.get("state")


class Archive:
    """The state topic, as it is written."""

    def __init__(self, bus: Bus, sink: Sink, state: ProcessState) -> None:
        self._bus, self._sink, self._state = bus, sink, state
        self._count = 0

    async def open(self) -> None:
        """Learn how many partitions the topic has; raises ``Temporary`` while there is none."""
        counts = await self._bus.partition_counts([DETECTOR_STATE.name])
        if DETECTOR_STATE.name not in counts:
            raise Temporary(f"topic {DETECTOR_STATE.name} does not exist: run `rollguard topics apply`", retry_after_seconds=2)
        self._count = counts[DETECTOR_STATE.name]

    def partition_of(self, home: Partition) -> int:
        """Return where the state of a partition's workloads lies."""
        return home[1] % self._count

    def take_moved(self) -> set[str]:
        """Return the workloads that know more, or less, than when this was asked last."""
        return self._state.detector.take_moved()

    def record(self, workload: str, reached: Mapping[Partition, int]) -> OutgoingRecord:
        """Return the snapshot of a workload as it is now, or its end."""
        home = self._state.homes.of(workload)
        if home is None:
            raise KeyError(f"{workload} has no home")
        name = Name(workload, home)
        if not self._state.detector.knows(workload):
            return tombstone(name, self.partition_of(home))
        policy = self._state.resumption.policy_in_effect(workload, self._state.context.policies.get(workload))
        known = Known(self._state.detector.keep(workload), policy, self._state.detector.last_rollout(workload))
        return snapshot_record(name, self.partition_of(home), seal(known, self._state.digest, reached))

    async def write(self, records: Sequence[OutgoingRecord]) -> None:
        """Publish; raises ``Temporary``."""
        try:
            await self._publish(records)
        except Permanent:
            for record in records:
                await self._write_alone(record)

    async def write_floor(self, floor: Mapping[Partition, int]) -> None:
        """Publish from where on partitions are needed."""
        await self._publish([floor_record(home, self.partition_of(home), offset) for home, offset in floor.items()])

    async def take_back(self, names: Sequence[Name]) -> None:
        """Publish that snapshots hold no more."""
        await self._publish([tombstone(name, self.partition_of(name.home)) for name in names])

    async def _write_alone(self, record: OutgoingRecord) -> None:
        try:
            await self._publish([record])
        except Permanent as error:
            name = name_of(record.key)
            metrics.STATE_REFUSED.labels("too-large").inc()
            log.error("a snapshot is refused: its workload will warm up from the log", workload=name.workload, because=str(error))
            await self.take_back([name])

    async def _publish(self, records: Sequence[OutgoingRecord]) -> None:
        if not records:
            return
        await self._sink.publish(records)
        metrics.STATE_RECORDS.inc(len(records))
        metrics.STATE_BYTES.inc(sum(len(record.value or b"") for record in records))
