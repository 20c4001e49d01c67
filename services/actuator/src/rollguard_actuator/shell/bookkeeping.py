"""
Keeps the books: notes what the topics say, and says what is due by then.
"""

from collections.abc import Callable

from rollguard_actuator.core.dues import dues
from rollguard_actuator.shell import metrics
from rollguard_actuator.shell.fenced import Turn, without_end
from rollguard_actuator.shell.journal import Journal

_POLL_SECONDS = 0.25


async def keep_books(journal: Journal, clock: Callable[[], float], turn: Turn = without_end) -> None:
    """Read once, then publish rollouts that finished and verifications that are over; the time alone can end one."""
    await journal.follow(timeout_seconds=_POLL_SECONDS)
    if turn() is None:
        return  # whoever took over says it
    for ledger in list(journal.ledgers.values()):
        if said := dues(ledger, clock()):
            await journal.publish(said)
    metrics.PENDING.set(sum(len(ledger.verifications) for ledger in journal.ledgers.values()))
