"""
Reading the log again is told now and then, and once more when it is over.
"""

from rollguard_detector.shell.replay import Replay
from rollguard_runtime.batches import Batch
from rollguard_runtime.bus import Record


def _records(count, *, is_replayed, at=100.0):
    return Batch.of(
        [
            Record(topic="t", partition=0, offset=n, timestamp_ms=int(at * 1000), key=None, value=None, is_replayed=is_replayed)
            for n in range(count)
        ]
    )


def test_progress_is_told_now_and_then_with_how_far_it_is(capsys):
    now = [1000.0]
    replay = Replay(clock=lambda: now[0])
    replay.note(_records(5, is_replayed=True))
    assert capsys.readouterr().out == ""
    now[0] = 1011.0
    replay.note(_records(5, is_replayed=True, at=500.0))
    told = capsys.readouterr().out
    assert "reading the log again" in told
    assert "records=10" in told
    assert "behind_seconds=511.0" in told


def test_the_end_is_told_once(capsys):
    replay = Replay(clock=lambda: 0.0)
    replay.note(_records(5, is_replayed=True))
    for _ in range(2):
        replay.note(_records(3, is_replayed=False))
    assert capsys.readouterr().out.count("the log was read again") == 1


def test_a_log_that_is_not_read_again_is_not_told_of(capsys):
    Replay(clock=lambda: 0.0).note(_records(3, is_replayed=False))
    assert capsys.readouterr().out == ""
