"""
What was said already, as it stands on the decisions topic itself.

The table may be behind that topic by the moment in which a process was killed: the decision was acknowledged, the table write was
not. Asking the topic closes that gap, so that what was said is neither said again nor contradicted.
"""

from collections import OrderedDict, defaultdict, deque

from rollguard_schemas.decisions import Action, Decision

_ANSWERED_KEPT = 200_000
_ACTIONS_KEPT = 16


class Said:
    """Ids that were answered, and each workload's latest actions; both bounded."""

    def __init__(self) -> None:
        self._answered: OrderedDict[str, None] = OrderedDict()
        self._actions: defaultdict[str, deque[Action]] = defaultdict(lambda: deque(maxlen=_ACTIONS_KEPT))

    def learn(self, decision: Decision) -> None:
        """Note a decision; hearing it twice changes nothing."""
        for answered in decision.signal_ids:
            self._answered[answered] = None
        while len(self._answered) > _ANSWERED_KEPT:
            self._answered.popitem(last=False)
        if not isinstance(decision, Action):
            return
        actions = self._actions[decision.workload]
        if all(known.id != decision.id for known in actions):
            actions.append(decision)

    def has_answered(self, event_id: str) -> bool:
        """Say whether a signal or an order has its answer."""
        return event_id in self._answered

    def actions_on(self, workload: str) -> tuple[Action, ...]:
        """Return the workload's latest actions, oldest first."""
        return tuple(self._actions[workload]) if workload in self._actions else ()
