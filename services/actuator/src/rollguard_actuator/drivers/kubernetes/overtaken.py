"""
Turns away an actuator whose turn is over: its successor has written its epoch on the target, and anything it still sends is late.
"""

from rollguard_actuator.core.ports import Claim
from rollguard_runtime.errors import Temporary


def refuse_overtaken(claim: Claim | None, epoch: int) -> None:
    """Refuse an actuator whose turn is over; one without a lease, epoch 0, cannot be told from the others."""
    if claim is not None and claim.epoch > epoch > 0:
        raise Temporary(f"the actuator of epoch {claim.epoch} took over from this one, of epoch {epoch}")
