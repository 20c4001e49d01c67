"""
Publishing: connect, hand over, wait for the broker's word, let go.
"""

from collections.abc import Sequence

from rollguard_runtime.bus import Bus
from rollguard_schemas.codec import OutgoingRecord


async def publish(bus: Bus, records: Sequence[OutgoingRecord]) -> None:
    """Return once the broker has every record."""
    sink = bus.sink()
    try:
        await sink.start()
        await sink.publish(records)
    finally:
        await sink.stop()
