"""
The orders that stand: of all that people said about a scope, the last word on each matter.

An order takes effect on everything that is answered after it was heard, also on signals that came before it and still wait. So it
is kept here from the moment it is heard, and folded in again before each answer, until the queue has brought it to the state as
well. Folding it in twice changes nothing: each order sets what it says, and the last word comes last.
"""

from rollguard_schemas.commands import Command, Freeze, KillSwitch, Mute, Quarantine, Release, Unfreeze, Veto

KEPT = 256

Matter = tuple[str, str]


class StandingOrders:
    """The last word on each matter, by scope and partition; in one partition the log says which word was the last."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, int], dict[Matter, tuple[Command, float]]] = {}

    def learn(self, command: Command, partition: int, now: float) -> None:
        """Note an order heard at a time; what is answered instead of kept (an approval, a rollback) leaves no trace."""
        matter = matter_of(command)
        if matter is None:
            return
        said = self._said.setdefault((command.workload, partition), {})
        said.pop(matter, None)
        said[matter] = (command, now)
        if len(said) > KEPT:
            del said[next(iter(said))]

    def on(self, scope: str, partition: int) -> tuple[tuple[Command, float], ...]:
        """Return the orders for a scope with their times, in the order in which they were said."""
        return tuple(self._said.get((scope, partition), {}).values())


def matter_of(command: Command) -> Matter | None:
    """Name what an order is about: a later one about the same takes its place."""
    match command:
        case KillSwitch():
            return "kill switch", ""
        case Freeze() | Unfreeze():
            return "freeze", ""
        case Mute():
            return "mute", command.metric or ""
        case Quarantine() | Release():
            return "quarantine", command.revision
        case Veto():
            return "veto", command.decision_id
    return None
