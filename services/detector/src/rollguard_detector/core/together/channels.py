"""
Which channels of a workload are looked at: at most so many, the most active ones, and every value that found no place is counted.

A label that takes a new value with every request would otherwise grow a matrix by its square. A channel that was refused is counted
by name for a while, and takes the place of a quieter one at the end of a period.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PERIOD_A_CHANNEL = 64
_WAITING_A_CHANNEL = 4


class Channels:
    """The names that are kept, with how often each was heard lately; ties go to who is kept, then by name."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[str, int] = {}
        self._waiting: dict[str, int] = {}
        self._heard = 0
        self.refused = 0

    @property
    def kept(self) -> frozenset[str]:
        """The names that are looked at."""
        return frozenset(self._kept)

    def admit(self, name: str) -> bool:
        """Count a value of a channel; return whether the channel is looked at."""
        self._heard += 1
        if name in self._kept or len(self._kept) < self._most:
            self._kept[name] = self._kept.get(name, 0) + 1
            return True
        self.refused += 1
        if name not in self._waiting and len(self._waiting) >= _WAITING_A_CHANNEL * self._most:
            del self._waiting[min(self._waiting, key=lambda one: (self._waiting[one], one))]
        self._waiting[name] = self._waiting.get(name, 0) + 1
        return False

    def displaced(self) -> tuple[str, ...]:
        """At the end of a period give the places to the most active; return who lost theirs."""
        if self._heard < _PERIOD_A_CHANNEL * self._most:
            return ()
        ranked = [(-count, 0, name) for name, count in self._kept.items()]
        ranked += [(-count, 1, name) for name, count in self._waiting.items()]
        chosen = {name: -count // 2 for count, _, name in sorted(ranked)[: self._most]}
        lost = tuple(sorted(set(self._kept) - set(chosen)))
        self._kept, self._waiting, self._heard = chosen, {}, 0
        return lost

    def export(self) -> Mapping[str, NDArray[Any]]:
        """Return a copy of all that is known."""
        return {
            "kept": np.array(list(self._kept), dtype=np.str_),
            "waiting": np.array(list(self._waiting), dtype=np.str_),
            "counts": np.array([self._heard, self.refused, *self._kept.values(), *self._waiting.values()], dtype=np.int64),
        }

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Put back what ``export`` took; raises KeyError or ValueError where it does not fit."""
        self._heard, self.refused, *counts = state["counts"].tolist()
        kept, waiting = state["kept"].tolist(), state["waiting"].tolist()
        self._kept = dict(zip(kept, counts[: len(kept)], strict=True))
        self._waiting = dict(zip(waiting, counts[len(kept) :], strict=True))
