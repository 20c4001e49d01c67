"""
``rollguard-detector replay``: a recorded past in, what the detector would have said out, as fast as it can be read.

Standard output is a tape: everything that is no point as it came, and each signal behind the point that led to it. It goes well
into ``rollguard-decider replay``. Nothing is published anywhere.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from rollguard_detector.backtest.course import Courses
from rollguard_detector.backtest.playing import Player
from rollguard_detector.backtest.shams import with_shams
from rollguard_detector.backtest.sources import Read, past_of, within
from rollguard_detector.backtest.topics import past_of_records, records_of
from rollguard_detector.core.detector import Detector, Limits
from rollguard_detector.core.identity import Identities
from rollguard_detector.core.kinds import Kinds
from rollguard_detector.core.missing import MissingNumbers
from rollguard_detector.core.models.registry import named
from rollguard_detector.inputs.by_content_type import ByContentType, codecs
from rollguard_detector.inputs.reading_rules import formats_of_topics, read_rules
from rollguard_detector.settings import DetectorSettings
from rollguard_runtime.errors import Permanent, SettingsRefused, Temporary
from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.replayed import Told
from rollguard_runtime.settings import load
from rollguard_runtime.tape import Taped, read_policies
from rollguard_schemas import codec
from rollguard_schemas.policies import RollbackPolicy

EXIT_UNREAD, EXIT_FAILED = 1, 2
_TOLD_EVERY_SECONDS = 0.25
_NAMED_LINES = 20


class Complaints:
    """Names what could not be read; beyond the first few it only counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, text: str) -> None:
        """Tell one."""
        self.count += 1
        if self.count <= _NAMED_LINES:
            print(text, file=sys.stderr)
        elif self.count == _NAMED_LINES + 1:
            print("more of it cannot be read; counted, not shown", file=sys.stderr)


class Teller:
    """Says now and then how far the replay is: a line of JSON on standard error."""

    def __init__(self, read: Read | None, *, is_wanted: bool) -> None:
        self._read, self._is_wanted = read, is_wanted
        self._last = self._began = time.monotonic()
        self.player: Player | None = None

    def __call__(self, *, is_last: bool = False) -> None:
        """Say it, if it is time."""
        now = time.monotonic()
        if not self._is_wanted or self.player is None or (now - self._last < _TOLD_EVERY_SECONDS and not is_last):
            return
        self._last = now
        told = Told(
            share=1.0 if is_last else self._read.share if self._read else None,
            reached_unix_seconds=self.player.reached_unix_seconds,
            points=self.player.points,
            signals=self.player.signals,
            skipped=self.player.skipped,
            seconds=round(now - self._began, 3),
        )
        sys.stderr.write(msgspec.json.encode(told).decode() + "\n")
        sys.stderr.flush()


def replay(asked: argparse.Namespace) -> int:
    """Run the command; 1 where lines could not be read, 2 where nothing could be done."""
    complaints = Complaints()
    try:
        settings = load(DetectorSettings, "detector", os.environ)
        policies = _policies(asked.policies)
        past, read = _past(asked, settings, complaints)
        past = within(past, asked.since, asked.until)
        if asked.sham_every:
            past = with_shams(past, policies, asked.sham_every)
        _play(asked, settings, policies, past, Teller(read, is_wanted=asked.progress))
    except (SettingsRefused, Permanent, Temporary, codec.Malformed) as error:
        print(f"rollguard-detector: {error}", file=sys.stderr)
        return EXIT_FAILED
    return EXIT_UNREAD if complaints.count else 0


def detector_of(settings: DetectorSettings, policies: dict[str, RollbackPolicy]) -> Detector:
    """Make the detector that the service would run under these settings and policies."""
    limits = Limits(
        max_series=settings.max_series,
        max_series_a_workload=settings.max_series_a_workload,
        max_ahead_seconds=settings.max_ahead_seconds,
    )
    detector = Detector(limits, MissingNumbers(read_rules(settings.inputs_file).missing), named(settings.models))
    for workload, policy in policies.items():
        detector.take_policy(workload, policy)
    return detector


def _policies(path: str) -> dict[str, RollbackPolicy]:
    try:
        return read_policies(path)
    except OSError as error:
        raise Permanent(f"{path} cannot be read: {error.strerror}") from error


def _past(asked: argparse.Namespace, settings: DetectorSettings, complaints: Complaints) -> tuple[Iterator[Taped], Read | None]:
    if not asked.topics:
        return past_of(asked.files, complaints)
    rules, formats = read_rules(settings.inputs_file), formats_of_topics(settings.topics)
    input_codec = ByContentType(settings.default_format, formats, codecs(Identities(rules.identity_rules), Kinds(rules.kinds)))
    records = asyncio.run(records_of(KafkaBus(settings, client_id="rollguard-replay"), list(formats)))
    return past_of_records(records, input_codec, complaints), None


def _play(
    asked: argparse.Namespace, settings: DetectorSettings, policies: dict[str, RollbackPolicy], past: Iterator[Taped], told: Teller
) -> None:
    courses = Courses(policies, asked.course_seconds) if asked.courses else None
    told.player = player = Player(detector_of(settings, policies), sys.stdout.buffer.write, courses=courses, tell=told)
    player.play(past)
    sys.stdout.buffer.flush()
    told(is_last=True)
    if courses is not None:
        Path(asked.courses).write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in courses.minutes.values()))
