"""
What history left open: incidents and episodes that began in it and did not end, and the revision that serves.

History is learned in silence, yet an end may only be said after its opening, and a breach that goes on would never be said at all.
So what still stands when a workload's first live point comes is said with it, by its own id and time. A workload of which the log
is read again was watched by an earlier process, which has said it.
"""

from collections.abc import Iterable

from rollguard_schemas.signals import AnomalyCleared, AnomalyOpened, ObjectiveRecovered, ObjectiveSignal, RevisionServing, Signal


class Standing:
    """The openings without an end, a workload at a time, in the order in which they were concluded."""

    def __init__(self) -> None:
        self._open: dict[str, dict[str, Signal]] = {}

    @property
    def is_waiting(self) -> bool:
        """Whether anything is left to say."""
        return bool(self._open)

    def hear(self, signals: Iterable[Signal]) -> None:
        """Take in what one point of the history led to."""
        for signal in signals:
            thread = _thread(signal)
            if thread is None:
                continue
            threads = self._open.setdefault(signal.workload, {})
            threads.pop(thread, None)
            if not isinstance(signal, (AnomalyCleared, ObjectiveRecovered)):
                threads[thread] = signal

    def forget(self, workload: str) -> None:
        """What stands for the workload was said by somebody else."""
        self._open.pop(workload, None)

    def say(self, workload: str) -> list[Signal]:
        """Return what stands for a workload, once."""
        return list(self._open.pop(workload, {}).values()) if self._open else []


def _thread(signal: Signal) -> str | None:
    """Return what ties an opening to its end."""
    if isinstance(signal, (AnomalyOpened, AnomalyCleared)):
        return signal.incident
    if isinstance(signal, ObjectiveSignal):
        return signal.episode
    return "revision" if isinstance(signal, RevisionServing) else None
