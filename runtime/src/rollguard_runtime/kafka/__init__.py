"""
The bus over aiokafka, its only home in rollguard outside faust.

At-least-once: offsets are committed by hand, after the results are acknowledged. The producer is not idempotent on purpose: ids
come from causes, so a duplicate is recognised by its reader, and young brokers refuse ``InitProducerId``.
"""

from rollguard_runtime.kafka.bus import KafkaBus
from rollguard_runtime.kafka.connection import connection_options

__all__ = ["KafkaBus", "connection_options"]
