"""
Signals that wait for their answer, in the order in which they were heard.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable

import msgspec

from rollguard_runtime.bus import Record

_GIVEN_UP_KEPT = 10_000


class Waiting(msgspec.Struct, kw_only=True):
    """A signal without an answer: its latest copy on the topic, since when it waits, and how often it was put forward again."""

    signal_id: str
    record: Record
    since_seconds: float
    attempts: int = 0


class WaitingList:
    """Every signal heard and not answered. Times are those of a monotonic clock."""

    def __init__(self, has_answered: Callable[[str], bool]) -> None:
        self._has_answered = has_answered
        self._waiting: dict[str, Waiting] = {}
        self._given_up: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def heard(self, signal_id: str, record: Record, now: float) -> None:
        """Note a signal; a copy of one that waits already takes its place, its attempts counted on."""
        if self._has_answered(signal_id) or signal_id in self._given_up:
            return
        known = self._waiting.get(signal_id)
        self._waiting[signal_id] = Waiting(
            signal_id=signal_id, record=record, since_seconds=now, attempts=known.attempts if known else 0
        )

    def answered(self, ids: Iterable[str]) -> None:
        """Forget what needs no answer any more."""
        for signal_id in ids:
            self._waiting.pop(signal_id, None)

    def give_up(self, signal_id: str) -> None:
        """Expect no answer to this signal. Should it be answered after all, that answer stands."""
        self._given_up[signal_id] = None
        self._waiting.pop(signal_id, None)
        if len(self._given_up) > _GIVEN_UP_KEPT:
            self._given_up.popitem(last=False)

    def all(self) -> list[Waiting]:
        """Return all that waits, in the order in which it was heard."""
        return [*self._waiting.values()]

    def due(self, now: float, after_seconds: float) -> list[Waiting]:
        """Return what has waited for too long."""
        return [one for one in self._waiting.values() if now - one.since_seconds >= after_seconds]
