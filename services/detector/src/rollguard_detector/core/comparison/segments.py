"""
One bad pod is not a bad release: the evidence has to hold without any single replica, zone or node pool.

Half of the logarithm that a verdict needs must be left when the segment that adds most is left out: with two equal segments of a
bad release exactly that is left; with one bad pod of many, nothing is.
"""

from rollguard_detector.core.comparison.rates import RateEvidence
from rollguard_detector.core.comparison.window import Window

_LEFT = 0.5


class Segments:
    """The evidence of each segment of one rollout, in any order."""

    __slots__ = ("_by_name", "_margin")

    def __init__(self, margin: float = 0.0) -> None:
        self._margin = margin
        self._by_name: dict[str, RateEvidence] = {}

    def add(self, name: str, window: Window, *, sign: int = 1) -> None:
        """Take a segment's window in, or out again where ``sign`` is -1."""
        if name not in self._by_name:
            self._by_name[name] = RateEvidence(self._margin)
        self._by_name[name].add(window, sign=sign)

    def carrier(self, needed: float) -> str | None:
        """Return the segment without which less than half of the needed log evidence is left; None where there is no such one."""
        serving = {name: evidence for name, evidence in self._by_name.items() if evidence.total.candidate_n}
        if len(serving) < 2:
            return None
        whole = RateEvidence(self._margin)
        for evidence in serving.values():
            whole.merge(evidence)
        left = {name: self._without(whole, evidence) for name, evidence in serving.items()}
        least = min(sorted(left), key=lambda name: left[name])
        return least if left[least] < _LEFT * needed else None

    def _without(self, whole: RateEvidence, part: RateEvidence) -> float:
        rest = RateEvidence(self._margin)
        rest.merge(whole)
        rest.merge(part, sign=-1)
        return rest.log_e()
