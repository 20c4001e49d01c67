"""
What the history left open: incidents and episodes that began in it and did not end, and the revision that serves.

History is learned in silence, yet an end may only be said after its opening, and a breach that goes on would never be said at all.
So what still stands when a workload's first live point comes is said with it, by its own id and time. What is read again from the
log was said before; it may end what stands, and opens nothing here.
"""

from collections.abc import Iterable

from rollguard_schemas.signals import AnomalyCleared, AnomalyOpened, ObjectiveRecovered, ObjectiveSignal, RevisionServing, Signal


class Standing:
    """The openings without an end, a workload at a time, in the order in which they were said to us."""

    def __init__(self) -> None:
        self._open: dict[str, dict[str, Signal]] = {}

    def hear(self, signals: Iterable[Signal]) -> None:
        """Take in what one point of the history led to."""
        for signal in signals:
            thread = _thread(signal)
            if thread is None:
                continue
            self.end([signal])
            if not isinstance(signal, (AnomalyCleared, ObjectiveRecovered)):
                self._open.setdefault(signal.workload, {})[thread] = signal

    def end(self, signals: Iterable[Signal]) -> None:
        """Forget what these signals end or replace: they were said."""
        for signal in signals:
            threads = self._open.get(signal.workload)
            if threads is not None:
                threads.pop(_thread(signal) or "", None)

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
