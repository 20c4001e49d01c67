"""
The programs that measure decoding run, on little, and say what they are read for.
"""

import json
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench"


def test_fuzzing_says_what_it_tried_and_what_crashed():
    command = [sys.executable, str(BENCH / "fuzz.py"), "--form", "influx-line", "--seconds", "1"]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    found = said["formats"]["influx-line"]
    assert found["executions"] > found["rejects"] > 0
    assert (found["crashes"], found["peak_memory_mib"] > 10) == (0, True)
