"""
Several partitions' records as one story: by time, without changing the order within a partition.

A poll gives the topics in any order; an outcome that is read before its decision would be news about nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from heapq import merge

from rollguard_runtime.pump import Received


def in_order_of_time(batch: Sequence[Received]) -> list[Received]:
    """Merge the partitions by the time at which their records were appended."""
    partitions: defaultdict[tuple[str, int], list[Received]] = defaultdict(list)
    for one in batch:
        partitions[one.record.topic, one.record.partition].append(one)
    return list(merge(*partitions.values(), key=lambda one: one.record.timestamp_ms))
