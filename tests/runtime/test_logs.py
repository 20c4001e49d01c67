"""
Logs, as a process writes them: one JSON object a line on standard error.
"""

import json
import subprocess
import sys

PROGRAM = """
import logging
from rollguard_runtime import logs
logs.configure("decider", "info")
log = logs.get("pump")
log.debug("not shown")
log.info("line\\nbreak", answer=42)
with logs.bound(workload="shop/a", signal_id="signal-1"):
    log.warning("within")
log.info("after")
logging.getLogger("aiokafka").warning("from a %s", "library")
logging.getLogger("aiokafka").info("not shown")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed")
"""


def test_every_line_is_one_json_object_with_the_bound_ids():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == ""
    first, within, after, library, failed = [json.loads(line) for line in done.stderr.splitlines()]
    assert {name: first[name] for name in ("event", "level", "component", "service", "answer")} == {
        "event": "line\nbreak",
        "level": "info",
        "component": "pump",
        "service": "decider",
        "answer": 42,
    }
    assert first["timestamp"].endswith("Z")
    assert (within["workload"], within["signal_id"]) == ("shop/a", "signal-1")
    assert "workload" not in after
    assert (library["event"], library["level"]) == ("from a library", "warning")
    assert "ZeroDivisionError" in failed["exception"]
