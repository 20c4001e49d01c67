"""
The tool `compare`: was it the rollout? A window a line in, what is known of its stream a line out, before the next line is read.

Importing this must stay cheap (no numpy, no river), as a person waits for it.
"""

import json
from dataclasses import dataclass, field
from math import isfinite
from typing import TextIO

from rollguard_detector.core.comparison.course import Budget
from rollguard_detector.core.comparison.dispersion import PRIOR, mean_variance
from rollguard_detector.core.comparison.histogram_course import HistogramCourse
from rollguard_detector.core.comparison.mean_course import MeanCourse
from rollguard_detector.core.comparison.stream import ComparedStream, CountedStream, FoldedStream
from rollguard_detector.core.comparison.verdicts import NOTHING_KNOWN, Finding
from rollguard_detector.plain.answers import count_of
from rollguard_detector.plain.inputs import open_text
from rollguard_detector.plain.progress import is_wanted, share_of_file, watched
from rollguard_detector.plain.windows import BadWindow, WindowRow, read_windows

HEADER = "stream,time,log_e,verdict,attribution,effect_low,effect_high\n"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of every stream."""

    budget: Budget = field(default_factory=Budget)
    kind: str = "errors"
    less_is_worse: bool = False
    explain: bool = False


class Comparing(dict[str, ComparedStream]):
    """What compares each stream; one that is heard for the first time begins with nothing known."""

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question
        self._tell = explained if question.explain else told

    def __missing__(self, stream: str) -> ComparedStream:
        """Begin a new stream."""
        begun = self[stream] = begin(self._question)
        return begun

    def answer(self, row: WindowRow) -> str:
        """Return the line that answers a window."""
        stream = self[row.stream]
        stream.take(row.at_seconds, row.segment, row.window)
        return self._tell(row.stream, row.time, stream.finding, stream)

    def answer_bad(self, row: BadWindow) -> str:
        """Return the line that answers a row that cannot be read: what was known of its stream before."""
        known = self.get(row.stream)
        if self._question.explain:
            return json.dumps({"stream": row.stream, "time": row.time, "problem": row.problem}) + "\n"
        return told(row.stream, row.time, NOTHING_KNOWN if known is None else known.finding, known)


def begin(question: Question) -> ComparedStream:
    """Return a stream of the kind that is asked for."""
    if question.kind == "mean":
        course = MeanCourse(question.budget, less_is_worse=question.less_is_worse)
        return FoldedStream(course, size=lambda window: (window.control_n + window.candidate_n, window))
    if question.kind == "histogram":
        return FoldedStream(
            HistogramCourse(question.budget), size=lambda window: (window.n, [sorted(arm.items()) for arm in window])
        )
    return CountedStream(question.budget)


def compare_rows(path: str | None, question: Question, pipes: tuple[TextIO, TextIO, TextIO], *, strict: bool) -> int:
    """Answer every line, flushed; return how many could not be read. Where `strict`, end at the first of them, unanswered."""
    source, sink, complaints = pipes
    comparing, bad, begun = Comparing(question), 0, question.explain
    terminal = complaints if is_wanted(complaints, sink) else None
    with open_text(path, source) as text:
        numbered, share = read_windows(text.readline, question.kind), share_of_file(text) if terminal else None
        for number, row in watched(numbered, share, terminal) if terminal and share else numbered:
            if not begun:
                begun = True
                sink.write(HEADER)
            if isinstance(row, WindowRow):
                sink.write(comparing.answer(row))
            elif row is not None:
                bad += 1
                print(f"line {number}: {row.problem}", file=complaints)
                if strict:
                    break
                sink.write(comparing.answer_bad(row))
            sink.flush()
    if bad:
        print(count_of(bad, "line") + (", stopped there" if strict else ""), file=complaints)
    return bad


def told(stream: str, time: str, finding: Finding, _known: object = None) -> str:
    """Return a line of CSV."""
    low, high = finding.effect_low, finding.effect_high
    name = stream if "," not in stream and '"' not in stream else '"' + stream.replace('"', '""') + '"'
    return f"{name},{time},{finding.log_e:.6f},{finding.verdict},{finding.attribution},{low:.4f},{high:.4f}\n"


def explained(stream: str, time: str, finding: Finding, known: ComparedStream) -> str:
    """Return a line of JSON: the answer, from how much it comes, and what could have been seen."""
    said: dict[str, object] = {
        "stream": stream,
        "time": time,
        "log_e": round(finding.log_e, 6),
        "verdict": finding.verdict,
        "attribution": finding.attribution,
        "effect": {"low": _finite(finding.effect_low), "high": _finite(finding.effect_high)},
        "control": {"kind": "concurrent", "n": finding.total.control_n, "bad": finding.total.control_bad},
        "candidate": {"n": finding.total.candidate_n, "bad": finding.total.candidate_bad},
        "noise_variance": finding.noise_variance,
        "segment": finding.segment or None,
    }
    if isinstance(known, CountedStream):
        said["noise_expected"] = {"variance": round(mean_variance(PRIOR), 4), "told_by": "default"}
        reach = known.reach()
        said["least_effect_seen"] = _finite(reach.least_ratio)
        said["windows_to_relevant_effect"] = _finite(reach.windows_to_relevant)
    if isinstance(known, FoldedStream) and (shares := known.contributions()):
        said["contributions"] = {f"above {bound:g}": round(share, 4) for bound, share in shares.items()}
    return json.dumps(said) + "\n"


def _finite(number: float) -> float | None:
    return round(number, 4) if isfinite(number) else None
