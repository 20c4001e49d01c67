"""
A driver around another one: what reads is handed on, since looking harms nobody; what may write is each wrapper's own affair.

A wrapper that handed on everything by default would let through whatever the port is given next; so ``tend`` and ``apply`` are
missing here, and the type checker asks for them.
"""

from rollguard_actuator.core.ports import MOVES, Candidate, Change, Driver, Lack, Observation
from rollguard_schemas.outcomes import Step
from rollguard_schemas.targets import Target


class Wrapping:
    """What two wrappers have in common."""

    def __init__(self, driver: Driver[Target]) -> None:
        self._driver = driver
        self.capabilities = driver.capabilities

    async def observe(self, target: Target) -> Observation:
        """Read with the other driver."""
        return await self._driver.observe(target)

    async def look_up(self, target: Target, revision: str) -> Candidate:
        """Read with the other driver."""
        return await self._driver.look_up(target, revision)

    async def lacks(self, target: Target, actions: frozenset[str] = MOVES) -> tuple[Lack, ...]:
        """Ask with the other driver."""
        return await self._driver.lacks(target, actions)

    async def rehearse(self, target: Target, change: Change) -> Step:
        """Rehearse with the other driver: nothing is changed by it."""
        return await self._driver.rehearse(target, change)
