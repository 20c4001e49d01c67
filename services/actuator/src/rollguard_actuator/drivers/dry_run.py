"""
The driver that changes nothing: it observes with another driver and says what would have been done.

The default. It refuses what the other would refuse, so that a dry run which ends well says something about acting.
"""

from collections.abc import Callable

import msgspec

from rollguard_actuator.core.ports import Change, Driver
from rollguard_actuator.core.wrapping import Wrapping
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import Target


class DryRun(Wrapping):
    """Wraps a driver."""

    def __init__(self, driver: Driver[Target]) -> None:
        super().__init__(driver)
        self.capabilities = msgspec.structs.replace(driver.capabilities, is_dry_run=True)

    async def tend(self, target: Target, is_pending: Callable[[str], bool]) -> Step | None:  # noqa: ARG002  # the port's signature
        """Do nothing: it may mean writing."""
        return None

    async def apply(self, target: Target, change: Change) -> Step:
        """Rehearse, and leave it at that."""
        return await self._driver.rehearse(target, change)
