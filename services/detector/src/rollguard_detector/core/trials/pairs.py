"""
A candidate's window and its control's, as one window to compare.

The best control there is, window by window: the stable revision while it serves at the same time; else one of the two answers a
mirror of the other's requests; else the revision before at equal age, of the windows before the rollout began, each used once.
Which one it was is decided by who reported, never by what: so the choice cannot favour either arm.
"""

from collections.abc import Mapping
from typing import NamedTuple

from rollguard_detector.core.comparison.exceedance import HistogramWindow
from rollguard_detector.core.comparison.mean_course import MeanWindow
from rollguard_detector.core.comparison.season import DayShape
from rollguard_detector.core.comparison.window import Window
from rollguard_detector.core.trials.ledger import Ledger, mirror_of
from rollguard_detector.core.trials.tallies import Bucketed, Counted, Summed, Tally
from rollguard_schemas.signals import Control

AnyWindow = Window | HistogramWindow | MeanWindow


class Arms(NamedTuple):
    """The two revisions of a rollout, and the windows in which the rollout began and the candidate was heard first, if it was."""

    control: str | None
    candidate: str
    start_window: int
    first_window: int | None
    window_seconds: float
    shapes: Mapping[str, DayShape] = {}  # by metric, of the day, as they were known when the rollout began


class Pair(NamedTuple):
    """One metric's window, and with what it is compared: ``objective`` where there is nothing."""

    metric: str
    control: Control
    window: AnyWindow

    @property
    def is_concurrent(self) -> bool:
        """Whether the control is of the same time; also where there is none at all."""
        return self.control != "equal-age"


def pair(ledger: Ledger, arms: Arms, window: int, metric: str, *, without: str | None = None) -> Pair | None:
    """Return a window to compare; None where the candidate reported nothing. ``without`` leaves a replica of the candidate out."""
    serves = bool(ledger.of(arms.candidate, window, metric))
    candidate = ledger.whole(arms.candidate if serves else mirror_of(arms.candidate), window, metric, without=without)
    if candidate is None:
        return None
    control, kind = _control(ledger, arms, window, metric, serves=serves)
    joined = _joined(control, candidate) if serves or control is not None else None
    return None if joined is None else Pair(metric, kind, joined)


def _control(ledger: Ledger, arms: Arms, window: int, metric: str, *, serves: bool) -> tuple[Tally | None, Control]:
    """Return the control of a candidate that serves, or only answers a mirror: that is never compared with another hour."""
    beside = ledger.whole(arms.control, window, metric)
    if beside is not None:
        return beside, "concurrent" if serves else "mirror"
    mirrored = ledger.whole(mirror_of(arms.control or ""), window, metric)
    if mirrored is not None:
        return mirrored, "mirror"
    before = _at_equal_age(ledger, arms, window, metric) if serves else None
    return before, "objective" if before is None else "equal-age"


def means_before(ledger: Ledger, arms: Arms, metric: str) -> list[float] | None:
    """Return the means of the control's windows before the rollout, in order of time; None of what is no mean."""
    windows = [one for one in ledger.windows(arms.control) if one < arms.start_window]
    tallies = [tally for one in windows if (tally := ledger.whole(arms.control, one, metric)) is not None]
    means = [tally.total / tally.n for tally in tallies if isinstance(tally, Summed)]
    return means if means or not tallies else None


def samples_of(window: AnyWindow) -> tuple[int, int]:
    """Return how many samples the control and the candidate have."""
    if isinstance(window, HistogramWindow):
        return sum(window.control.values()), sum(window.candidate.values())
    return window.control_n, window.candidate_n


def _at_equal_age(ledger: Ledger, arms: Arms, window: int, metric: str) -> Tally | None:
    windows = ledger.windows(arms.control)
    if not windows or arms.first_window is None:
        return None
    partner = windows[0] + window - arms.first_window
    tally = ledger.whole(arms.control, partner, metric) if partner < arms.start_window else None
    shape = arms.shapes.get(metric)
    if tally is None or shape is None:
        return tally
    middles = [(one + 0.5) * arms.window_seconds for one in (window, partner)]
    return _at_another_hour(tally, shape.ratio(*middles))


def _at_another_hour(tally: Tally, times: float) -> Tally:
    """
    Return what a control would have counted where its level is so many times as high.

    Of a rate, twice the level is as if half of the requests had made as many bad ones; whole requests, and no fewer than were bad.
    """
    if isinstance(tally, Counted):
        return Counted(max(tally.bad, round(tally.n / times)), tally.bad)
    return Summed(tally.n, tally.total * times) if isinstance(tally, Summed) else tally


def _joined(control: Tally | None, candidate: Tally) -> AnyWindow | None:
    """Put the arms together; without a control only counts say something by themselves."""
    if isinstance(candidate, Counted):
        n, bad = (control.n, control.bad) if isinstance(control, Counted) else (0, 0)
        return Window(n, bad, candidate.n, candidate.bad)
    if isinstance(candidate, Bucketed):
        return HistogramWindow(control.by_upper(), candidate.by_upper()) if isinstance(control, Bucketed) else None
    if not isinstance(control, Summed):
        return None
    return MeanWindow(control.n, control.total / control.n, candidate.n, candidate.total / candidate.n)
