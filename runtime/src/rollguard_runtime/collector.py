"""
Python's collector of cycles in a process that holds much for long and makes many short-lived objects.

What stands when the service is ready stays for good, and a poll is thousands of records that are free again without it; looking
through all of them again and again took an eighth of the time of a detector of a thousand series. Cycles are still found, later.
"""

import gc

_ALLOCATIONS = 50_000  # more than were freed, before the youngest are looked through; Python's own is 700


def spare_the_collector() -> None:
    """Leave alone what there is by now, and look less often for cycles in what comes."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, 20, 50)
