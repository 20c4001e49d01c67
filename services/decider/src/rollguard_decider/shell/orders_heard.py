"""
Orders as they are heard beside the queue: those that stand, and those that wait for their answer.

The queue of a flooded partition is minutes long, and a person who says stop, or go on, must not wait behind it. So orders are read
from their topic as soon as they lie there, by every process, and judged there as the queue will judge them.
"""

from collections.abc import Callable

from rollguard_decider.core.restraints import Restraint, Restraints, in_force, restrain
from rollguard_decider.core.standing import StandingOrders
from rollguard_decider.shell.orders_judged import OrdersJudged
from rollguard_decider.shell.waiting import WaitingList
from rollguard_runtime.bus import Record
from rollguard_schemas.codec import decode
from rollguard_schemas.commands import Approve, KillSwitch, RollBackNow, reaches_many, scopes_of
from rollguard_schemas.topics import COMMANDS


class OrdersHeard:
    """Everything that people said, from the beginning of the topic."""

    def __init__(self, judged: OrdersJudged, has_answered: Callable[[str], bool]) -> None:
        self.judged = judged
        self.standing = StandingOrders()
        self.waiting = WaitingList(has_answered)
        self._kill_switches: dict[tuple[str, int], Restraint | None] = {}
        self._read: dict[int, int] = {}

    def hear(self, record: Record, now: float) -> None:
        """
        Take in a record of the commands topic; ``now`` is that of a monotonic clock.

        Raises:

            Malformed: when it is no command; it counts as read all the same.
        """
        self._read[record.partition] = record.offset
        command = decode(COMMANDS, record.value, record.headers).event
        if command is None or self.judged.refusal(record, command) is not None:
            return
        self.standing.learn(command, record.partition, record.seconds)
        if isinstance(command, KillSwitch):
            said = restrain(Restraints(), command, record.seconds).kill_switch
            self._kill_switches[command.workload, record.partition] = said
        if isinstance(command, Approve | RollBackNow) and not reaches_many(command.workload):
            self.waiting.heard(command.id, record, now)

    def has_read(self, record: Record) -> bool:
        """Say whether a record of the commands topic was taken in."""
        return self._read.get(record.partition, -1) >= record.offset

    def kill_switch(self, workload: str, now: float) -> Restraint | None:
        """
        Return the kill switch in force on a workload, its tenant or the fleet; one of many holds until every partition heard its
        release.
        """
        scopes = (workload, *scopes_of(workload))
        of_all = (one for (scope, _), one in self._kill_switches.items() if scope in scopes)
        return next((one for one in of_all if in_force(one, now)), None)
