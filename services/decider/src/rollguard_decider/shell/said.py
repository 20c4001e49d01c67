"""
What was said already, as it stands on the decisions topic itself.

The table may be behind that topic by the moment in which a process was killed: the decision was acknowledged, the table write was
not. Asking the topic closes that gap, so that what was said is neither said again nor contradicted.
"""

from collections import OrderedDict, defaultdict, deque

from rollguard_schemas.decisions import Action, Decision

_ANSWERED_KEPT = 200_000
_ACTIONS_KEPT = 16
_TRACES_KEPT = 10_000


class Said:
    """Ids that were answered, and each workload's latest actions; both bounded."""

    def __init__(self) -> None:
        self._answered: OrderedDict[str, None] = OrderedDict()
        self._traces: OrderedDict[str, str] = OrderedDict()
        self._actions: defaultdict[str, deque[Action]] = defaultdict(lambda: deque(maxlen=_ACTIONS_KEPT))

    def learn(self, decision: Decision, traceparent: str | None = None) -> None:
        """Note a decision; hearing it twice changes nothing."""
        for answered in decision.signal_ids:
            self._answered[answered] = None
        while len(self._answered) > _ANSWERED_KEPT:
            self._answered.popitem(last=False)
        if not isinstance(decision, Action):
            return
        if traceparent is not None:
            self._traces[decision.id] = traceparent
        while len(self._traces) > _TRACES_KEPT:
            self._traces.popitem(last=False)
        actions = self._actions[decision.workload]
        if all(known.id != decision.id for known in actions):
            actions.append(decision)

    def has_answered(self, event_id: str) -> bool:
        """Say whether a signal or an order has its answer."""
        return event_id in self._answered

    def trace_of(self, decision_id: str) -> str | None:
        """Return the ``traceparent`` of an action, so that what is made of it goes on in its trace."""
        return self._traces.get(decision_id)

    def actions_on(self, workload: str) -> tuple[Action, ...]:
        """Return the workload's latest actions, oldest first."""
        return tuple(self._actions[workload]) if workload in self._actions else ()
