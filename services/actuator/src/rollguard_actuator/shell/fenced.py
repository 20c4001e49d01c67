"""
The driver that lets nothing be changed unless it is this process's turn, whatever the target.

The epoch of the turn goes into every claim and every move. A target with compare-and-set refuses what comes from an earlier epoch
than the claim on it, so that a process that slept through the end of its turn changes nothing when it wakes up.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec

from rollguard_actuator.core.ports import Act, Change, Driver, Mark, Move, PutClaim, Undo
from rollguard_actuator.core.wrapping import Wrapping
from rollguard_runtime.errors import Temporary
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import Target

# Returns the epoch while it is this process's turn, else None.
Turn = Callable[[], int | None]


def without_end() -> int | None:
    """Return the epoch of a process that has no lease: it is always its turn."""
    return 0


class Fence(Protocol):
    """Whose turn it is."""

    def epoch(self) -> int | None:
        """Return the epoch while this process may act, else None."""


class NotOurTurn(Temporary):
    """Another actuator holds the lease, or this one could not renew it in time."""


class Fenced(Wrapping):
    """Wraps a driver."""

    def __init__(self, driver: Driver[Target], fence: Fence) -> None:
        super().__init__(driver)
        self._fence = fence

    async def tend(self, target: Target, is_pending: Callable[[str], bool]) -> Step | None:
        """Tend with the other driver, if it is our turn."""
        return None if self._fence.epoch() is None else await self._driver.tend(target, is_pending)

    async def apply(self, target: Target, change: Change) -> Step:
        """Change with the other driver, if it is our turn."""
        epoch = self._fence.epoch()
        if epoch is None:
            raise NotOurTurn("the lease of the actuators is not this one's: nothing is changed meanwhile")
        return await self._driver.apply(target, _stamped(change, epoch))


def _stamped(change: Change, epoch: int) -> Change:
    match change:
        case PutClaim(claim=claim):
            return PutClaim(claim=msgspec.structs.replace(claim, epoch=epoch))
        case Move() | Act() | Undo():
            return msgspec.structs.replace(change, epoch=epoch)
        case Mark():
            return change
