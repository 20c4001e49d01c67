"""
Which revision serves, as telemetry itself reports it.

The first report is believed at once. Another revision has to be heard at three instants without the serving one in between: while
two revisions share the traffic, or a last scrape of the old one comes in, the word must not flap with every point.
"""

import msgspec

_CONFIRMING_INSTANTS = 3


class RevisionChange(msgspec.Struct, frozen=True):
    """The revision that serves now, and the one before."""

    revision: str
    previous: str | None


class Heard(msgspec.Struct, frozen=True, array_like=True):
    """What a watch knows, to be kept over a restart."""

    serving: str | None
    candidate: str | None
    heard_at: float
    instants: int


class RevisionWatch:
    """The serving revision of one workload."""

    __slots__ = ("_candidate", "_heard_at", "_instants", "serving")

    def __init__(self) -> None:
        self.serving: str | None = None
        self._candidate: str | None = None
        self._heard_at = 0.0
        self._instants = 0

    def kept(self) -> Heard:
        """Return what is known."""
        return Heard(self.serving, self._candidate, self._heard_at, self._instants)

    def resume(self, heard: Heard) -> None:
        """Go on from what was known."""
        self.serving, self._candidate = heard.serving, heard.candidate
        self._heard_at, self._instants = heard.heard_at, heard.instants

    @property
    def is_steady(self) -> bool:
        """Whether no other revision is about to take over."""
        return self._candidate is None

    def hear(self, revision: str | None, at_seconds: float) -> RevisionChange | None:
        """Take in what a point reported; a point without a revision says nothing."""
        if revision is None:
            return None
        if revision == self.serving:
            self._candidate = None
            return None
        if revision != self._candidate:
            self._candidate, self._instants, self._heard_at = revision, 1, at_seconds
        elif at_seconds > self._heard_at:
            self._instants, self._heard_at = self._instants + 1, at_seconds
        if self.serving is not None and self._instants < _CONFIRMING_INSTANTS:
            return None
        change = RevisionChange(revision, self.serving)
        self.serving, self._candidate = revision, None
        return change
