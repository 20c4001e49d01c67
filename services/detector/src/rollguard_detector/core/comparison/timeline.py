"""
Windows in the order of their time, in whatever order they arrive, each counted once.

The rule: the state is a function of the set of windows. A late window goes to its place and what follows is computed again from a
checkpoint, with the same operations in the same order, so any delivery ends in the same bits. Of two reports of one window the one
with more in it counts, whichever came first. Windows older than the newest ten thousand are settled: a later one, or a repetition,
is refused, since nobody can tell it from one that was counted.
"""

from bisect import bisect_left
from collections.abc import Callable
from typing import Any, Generic, Protocol, Self, TypeVar

_CHECKPOINT_WINDOWS = 16
_KEPT_WINDOWS = 10_000

Key = tuple[float, str]  # time in epoch seconds, segment
Item = TypeVar("Item", bound=tuple[Any, ...])
ItemIn_contra = TypeVar("ItemIn_contra", contravariant=True)


class Learner(Protocol[ItemIn_contra]):
    """A state that takes items in, in order."""

    def learn(self, item: ItemIn_contra, /) -> None:
        """Take the next item in."""

    def copy(self) -> Self:
        """Return another with the same state."""


State = TypeVar("State", bound=Learner[Any])


class Timeline(Generic[State, Item]):
    """The windows of one stream, and the state after all of them."""

    __slots__ = ("_checkpoints", "_items", "_keys", "_settled", "_size", "state")

    def __init__(self, state: State, size: Callable[[Item], object] = lambda item: item) -> None:
        self.state = state
        self._checkpoints = [state.copy()]  # before every sixteenth window
        self._keys: list[Key] = []
        self._items: list[Item] = []
        self._size = size
        self._settled: Key | None = None

    def add(self, key: Key, item: Item) -> tuple[bool, Item | None]:
        """Take an item in; return whether it counts, and which earlier report of the same window it replaces."""
        if self._settled is not None and key <= self._settled:
            return False, None
        index = len(self._keys)
        if index and key <= self._keys[-1]:
            index = bisect_left(self._keys, key)
        if index == len(self._keys):
            self._append(key, item)
            return True, None
        replaced = self._items[index] if self._keys[index] == key else None
        if replaced is None:
            self._keys.insert(index, key)
            self._items.insert(index, item)
        elif self._size(item) <= self._size(replaced):  # type: ignore[operator]  # sizes of one kind of item compare
            return False, None
        else:
            self._items[index] = item
        self._compute_again(index)
        return True, replaced

    def _append(self, key: Key, item: Item) -> None:
        self._keys.append(key)
        self._items.append(item)
        self._learn(len(self._items) - 1)
        if len(self._items) >= _KEPT_WINDOWS + _CHECKPOINT_WINDOWS:
            self._settled = self._keys[_CHECKPOINT_WINDOWS - 1]
            del self._keys[:_CHECKPOINT_WINDOWS], self._items[:_CHECKPOINT_WINDOWS], self._checkpoints[0]

    def _learn(self, index: int) -> None:
        self.state.learn(self._items[index])
        if (index + 1) % _CHECKPOINT_WINDOWS == 0:
            self._checkpoints.append(self.state.copy())

    def _compute_again(self, index: int) -> None:
        kept = index // _CHECKPOINT_WINDOWS
        del self._checkpoints[kept + 1 :]
        self.state = self._checkpoints[kept].copy()
        for later in range(kept * _CHECKPOINT_WINDOWS, len(self._items)):
            self._learn(later)
