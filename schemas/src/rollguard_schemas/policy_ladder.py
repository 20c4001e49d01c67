"""
What is done about evidence: how several metrics are taken together, and which rung of the ladder each kind of evidence reaches.

The rungs, from the least: *notify* only tells; *hold* stops the rollout where it is and changes nothing back; *rollback* returns to
the last good revision, and *abort* does so only while the rollout is in flight. Between them *call* orders something of a receiver
of your own, *scale-out* runs more replicas and *restart* starts those that serve anew; all three leave the revision as it is. A
forecast alone holds and does not take back, unless the policy says so.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rollguard_schemas.expressions import LONGEST_CHARACTERS
from rollguard_schemas.fields import Name, PositiveSeconds, Ratio

Rung = Literal["notify", "hold", "call", "scale-out", "restart", "abort", "rollback"]


class Ladder(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The rung that each kind of evidence reaches; which evidence counts at all is said in ``actOn``."""

    breach: Rung = "rollback"
    forecast: Annotated[Rung, Meta(description="A breach that is forecast and not seen yet.")] = "hold"
    anomaly: Rung = "rollback"
    regression: Rung = "rollback"
    silence: Annotated[
        Literal["notify", "hold"],
        Meta(description="A metric that is missing or stuck. No data is no verdict, so it never takes anything back."),
    ] = "notify"
    abort_else: Annotated[
        Literal["notify", "rollback"],
        Meta(description="What abort comes to where nothing is in flight: it was promoted, or the target knows none."),
    ] = "notify"
    hold_seconds: Annotated[float, Meta(gt=0, description="So long a hold asks the rollout to wait.")] = 3600.0


class Combination(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """
    How evidence on several metrics is taken together; names are those of objectives, or of metrics without one.

    ``any``: one is enough. ``all``: each of ``of`` must show at the same time. ``weighted``: the weights of those that show must
    reach ``atLeast``. ``expression``: a condition in CEL over what shows, where those are not enough. A critical one is always
    enough.
    """

    rule: Literal["any", "all", "weighted", "expression"] = "any"
    of: Annotated[tuple[Name, ...], Meta(description="For all: which; every objective where it is empty.")] = ()
    weights: Annotated[dict[Name, Annotated[float, Meta(gt=0)]], Meta(description="For weighted: how much each counts.")] = {}
    at_least: Annotated[Ratio, Meta(description="For weighted: the share of all weights that must show.")] = 0.5
    critical: Annotated[tuple[Name, ...], Meta(description="Each of these is enough alone.")] = ()
    expression: Annotated[
        str,
        Meta(
            max_length=LONGEST_CHARACTERS,
            description="For expression: the condition. Of each name it knows `name.shows`, `.kind`, `.value`, `.probability`, "
            "`.severity` and `.age_seconds`, and `shown`, the list of names that show.",
        ),
    ] = ""
    within_seconds: Annotated[PositiveSeconds, Meta(description="Evidence that began longer ago than this no longer counts.")] = (
        900.0
    )

    def __post_init__(self) -> None:
        """Refuse what a rule does not read: it would be taken for a guard that holds."""
        if self.rule == "weighted" and not self.weights:
            raise ValueError("rule weighted needs weights; write a number for each objective")
        if self.rule != "weighted" and self.weights:
            raise ValueError(f"rule {self.rule} reads no weights; write rule: weighted, or leave them out")
        if self.rule == "expression" and not self.expression.strip():
            raise ValueError("rule expression needs an expression; write one, such as accuracy.shows && latency.shows")
        if self.rule != "expression" and self.expression:
            raise ValueError(f"rule {self.rule} reads no expression; write rule: expression, or leave it out")
        if self.rule != "all" and self.of:
            raise ValueError(f"rule {self.rule} does not read of; write rule: all, or leave it out")
