"""
The topics, in one table: what each says, who writes and reads it, how long it is kept.

Topic creation, the codec, the generated documents and the tests all read this table. Names use dashes only, since Kafka's own
metrics fold ``.`` and ``_`` together. Every topic has the same number of partitions and the same key, so that one workload's
whole story lies in one partition of each.
"""

from typing import Literal

import msgspec

from rollguard_schemas import alerts, commands, decisions, metrics, outcomes, policies, predictions, rollouts, signals

DEFAULT_PARTITIONS = 12
_DAY_HOURS = 24
_MONTHS_HOURS = 180 * _DAY_HOURS
_MAX_MESSAGE_BYTES = 1_048_576
# Room for the original at its largest and for the reasons in the headers: what cannot be read must not be lost for its size.
MAX_DEAD_LETTER_BYTES = _MAX_MESSAGE_BYTES + 65_536
# A workload of thousands of series; a snapshot that does not fit is refused, and its workload warms up from the log.
MAX_STATE_BYTES = 16 * 1_048_576
DEAD_LETTER_RETENTION_HOURS = 14 * _DAY_HOURS

Cleanup = Literal["delete", "compact", "compact,delete"]


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """
    One topic and its promises.

    One without ``events`` of its own is between processes of one service.
    """

    name: str
    says: str
    events: tuple[type, ...]
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    retention_hours: int | None
    cleanup: Cleanup = "delete"
    key: str = "workload id"
    compatibility: str = "backward: fields are only added, with a default"
    max_message_bytes: int = _MAX_MESSAGE_BYTES
    has_dead_letters: bool = True
    segment_bytes: int | None = None  # the newest segment is never compacted, so its size bounds what a reader reads twice

    @property
    def dead_letter_name(self) -> str:
        """The topic that takes what a reader of this one could not read."""
        return f"{self.name}-dlq"

    @property
    def names(self) -> tuple[str, ...]:
        """The topic, and its dead letters' where there may be some."""
        return (self.name, self.dead_letter_name) if self.has_dead_letters else (self.name,)

    @property
    def is_compacted(self) -> bool:
        """Whether a record without a value deletes its key."""
        return "compact" in self.cleanup


METRICS = Topic(
    name="rollguard-metrics",
    says="metric points, own JSON or a format that producers already emit",
    events=(metrics.MetricPoint, metrics.MetricBatch),
    writers=("producers",),
    readers=("detector",),
    retention_hours=_DAY_HOURS,
)
PREDICTIONS = Topic(
    name="rollguard-predictions",
    says="predictions and, later, their labels",
    events=(predictions.Prediction, predictions.Label),
    writers=("inference loggers",),
    readers=("detector",),
    retention_hours=7 * _DAY_HOURS,
)
ROLLOUTS = Topic(
    name="rollguard-rollouts",
    says="which revision began to serve, advanced, is done, or was taken back",
    events=(rollouts.RolloutStarted, rollouts.RolloutProgressed, rollouts.RolloutFinished, rollouts.RolloutReverted),
    writers=("actuator", "CD hooks"),
    readers=("detector", "decider", "actuator", "console"),
    retention_hours=90 * _DAY_HOURS,
)
SIGNALS = Topic(
    name="rollguard-signals",
    says="anomalies, breach forecasts, breaches and recoveries, regressions, drift",
    events=(
        signals.AnomalyOpened,
        signals.AnomalyCleared,
        signals.BreachForecast,
        signals.ObjectiveBreached,
        signals.ObjectiveRecovered,
        signals.Regression,
        signals.Drift,
        signals.RevisionServing,
    ),
    writers=("detector",),
    readers=("decider", "actuator", "console", "SREs"),
    retention_hours=7 * _DAY_HOURS,
)
DECISIONS = Topic(
    name="rollguard-decisions",
    says="what policy makes of each signal: an action, or why there is none",
    events=(
        decisions.RollbackDecided,
        decisions.FallbackDecided,
        decisions.ScaleOutDecided,
        decisions.RestartDecided,
        decisions.CallDecided,
        decisions.HoldDecided,
        decisions.Withheld,
    ),
    writers=("decider",),
    readers=("actuator", "console", "SREs", "alerting"),
    retention_hours=_MONTHS_HOURS,
)
OUTCOMES = Topic(
    name="rollguard-outcomes",
    says="what became of a decision, step by step",
    events=(
        outcomes.ActionApplied,
        outcomes.StepApplied,
        outcomes.Compensating,
        outcomes.PutBack,
        outcomes.Succeeded,
        outcomes.Failed,
        outcomes.Skipped,
        outcomes.Superseded,
        outcomes.Unverified,
    ),
    writers=("actuator",),
    readers=("decider", "actuator", "console", "SREs"),
    retention_hours=_MONTHS_HOURS,
)
COMMANDS = Topic(
    name="rollguard-commands",
    says="what people tell the decider: approve, veto, freeze, stop",
    events=(
        commands.Approve,
        commands.Veto,
        commands.Freeze,
        commands.Unfreeze,
        commands.Mute,
        commands.Quarantine,
        commands.Release,
        commands.KillSwitch,
        commands.RollBackNow,
    ),
    writers=("SREs",),
    readers=("decider", "console"),
    retention_hours=_MONTHS_HOURS,
)
ALERTS = Topic(
    name="rollguard-alerts",
    says="what a person should know: one incident of a workload at a time, from its opening to its end",
    events=(alerts.Alert,),
    writers=("alerts",),
    readers=("alerts", "console", "SREs"),
    retention_hours=_MONTHS_HOURS,
)
POLICIES = Topic(
    name="rollguard-policies",
    says="the policy of each workload, as a person wrote it",
    events=(policies.RollbackPolicy,),
    writers=("rollguard policy apply",),
    readers=("detector", "decider", "actuator", "console"),
    retention_hours=None,
    cleanup="compact",
)
METRICS_KEYED = Topic(
    name="rollguard-metrics-keyed",
    says="metric points of producers that set no key, brought to one partition a workload; batches in own JSON",
    events=(),
    writers=("detector rekey",),
    readers=("detector",),
    retention_hours=_DAY_HOURS,
)
DETECTOR_STATE = Topic(
    name="rollguard-detector-state",
    says="what the detector knows of each workload, and up to where of the log; its own bytes, read by nobody else",
    events=(),
    writers=("detector",),
    readers=("detector",),
    retention_hours=None,
    cleanup="compact",
    compatibility="none: a snapshot of another format is passed over, and its workload warms up from the log",
    max_message_bytes=MAX_STATE_BYTES,
    has_dead_letters=False,
    segment_bytes=16 * 1_048_576,
)

TOPICS = (METRICS, PREDICTIONS, ROLLOUTS, SIGNALS, DECISIONS, OUTCOMES, COMMANDS, ALERTS, POLICIES, METRICS_KEYED, DETECTOR_STATE)
BY_NAME = {topic.name: topic for topic in TOPICS}
