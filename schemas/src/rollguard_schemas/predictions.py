"""
Predictions and their labels: what inference loggers say.

The two are joined by id, and a label may come days after its prediction.
"""

import msgspec

from rollguard_schemas.event import IdentifiedEvent
from rollguard_schemas.fields import Ratio, Revision

Scalar = float | str | bool | None


class Prediction(IdentifiedEvent, frozen=True, kw_only=True):
    """One answer of a model, with what it was asked."""

    output: Scalar
    revision: Revision | None = None
    features: dict[str, Scalar] = msgspec.field(default_factory=dict)
    probabilities: dict[str, Ratio] = msgspec.field(default_factory=dict)


class Label(IdentifiedEvent, frozen=True, kw_only=True):
    """The truth about an earlier prediction; ``id`` is that prediction's id."""

    truth: Scalar
