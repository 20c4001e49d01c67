"""
Decisions that wait for a person, as they lie on the decisions topic.
"""

from collections import OrderedDict

from rollguard_runtime.bus import Record
from rollguard_schemas.decisions import Decision, RollbackDecided

_KEPT = 10_000


class Asked:
    """Rollbacks that were recommended and have no answer yet, with the record that tells of each; bounded."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, tuple[RollbackDecided, Record]] = OrderedDict()

    def hear(self, decision: Decision, record: Record) -> None:
        """Note a decision; one that answers another ends its waiting."""
        for answered in decision.signal_ids:
            self._waiting.pop(answered, None)
        if isinstance(decision, RollbackDecided) and decision.mode == "recommend":
            self._waiting[decision.id] = (decision, record)
        if len(self._waiting) > _KEPT:
            self._waiting.popitem(last=False)

    def all(self) -> list[tuple[RollbackDecided, Record]]:
        """Return what waits, in the order in which it was said."""
        return [*self._waiting.values()]

    def forget(self, decision_id: str) -> None:
        """Wait for this one no longer."""
        self._waiting.pop(decision_id, None)
