"""
The driver that changes nothing: it observes with another driver and says what would have been done.

The default. It refuses what the other would refuse, so that a dry run which ends well says something about acting.
"""

from collections.abc import Callable

import msgspec

from rollguard_actuator.core.ports import Candidate, Change, Driver, Lack, Observation
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import Target


class DryRun:
    """Wraps a driver."""

    def __init__(self, driver: Driver[Target]) -> None:
        self._driver = driver
        self.capabilities = msgspec.structs.replace(driver.capabilities, is_dry_run=True)

    async def observe(self, target: Target) -> Observation:
        """Read with the other driver."""
        return await self._driver.observe(target)

    async def look_up(self, target: Target, revision: str) -> Candidate:
        """Read with the other driver."""
        return await self._driver.look_up(target, revision)

    async def lacks(self, target: Target) -> tuple[Lack, ...]:
        """Ask with the other driver."""
        return await self._driver.lacks(target)

    async def tend(self, target: Target, is_pending: Callable[[str], bool]) -> Step | None:  # noqa: ARG002  # the port's signature
        """Do nothing: it may mean writing."""
        return None

    async def rehearse(self, target: Target, change: Change) -> Step:
        """Rehearse with the other driver."""
        return await self._driver.rehearse(target, change)

    async def apply(self, target: Target, change: Change) -> Step:
        """Rehearse, and leave it at that."""
        return await self._driver.rehearse(target, change)
