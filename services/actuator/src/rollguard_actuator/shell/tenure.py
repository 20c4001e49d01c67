"""
The turn of this process to act: waited for at the start, renewed while it lasts, given back at the end.

A turn that was lost to another process ends this one, and whoever started it starts it again, to wait like every other: what it
began is finished by the next holder, from the claim on the target. Without a lease it is always our turn, and the log says so.
"""

import time
from collections.abc import Callable
from typing import Protocol

from rollguard_actuator.core.tenure import acts_until
from rollguard_actuator.shell import metrics
from rollguard_actuator.shell.loops import Loop
from rollguard_runtime import logs
from rollguard_runtime.errors import Permanent, Temporary

RENEWALS_A_DURATION = 5
log = logs.get("tenure")


class Lease(Protocol):
    """What is held by one process at a time."""

    duration_seconds: float

    async def hold(self) -> int | None:
        """Take or renew it; return the epoch while it is ours, None while it is another's."""

    async def release(self) -> None:
        """Give it back."""


class Lost(RuntimeError):
    """Another actuator took over."""


class Tenure:
    """Our turn; ``lease`` None is a turn without end."""

    def __init__(self, lease: Lease | None, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lease, self._monotonic = lease, monotonic
        self._epoch, self._until_seconds = 0, 0.0

    def epoch(self) -> int | None:
        """Return the epoch while it is our turn; 0 is that of a process without a lease."""
        if self._lease is None:
            return 0
        return self._epoch if self._monotonic() < self._until_seconds else None

    async def begin(self, loop: Loop) -> bool:
        """Wait for our turn. False when stopped before it came."""
        if self._lease is None:
            log.warning("there is no lease: nothing but its deployment keeps a second actuator from acting")
            return True
        log.info("asking for the lease", seconds=self._lease.duration_seconds)
        while await loop.until_it_works(self._ask):
            if self.epoch() is not None:
                return True
            loop.beat()
            if await loop.rest(self.renew_every_seconds):
                break
        return False

    async def keep(self) -> None:
        """Renew it; raises ``Lost`` once it is another's. A server that is away leaves it to run out by itself."""
        if self._lease is None:
            return
        try:
            if not await self._hold():
                self._give_up()
                raise Lost("another actuator holds the lease")
        except Temporary as error:
            log.warning("the lease was not renewed", because=str(error), is_ours=self.epoch() is not None)

    @property
    def renew_every_seconds(self) -> float:
        """How often it is renewed."""
        return self._lease.duration_seconds / RENEWALS_A_DURATION if self._lease else 1.0

    async def end(self) -> None:
        """Give it back, if that can be done at once."""
        if self._lease is None or self.epoch() is None:
            return
        self._give_up()
        try:
            await self._lease.release()
        except (Temporary, Permanent) as error:
            log.warning("the lease runs out by itself", because=str(error))

    async def _ask(self) -> None:
        await self._hold()

    def _give_up(self) -> None:
        self._until_seconds = 0.0
        metrics.HOLDS_LEASE.set(0)

    async def _hold(self) -> bool:
        assert self._lease is not None  # noqa: S101  # its callers return before where there is none
        asked_at = self._monotonic()
        epoch = await self._lease.hold()
        if epoch is None:
            return False
        if epoch != self._epoch:
            log.info("this actuator acts", epoch=epoch)
        self._epoch, self._until_seconds = epoch, acts_until(asked_at, self._lease.duration_seconds)
        metrics.HOLDS_LEASE.set(1)
        return True
