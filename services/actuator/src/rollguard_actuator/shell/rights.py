"""
Which drivers may be used where: asked of each target's keeper now and then, said in the log, in a metric and on the status port.

A driver that lacks a right is not left out: the right may come while we run, and a decision that needs it ends with the server's
own words. But nobody should learn it from a rollback that did not happen.
"""

import msgspec

from rollguard_actuator.core.ports import Driver, Lack
from rollguard_actuator.shell import metrics
from rollguard_actuator.shell.journal import Journal
from rollguard_runtime import logs
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.targets import Target, driver_of

CHECK_EVERY_SECONDS = 60.0
log = logs.get("rights")


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What one driver may do in one place; ``error`` where it could not be found out."""

    driver: str
    namespace: str
    lacks: tuple[Lack, ...] = ()
    error: str | None = None


class Rights:
    """What was found out last."""

    def __init__(self, journal: Journal, driver: Driver[Target]) -> None:
        self._journal, self._driver = journal, driver
        self._standings: dict[tuple[str, str], Standing] = {}

    async def check(self) -> None:
        """Ask once for each driver and namespace that a policy names."""
        places: dict[tuple[str, str], tuple[Target, frozenset[str]]] = {}
        for workload, target in self._journal.named:
            _, actions = places.get(_place(target), (target, frozenset()))
            places[_place(target)] = (target, actions | self._journal.actions(workload))
        found = {place: await self._ask(place, target, actions) for place, (target, actions) in places.items()}
        for place, standing in found.items():
            if standing != self._standings.get(place):
                _say(standing)
        self._standings = found
        for driver in {driver for driver, _ in found}:
            missing = sum(len(standing.lacks) for (name, _), standing in found.items() if name == driver)
            metrics.MISSING_RIGHTS.labels(driver).set(missing)

    def page(self) -> str:
        """Return everything as one JSON document, for the status port."""
        return msgspec.json.encode(list(self._standings.values())).decode()

    async def _ask(self, place: tuple[str, str], target: Target, actions: frozenset[str]) -> Standing:
        driver, namespace = place
        try:
            return Standing(driver=driver, namespace=namespace, lacks=await self._driver.lacks(target, actions))
        except (Temporary, Permanent) as error:
            return Standing(driver=driver, namespace=namespace, error=str(error))


def _place(target: Target) -> tuple[str, str]:
    return driver_of(target), getattr(target, "namespace", "")


def _say(standing: Standing) -> None:
    where = {"driver": standing.driver, "namespace": standing.namespace}
    if standing.error is not None:
        log.warning("it is not known whether the driver may be used", **where, because=standing.error)
    for lack in standing.lacks:
        (log.warning if lack.is_optional else log.error)("a right is missing", **where, what=lack.what, mend=lack.mend)
    if standing.error is None and not standing.lacks:
        log.info("the driver may be used", **where)
