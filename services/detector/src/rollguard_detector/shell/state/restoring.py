"""
Puts workloads back from the state topic, and forgets those that went to another process.

What cannot be put back (another format, another configuration, bytes that nobody can read) is counted and said, and its workload
warms up from a stretch of the log, as every workload did before there were snapshots.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping

from rollguard_detector.core.learned import Learned
from rollguard_detector.core.snapshots import FORMAT, Unfit
from rollguard_detector.core.standing import Standing
from rollguard_detector.shell import metrics
from rollguard_detector.shell.state.archive import Archive
from rollguard_detector.shell.state.process_state import ProcessState
from rollguard_detector.shell.state.reading import Found, read_state
from rollguard_detector.shell.state.records import Name, Snapshot, Unreadable, open_snapshot
from rollguard_runtime import logs
from rollguard_runtime.bus import Bus, Partition, Reached

log = logs.get("state")


class Restoring:
    """From the topic into a detector."""

    def __init__(
        self,
        bus: Bus,
        archive: Archive,
        state: ProcessState,
        *,
        learned: Learned,
        standing: Standing,
        wait: Callable[[], None],
    ) -> None:
        self._bus, self._archive, self._digest = bus, archive, state.digest
        self._detector, self._context, self._resumption, self._homes = state.detector, state.context, state.resumption, state.homes
        self._learned, self._standing, self._wait = learned, standing, wait

    async def restore(self, partitions: Mapping[Partition, Reached]) -> dict[Partition, int]:
        """Put back the workloads of partitions; return from where each partition has to be read. Raises ``Temporary``."""
        await self._archive.open()
        found = await read_state(self._bus, partitions, {self._archive.partition_of(home) for home in partitions})
        refused: dict[Name, str] = dict.fromkeys(found.unreadable, "unreadable")
        for name, snapshot in found.snapshots.items():
            reason = self._put(name, snapshot)
            if reason is not None:
                refused[name] = reason
            self._wait()
            await asyncio.sleep(0)  # thousands of workloads take seconds, and the group expects heartbeats meanwhile
        await self._archive.take_back(list(refused))
        self._tell(found, refused)
        return {home: _start(home, reached, found, refused) for home, reached in partitions.items()}

    def forget(self, workload: str) -> None:
        """Let go of a workload that another process has by now; what the policy says of it stays."""
        rollout = self._detector.last_rollout(workload)
        self._detector.forget(workload)
        self._detector.take_last_rollout(workload, rollout)
        self._resumption.forget(workload)
        self._homes.leave(workload)

    def _put(self, name: Name, snapshot: Snapshot) -> str | None:
        """Put a workload back; return why it could not be, if so."""
        if snapshot.format != FORMAT:
            return "format"
        if snapshot.digest != self._digest:
            return "configuration"
        workload, policy = name.workload, self._context.policies.get(name.workload)
        rollout = self._detector.last_rollout(workload)
        self._detector.forget(workload)  # history may have taught it already
        self._learned.forget(workload)
        self._standing.forget(workload)
        try:
            known = open_snapshot(snapshot)
            self._detector.take_policy(workload, known.policy)
            self._detector.take_last_rollout(workload, known.rollout)
            self._detector.resume(known.workload)
        except (Unreadable, Unfit, ValueError, KeyError) as error:
            log.warning("a snapshot cannot be put back", workload=workload, because=str(error))
            self._detector.forget(workload)
            self._detector.take_policy(workload, policy)
            self._detector.take_last_rollout(workload, rollout)
            return "unfit"
        self._homes.settle(workload, name.home)
        self._resumption.begin(workload, snapshot.reached())
        if (policy, rollout) != (known.policy, known.rollout):
            self._resumption.tell_later(name, known.policy, policy, rollout)
        return None

    def _tell(self, found: Found, refused: Mapping[Name, str]) -> None:
        restored = len(found.snapshots) - sum(name in found.snapshots for name in refused)
        metrics.STATE_RESTORED.inc(restored)
        for reason, count in Counter(refused.values()).items():
            metrics.STATE_REFUSED.labels(reason).inc(count)
            log.warning("snapshots passed over: their workloads warm up from the log", reason=reason, workloads=count)
        log.info("state restored", workloads=restored, series=self._detector.series_count)


def _start(home: Partition, reached: Reached, found: Found, refused: Mapping[Name, str]) -> int:
    """Return from where a partition is read: its floor; where somebody has to warm up, from the rewind if that is earlier."""
    floor = found.floors.get(home)
    if floor is None:
        return reached.rewound
    start = floor if reached.committed is None else min(floor, reached.committed)
    return min(start, reached.rewound) if any(name.home == home for name in refused) else start
