"""
What a policy lets be done besides taking a rollout back: more replicas ahead of a load, an order to a
receiver of somebody's own, and a light model that answers meanwhile.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from rollguard_schemas.fields import Name, PositiveSeconds, Revision
from rollguard_schemas.targets import Target, Webhook

Replicas = Annotated[int, Meta(ge=1)]


class ScaleOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """
    How far the rung ``scale-out`` may go; give exactly one of ``by`` and ``to``.

    Where a HorizontalPodAutoscaler has the workload, its least number of replicas is raised instead of the number itself.
    """

    max_replicas: Annotated[int, Meta(ge=1, description="Never more than this, whatever `by` and `to` say.")]
    by: Annotated[Replicas | None, Meta(description="So many replicas more than there are.")] = None
    to: Annotated[Replicas | None, Meta(description="So many replicas in all.")] = None
    undo_after_seconds: Annotated[
        PositiveSeconds | None, Meta(description="Put back after so long; left as it is where empty.")
    ] = None

    def __post_init__(self) -> None:
        """Refuse what says how far in two ways, or in none."""
        if (self.by is None) == (self.to is None):
            raise ValueError("scaleOut needs exactly one of `by` and `to`; leave the other out")


class Call(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What the rung ``call`` orders, and of whom: pausing a training job, starting another one."""

    order: Annotated[Name, Meta(description="What the receiver is told to do: pause-training, retrain.")]
    receiver: Webhook


class Fallback(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """
    A light model that takes over while the primary is taken back, and hands back once the primary is verified.

    ``target`` is what routes: an alias that servers follow, or a Service's selector. ``primary`` and ``light`` are revisions of it.
    """

    target: Target
    primary: Annotated[Revision, Meta(description="What answers when all is well; what is handed back to.")]
    light: Annotated[Revision, Meta(description="What answers meanwhile: a logistic regression, the last simple model.")]

    def __post_init__(self) -> None:
        """Refuse a light model that is the primary: it would take over nothing."""
        if self.primary == self.light:
            raise ValueError("fallback.light is fallback.primary; name another revision")
