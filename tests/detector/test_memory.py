"""
What the kernel says of a process' memory, read from files as it writes them.
"""

import pytest

from rollguard_detector.settings import DetectorSettings
from rollguard_detector.shell.memory import allowed_bytes, resident_bytes
from rollguard_detector.shell.serving import limits_of


def test_this_process_has_some():
    assert resident_bytes() > 1 << 20


def test_where_nobody_tells_nothing_is_known(tmp_path):
    assert resident_bytes(tmp_path / "statm") == 0
    assert allowed_bytes((tmp_path / "memory.max",)) is None


@pytest.mark.parametrize(("text", "allowed"), [("536870912\n", 1 << 29), ("max\n", None), ("9223372036854771712\n", None)])
def test_the_limit_of_the_container_is_read(tmp_path, text, allowed):
    (tmp_path / "memory.max").write_text(text)
    assert allowed_bytes((tmp_path / "none", tmp_path / "memory.max")) == allowed


def test_fewer_series_are_allowed_where_more_would_not_fit():
    roomy, narrow = (limits_of(DetectorSettings(max_memory_megabytes=size), resident=100_000_000) for size in (100_000.0, 200.0))
    assert roomy.max_series == 50_000
    assert 1_000 < narrow.max_series < 50_000
