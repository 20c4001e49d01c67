"""
What a departure is: its kinds, what may follow what, and the numbers that decide; for ``departures`` and for its compiled loop.

TRANSITIONS is what may follow what. The codes of KINDS and FINDINGS are their places, since a round of rows tells them as numbers.
"""

from typing import Literal, get_args

Kind = Literal["level", "spread", "spike", "stuck"]
Finding = Literal["nothing", "departure", "return", "adoption"]
State = Literal["calm", "open"]
KINDS: tuple[Kind, ...] = get_args(Kind)  # row by code; the code of none is past the last
FINDINGS: tuple[Finding, ...] = get_args(Finding)
NOTHING, DEPARTURE, RETURN, ADOPTION = range(len(FINDINGS))
LEVEL, SPREAD, SPIKE, STUCK, NONE = range(len(KINDS) + 1)

TRANSITIONS: dict[tuple[State, Finding], State] = {
    ("calm", "departure"): "open",
    ("open", "return"): "calm",
    ("open", "adoption"): "calm",
}

LEAST_DEVIATIONS = 3.0
SMOOTHING = 0.2  # about the last nine samples: one outlier of any size is no departure
WIDER, NARROWER = 2.0, 0.4  # of the usual size of a residual
USUAL_SIZE = 0.8  # mean of |z| of a standard normal
SLOW_SMOOTHING = 0.05
MOVED = 2.0
CALM_BELOW = 1.5
RETURNED_SAMPLES = 5
CALM_SAMPLES = 60
ADOPTED_AFTER_SECONDS = 600.0
MOST_RESIDUAL, MOST_SIZE = 50.0, 10.0
RANGE_DEVIATIONS = 3.0
