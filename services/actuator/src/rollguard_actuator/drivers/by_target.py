"""
The driver of all targets: each is handed to the driver of its kind.

A target whose driver is not set up here is refused with the setting that would set it up. It must not be passed over: somebody
wrote a policy for it and counts on it.
"""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from rollguard_actuator.core.ports import MOVES, Candidate, Capabilities, Change, Driver, Lack, Observation
from rollguard_runtime.errors import Permanent
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import Target, driver_of


class ByTarget:
    """``drivers`` by the type of target, ``missing`` the sentence that says how to get the others."""

    def __init__(self, drivers: Mapping[type, Driver[Any]], *, missing: str) -> None:
        self._drivers, self._missing = drivers, missing
        actions = frozenset[str]().union(*(driver.capabilities.actions for driver in drivers.values()))
        self.capabilities = Capabilities(driver="by-target", actions=actions)

    async def observe(self, target: Target) -> Observation:
        """Read with the target's driver."""
        return await self._driver(target).observe(target)

    async def look_up(self, target: Target, revision: str) -> Candidate:
        """Read with the target's driver."""
        return await self._driver(target).look_up(target, revision)

    async def lacks(self, target: Target, actions: frozenset[str] = MOVES) -> tuple[Lack, ...]:
        """Ask with the target's driver."""
        return await self._driver(target).lacks(target, actions)

    async def tend(self, target: Target, is_pending: Callable[[str], bool]) -> Step | None:
        """Tend with the target's driver."""
        return await self._driver(target).tend(target, is_pending)

    async def rehearse(self, target: Target, change: Change) -> Step:
        """Rehearse with the target's driver."""
        return await self._driver(target).rehearse(target, change)

    async def apply(self, target: Target, change: Change) -> Step:
        """Change with the target's driver."""
        return await self._driver(target).apply(target, change)

    def _driver(self, target: Target) -> Driver[Any]:
        return self._drivers.get(type(target)) or self._refuse(target)

    def _refuse(self, target: Target) -> NoReturn:
        raise Permanent(f"this actuator has no driver {driver_of(target)}: {self._missing}")
