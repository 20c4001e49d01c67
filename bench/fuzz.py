"""
Throws bytes at every codec for a stated time: how many were tried, how many refused, what crashed, and how much memory it took.

    make -s bench NAME=fuzz ARGS="--seconds 20"

Guided by coverage where atheris is installed (`.venv/bin/uv pip install atheris`), else by random mutation of real messages. Each
codec runs in a process of its own, so that a crash in native code ends that process and no other. Anything but ``Malformed`` is a
crash.
"""

import argparse
import mmap
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import cramjam
from scoring.one_line import print_line

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

_COUNTS = struct.Struct("<QQ")
_LONGEST = 65_536
_MEMORY_LIMIT_MIB = 1_024
_PRODUCERS = Path(__file__).parents[1] / "tests" / "detector" / "producers"
_BELONGS = {
    "otlp-protobuf": "opentelemetry/*.otlp",
    "otlp-json": "opentelemetry/*.otlp_json",
    "remote-write": "*/*.bin",
    "telegraf-json": "telegraf/json*",
    "cloud-events": "telegraf/cloudevents*",
    "influx-line": "telegraf/influx*",
}


def _seeds(form: str) -> list[bytes]:
    from detector.wire import ONE_GAUGE  # noqa: PLC0415  # after atheris has set its instruments

    value, _ = ONE_GAUGE[form]()
    found = [value, *(path.read_bytes() for path in sorted(_PRODUCERS.glob(_BELONGS.get(form, "none"))))]
    return [bytes(cramjam.snappy.decompress_raw(one)) for one in found] if form == "remote-write" else found


def _target(form: str, counts: mmap.mmap) -> Callable[[bytes], None]:
    from rollguard_detector.inputs.by_content_type import codecs  # noqa: PLC0415  # as above
    from rollguard_schemas.codec import Malformed  # noqa: PLC0415  # as above

    decode = next(codec for name, codec in codecs().items() if name == form).decode
    tried = refused = 0

    def once(value: bytes) -> None:
        nonlocal tried, refused
        tried += 1
        try:
            decode(_wrapped(value) if form == "remote-write" else value, ())
        except Malformed:
            refused += 1
        counts[: _COUNTS.size] = _COUNTS.pack(tried, refused)

    return once


def _wrapped(value: bytes) -> bytes:
    """Pack a message, or nearly every mutation would end at the packing; a part is left as it is, for the packing's sake."""
    return value if value[-1:] < b"\x20" else bytes(cramjam.snappy.compress_raw(value))


def _guided(form: str, seconds: float, counts: mmap.mmap, folder: Path) -> None:
    import atheris  # type: ignore[import-not-found]  # noqa: PLC0415  # optional

    with atheris.instrument_imports(include=["rollguard_detector.inputs", "rollguard_detector.core", "rollguard_schemas"]):
        once = _target(form, counts)
    for place, seed in enumerate(_seeds(form)):
        (folder / str(place)).write_bytes(seed)
    options = [f"-max_total_time={seconds:.0f}", f"-rss_limit_mb={_MEMORY_LIMIT_MIB}", f"-max_len={_LONGEST}", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, str(folder)], once)
    atheris.Fuzz()


def _mutated(rng: random.Random, seeds: list[bytes]) -> bytes:
    value = bytearray(rng.choice(seeds))
    for _ in range(rng.randint(1, 8)):
        place, length = rng.randrange(len(value) + 1), rng.randint(0, 16)
        other = rng.choice(seeds)
        begin = rng.randrange(len(other))
        cut = {
            0: rng.randbytes(length),
            1: other[begin : begin + length],
            2: b"",
            3: bytes(value[place : place + length]) * rng.randint(2, 200),
        }
        value[place : place + rng.randint(0, length)] = cut[rng.randint(0, 3)]
    return bytes(value[:_LONGEST])


def _mutating(form: str, seconds: float, counts: mmap.mmap) -> None:
    once, seeds, rng = _target(form, counts), _seeds(form), random.Random(form)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        once(_mutated(rng, seeds))


def _child(form: str, seconds: float, report: Path) -> None:
    with report.open("r+b") as file, mmap.mmap(file.fileno(), _COUNTS.size) as counts, tempfile.TemporaryDirectory() as folder:
        if find_spec("atheris"):
            _guided(form, seconds, counts, Path(folder))
        else:
            _mutating(form, seconds, counts)


def _run(form: str, seconds: float) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        report, log = Path(folder) / "counts", Path(folder) / "log"
        report.write_bytes(bytes(_COUNTS.size))
        command = [sys.executable, __file__, "--form", form, "--seconds", str(seconds), "--report", str(report)]
        with log.open("wb") as output:
            child = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder)
            _, status, usage = os.wait4(child.pid, 0)
        child.returncode = code = os.waitstatus_to_exitcode(status)
        tried, refused = _COUNTS.unpack(report.read_bytes())
        if code:
            print(log.read_text(errors="replace")[-3_000:], file=sys.stderr)
    peak_mib = usage.ru_maxrss / 1024
    return {"executions": tried, "rejects": refused, "crashes": int(code != 0), "peak_memory_mib": round(peak_mib, 1)}


def main() -> int:
    """Run each codec in turn, and print one line; 1 if anything crashed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="for each codec")
    parser.add_argument("--form", help="only this format")
    parser.add_argument("--report", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.report:
        _child(asked.form, asked.seconds, asked.report)
        return 0
    from detector.wire import ONE_GAUGE  # noqa: PLC0415  # the tests' messages, once their folder is known

    found = {form: _run(form, asked.seconds) for form in ([asked.form] if asked.form else sorted(ONE_GAUGE))}
    guided = "coverage (atheris)" if find_spec("atheris") else "random mutation"
    print_line({"question": "do bytes break a codec", "guided_by": guided, "seconds_each": asked.seconds, "formats": found})
    return int(any(one["crashes"] for one in found.values()))


if __name__ == "__main__":
    sys.exit(main())
