"""
What is kept of a workload's comparison over a restart: what was counted and said. What follows from that is computed again.
"""

import msgspec

from rollguard_detector.core.trials.after import AfterKept
from rollguard_detector.core.trials.hours import KeptHour
from rollguard_detector.core.trials.noise import Noise
from rollguard_detector.core.trials.tallies import Tally
from rollguard_detector.core.trials.terms import TrialTerms

FIRST_REPORT_WINDOWS = 10


class Said(msgspec.Struct, frozen=True, array_like=True):
    """What was said last of a rollout, and after how many windows it is said again."""

    verdict: str = "inconclusive"
    attribution: str = "unknown"
    next_report_windows: int = FIRST_REPORT_WINDOWS


class TrialKept(msgspec.Struct, frozen=True):
    """All that is known of a workload's comparison, to be kept over a restart."""

    terms: TrialTerms
    rollout: str | None
    until_window: int
    changed: tuple[int, ...]
    said: Said
    is_over: bool
    after: AfterKept | None
    tallies: tuple[tuple[str, int, str, str, Tally], ...]
    hours: tuple[KeptHour, ...] = ()
    noise: dict[str, Noise] | None = None  # by metric; what it came from may be forgotten meanwhile
