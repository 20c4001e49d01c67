"""
Liveness by progress: a service is alive when its loops go round and its offsets move while there is work.

An HTTP server that answers proves nothing about the loop beside it; a stalled consumer behind a healthy port is the failure that
this module exists for. Waiting for a broker that is down counts as going round: a restart would not bring the broker back.
"""

import time
from collections.abc import Callable


class Progress:
    """When each loop of this process last went round, and when its work last advanced."""

    def __init__(self, *, stalled_after_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = stalled_after_seconds, clock
        self._rounds: dict[str, float] = {}
        self._advanced: dict[str, float] = {}
        self._ready: dict[str, bool] = {}

    def expect(self, loop: str) -> None:
        """Announce a loop: from now on its silence is a failure, and the service is ready only when it is."""
        self._rounds[loop] = self._advanced[loop] = self._clock()
        self._ready[loop] = False

    def forget(self, loop: str) -> None:
        """The loop ended on purpose."""
        for ledger in (self._rounds, self._advanced, self._ready):
            ledger.pop(loop, None)

    def beat(self, loop: str) -> None:
        """The loop went round; the first time makes it ready."""
        self._rounds[loop] = self._clock()
        self._ready[loop] = True

    def wait(self, loop: str) -> None:
        """The loop waits for somebody else: that is neither silence nor a stall, and makes nothing ready."""
        self._rounds[loop] = self._advanced[loop] = self._clock()

    def advance(self, loop: str, *, is_behind: bool) -> None:
        """Tell how the work stands: called with ``is_behind`` false, or whenever something was finished."""
        if not is_behind:
            self._advanced[loop] = self._clock()

    def complaint(self) -> str | None:
        """Return what is wrong, or None when the process is alive."""
        now = self._clock()
        for loop, at in self._rounds.items():
            if now - at > self._limit:
                return f"loop {loop} has not gone round for {now - at:.0f} s"
        for loop, at in self._advanced.items():
            if now - at > self._limit:
                return f"loop {loop} has work and has not advanced for {now - at:.0f} s"
        return None

    def is_ready(self) -> bool:
        """Whether every loop has gone round at least once."""
        return bool(self._ready) and all(self._ready.values())
