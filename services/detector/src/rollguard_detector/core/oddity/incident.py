"""
One incident, one alarm: what repeats an alarm inside its incident says nothing, only what goes well beyond it does.

An incident lasts a share of the history that is known, so that a young series may speak again soon and an old one does not ring
all night; nothing in it knows how a series is sampled.
"""

SHARE = 0.025  # of the history
LEAST_SAMPLES = 2
MARGIN = 0.4  # powers of ten


class Incident:
    """The strongest surprise of the incident that is open, and when it was heard, counted in samples."""

    __slots__ = ("_at", "_least_samples", "_margin", "_peak", "_samples", "_share")

    def __init__(self, share: float = SHARE, least_samples: int = LEAST_SAMPLES, margin: float = MARGIN) -> None:
        self._share = share
        self._least_samples = least_samples
        self._margin = margin
        self._peak = -margin
        self._samples = -1
        self._at = 0

    def lasts(self) -> bool:
        """Return whether an incident is open still: whether a surprise like its own would be merged into it."""
        return self._peak > 0.0 and self._samples - self._at <= max(self._least_samples, self._share * self._samples)

    def merge(self, surprise: float) -> float:
        """Return the surprise if it opens an incident or goes beyond the one that is open by the margin, else 0."""
        self._samples += 1
        if surprise <= 0.0:
            return 0.0
        if self._samples - self._at > max(self._least_samples, self._share * self._samples):
            self._peak = -self._margin
        if surprise <= self._peak + self._margin:
            return 0.0
        self._peak = surprise
        self._at = self._samples
        return surprise
