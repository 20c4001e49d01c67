"""
The actuator at work: one pump over decisions and two loops beside it, one journal between them.

One actuator acts at a time: before all else it waits for the lease. Without one, a second actuator would say the same things with
the same ids and find the first one's claims.
"""

import time
from collections.abc import Callable

from rollguard_actuator.core.ports import Driver
from rollguard_actuator.settings import ActuatorSettings
from rollguard_actuator.shell.aftercare import CARE_EVERY_SECONDS, Aftercare
from rollguard_actuator.shell.bookkeeping import keep_books
from rollguard_actuator.shell.decisions import Decisions
from rollguard_actuator.shell.fenced import Fenced, Turn
from rollguard_actuator.shell.holds import TEND_EVERY_SECONDS, Holds
from rollguard_actuator.shell.journal import FOLLOWED, Journal
from rollguard_actuator.shell.loops import Loop
from rollguard_actuator.shell.rights import CHECK_EVERY_SECONDS, Rights
from rollguard_actuator.shell.tenure import Lease, Tenure
from rollguard_actuator.shell.watcher import Watcher
from rollguard_runtime import logs
from rollguard_runtime.pump import Pump
from rollguard_runtime.service import Process
from rollguard_schemas.targets import Target
from rollguard_schemas.topics import DECISIONS

GROUP = "rollguard-actuator"

log = logs.get("serve")


async def serve(
    settings: ActuatorSettings,
    process: Process,
    driver: Driver[Target],
    *,
    lease: Lease | None = None,
    clock: Callable[[], float] = time.time,
) -> None:
    """Wait for our turn, then act until told to stop, or until the turn is lost."""
    turn = Loop("lease", progress=process.progress, stop=process.stop)
    tenure = Tenure(lease)
    try:
        if await tenure.begin(turn):
            acting = _act(settings, process, Fenced(driver, tenure), clock, tenure.epoch)
            await process.run_together(acting, turn.repeat(tenure.keep, every_seconds=tenure.renew_every_seconds))
    finally:
        await tenure.end()


async def _act(
    settings: ActuatorSettings, process: Process, driver: Driver[Target], clock: Callable[[], float], turn: Turn
) -> None:
    """Catch up, then perform, verify and watch until told to stop."""
    books, looks = (Loop(name, progress=process.progress, stop=process.stop) for name in ("books", "watch"))
    follower = process.bus.follower([topic.name for topic in FOLLOWED])
    journal = Journal(follower, process.sink)
    rights, checks = Rights(journal, driver), Loop("rights", progress=process.progress, stop=process.stop)
    holds, care = Holds(journal, driver), Loop("holds", progress=process.progress, stop=process.stop)
    after, backs = Aftercare(journal, driver, clock=clock), Loop("aftercare", progress=process.progress, stop=process.stop)
    process.pages["/rights"] = rights.page
    handler = Decisions(journal, driver, clock=clock, beat=lambda: process.progress.beat(DECISIONS.name), turn=turn)
    watcher = Watcher(journal, driver, clock=clock, beat=looks.beat)
    try:
        if not await books.until_it_works(journal.start):
            return
        log.info("caught up", workloads=len(journal.ledgers), targets=len(journal.targets), dry_run=driver.capabilities.is_dry_run)
        await process.run_together(
            _pump(settings, process, handler).run(process.stop),
            books.repeat(lambda: keep_books(journal, clock, turn), every_seconds=0),
            care.repeat(holds.tend, every_seconds=TEND_EVERY_SECONDS),
            backs.repeat(after.care, every_seconds=CARE_EVERY_SECONDS),
            checks.repeat(rights.check, every_seconds=CHECK_EVERY_SECONDS),
            looks.repeat(watcher.look, every_seconds=settings.watch_interval_seconds),
        )
    finally:
        await journal.stop()


def _pump(settings: ActuatorSettings, process: Process, handler: Decisions) -> Pump:
    """Make the pump that performs decisions."""
    return Pump(
        name=DECISIONS.name,
        service=process.service,
        source=process.bus.source([DECISIONS.name], group=GROUP),
        sink=process.sink,
        handler=handler,
        progress=process.progress,
        dead_letter_limit=settings.dead_letter_limit,
    )
