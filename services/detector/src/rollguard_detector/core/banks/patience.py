"""
How long a series may be silent, in numbers; for ``cadence`` and for its compiled loop.
"""

SHARE = 0.1
MOST_CHANGE = 4.0  # times the estimate
FIRST_SECONDS = 15.0
LEAST_SECONDS = 1e-3
LEAST_SAMPLES = 12  # of a younger series the longest silence says nothing
USUAL_INTERVALS, LONGEST_SILENCES = 8.0, 2.0
FADING = 0.999  # of the longest silence a sample, so that it halves in about 700
