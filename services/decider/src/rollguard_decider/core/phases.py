"""
Where a workload stands, as a table that code, tests and docs read.

Facts reach the decider over several topics, and their order between topics is not promised: an outcome may be read before the
rollout that it ends. So a fact that has no row in the table leaves the phase as it is, and no fact can break the fold.
"""

from typing import Literal

Phase = Literal["idle", "watching", "baking", "held", "acting", "verifying", "steady"]
Fact = Literal[
    "rollout-started", "rollout-finished", "rollout-reverted", "hold-decided", "action-decided", "action-applied", "action-ended"
]

MEANINGS: dict[Phase, str] = {
    "idle": "no rollout is known",
    "watching": "a rollout is the newest thing that happened; evidence against it may lead to an action",
    "baking": "the rollout is through and serves; evidence against it may still lead to an action",
    "held": "the rollout was asked to wait where it is; it may still be taken back",
    "acting": "an action was decided and is not yet made",
    "verifying": "the change was made, and telemetry has to prove it",
    "steady": "the rollout was dealt with; nothing automatic happens until a new one starts",
}

TRANSITIONS: dict[Phase, dict[Fact, Phase]] = {
    "idle": {"rollout-started": "watching", "action-decided": "acting"},
    "watching": {
        "rollout-finished": "baking",
        "rollout-reverted": "steady",
        "hold-decided": "held",
        "action-decided": "acting",
    },
    "baking": {
        "rollout-started": "watching",
        "rollout-reverted": "steady",
        "hold-decided": "held",
        "action-decided": "acting",
    },
    "held": {
        "rollout-started": "watching",
        "rollout-finished": "baking",
        "rollout-reverted": "steady",
        "action-decided": "acting",
    },
    "acting": {
        "rollout-started": "watching",
        "rollout-reverted": "verifying",
        "action-applied": "verifying",
        "action-ended": "steady",
    },
    "verifying": {"rollout-started": "watching", "action-decided": "acting", "action-ended": "steady"},
    "steady": {"rollout-started": "watching", "action-decided": "acting"},
}


def next_phase(phase: Phase, fact: Fact) -> Phase:
    """Return the phase after a fact; one without a row changes nothing."""
    return TRANSITIONS[phase].get(fact, phase)
