"""
The driver that changes nothing: it observes with another driver and says what would have been done.

The default. It refuses what the other would refuse, so that a dry run which ends well says something about acting.
"""

import msgspec

from rollguard_actuator.core.ports import Candidate, Change, Claim, Displaced, Driver, Mark, Move, Observation, PutClaim
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

    async def apply(self, target: Target, change: Change) -> Step:
        """Say what would be done; a move is checked against what is live, as the real one is."""
        match change:
            case PutClaim(claim=Claim(decision_id=decision_id)):
                return Step(name="claim", status="planned", detail=f"claim the target for {decision_id}")
            case Move(from_revision=expected, to_revision=wanted):
                live = (await self._driver.observe(target)).revision
                if live not in (expected, wanted):
                    raise Displaced(f"{live} is live, not {expected}")
                return Step(name="move", status="planned", before=live, after=wanted)
            case Mark(suspect_revision=suspect, restored_revision=restored):
                return Step(name="mark", status="planned", detail=f"mark {suspect} as rolled back and {restored} as champion")
