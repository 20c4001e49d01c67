"""
A backtest is worth something only if it decides what the live services decide: the same log goes through both.
"""

import gzip
import json
import random
from argparse import Namespace

import msgspec
import pytest

from decider.offices import Office
from decider.stories import START, policy, started
from rollguard_decider.replay import Replay
from rollguard_detector.backtest.playing import Player
from rollguard_detector.backtest.sources import past_of
from rollguard_detector.core.detector import Detector
from rollguard_detector.core.identity import Identities
from rollguard_detector.core.kinds import Kinds
from rollguard_detector.inputs.by_content_type import ByContentType, codecs
from rollguard_detector.shell.context import Context
from rollguard_detector.shell.handler import MetricsHandler
from rollguard_runtime.liveness import Progress
from rollguard_runtime.memory import MemoryBus
from rollguard_runtime.tape import read_line
from rollguard_schemas.codec import encode
from rollguard_schemas.decisions import RollbackDecided
from rollguard_schemas.metrics import MetricPoint
from rollguard_schemas.topics import DECISIONS, METRICS, POLICIES, ROLLOUTS, SIGNALS
from support.command_line import CommandLine

WORKLOADS = ("shop/a", "shop/b", "shop/c")
RULES = {
    workload: policy(
        workload=workload,
        objectives=[{"name": "errors", "metric": "error_ratio", "above": 0.05}],
        act_on={"breach": True, "forecast": {"probability": 0.9, "horizonSeconds": 120}, "anomaly": "high"},
    )
    for workload in WORKLOADS
}


def _log():
    """Three workloads: one that a rollout breaks at once, one that it breaks slowly, one that it does not break."""
    numbers = random.Random(7)
    log = []
    for step in range(150):
        at = START + 2.0 * step
        if step == 80:
            log += [msgspec.structs.replace(started(f"ro-{one}", workload=one), time_unix_seconds=at) for one in WORKLOADS]
        after = max(0, step - 90)
        for workload, rate in zip(WORKLOADS, (0.3 if after else 0.01, 0.01 + 0.0012 * after, 0.01), strict=True):
            bad = sum(numbers.random() < rate for _ in range(200))
            log.append(_point(workload, at, bad, "7" if step < 80 else "8"))
    return log


def _point(workload, at, bad, revision):
    return MetricPoint(
        workload=workload,
        time_unix_seconds=at,
        metric="error_ratio",
        kind="ratio",
        numerator=float(bad),
        denominator=200.0,
        revision=revision,
    )


LOG = _log()


def _detector():
    detector = Detector()
    for rules in RULES.values():
        detector.take_policy(rules.workload, rules)
    return detector


async def _heard_live():
    """Return what the decider hears live, rollouts and signals in the order of the log, each with its append time in ms."""
    bus, detector, said = MemoryBus(partitions=1), _detector(), []
    context = Context(bus, detector, Progress(stalled_after_seconds=60))
    handler = MetricsHandler(detector, ByContentType("own-json", {}, codecs(Identities(), Kinds({}))))
    for event in LOG:
        now_ms = round(event.time_unix_seconds * 1000)
        bus.now_ms = lambda now_ms=now_ms: now_ms
        topic = METRICS if isinstance(event, MetricPoint) else ROLLOUTS
        bus.append(encode(topic, event, source="/test"))
        record = bus.logs[topic.name, 0][-1]
        if topic is ROLLOUTS:
            context.take([record])
            said.append((now_ms, encode(ROLLOUTS, event, source="/test")))
        else:
            said += [(now_ms, one) for one in await handler.handle([handler.read(record)])]
    return said


async def _decided_live(said, *, partitions, processes):
    """Let so many decider processes share the partitions; return each workload's decisions as they lie on the topic."""
    clock = {"ms": 0}
    bus = MemoryBus(partitions=partitions, now_ms=lambda: clock["ms"])
    offices = [Office(bus) for _ in range(processes)]
    for office in offices:
        office.put(*RULES.values())
    for now_ms, outgoing in said:
        clock["ms"] = now_ms
        bus.append(outgoing)
        newest = max(bus.records(outgoing.topic), key=lambda record: (record.value == outgoing.value, record.offset))
        office = offices[newest.partition % processes]
        await office.desk.take(newest, office.table)
    return _by_workload(record.value for record in bus.records(DECISIONS.name))


def _by_workload(values):
    found = {}
    for value in values:
        found.setdefault(json.loads(value)["workload"], []).append(bytes(value))
    return found


def _decided_in_replay(lines):
    """Put the log as a file would hold it through both replays."""
    player_said, desk = [], Replay(RULES)
    Player(_detector(), player_said.append).play(read_line(line) for line in lines)
    taped = [read_line(line) for line in player_said]
    return [decision for one in taped for decision in desk.take(one.event, one.at_unix_seconds)], taped


async def test_a_replay_says_and_decides_byte_for_byte_what_live_services_do():
    replayed, taped = _decided_in_replay([msgspec.json.encode(event) for event in LOG])
    heard = await _heard_live()
    signals = [outgoing.value for _, outgoing in heard if outgoing.topic == SIGNALS.name]
    decisions = _by_workload(msgspec.json.encode(one) for one in replayed)

    assert {one.workload for one in replayed if isinstance(one, RollbackDecided)} == {"shop/a", "shop/b"}
    assert [msgspec.json.encode(one.event) for one in taped if type(one.event) in SIGNALS.events] == signals
    for partitions, processes in ((1, 1), (4, 2), (12, 3)):
        assert await _decided_live(heard, partitions=partitions, processes=processes) == decisions


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return the log, two policies and the incidents as files."""
    folder = tmp_path_factory.mktemp("backtest")
    log = folder / "log.jsonl"
    log.write_bytes(b"not json\n" + b"".join(msgspec.json.encode(event) + b"\n" for event in LOG))
    for name, bound in (("strict", 0.05), ("blind", 0.9)):
        documents = [msgspec.to_builtins(rules) for rules in RULES.values()]
        for document in documents:
            document["spec"]["objectives"][0]["above"] = bound
        (folder / f"{name}.yaml").write_text("\n---\n".join(json.dumps(document) for document in documents))
    began = START + 2.0 * 92
    incidents = [{"workload": workload, "from": began, "until": began + 100, "name": workload} for workload in ("shop/a", "shop/b")]
    (folder / "incidents.yaml").write_text(json.dumps(incidents))
    return Namespace(folder=folder, log=log, html=folder / "report.html")


def test_two_policies_are_compared_on_the_same_past(files):
    words = ["policy", "backtest", files.log, "-f", files.folder / "blind.yaml", "--against", files.folder / "strict.yaml"]
    shown = CommandLine()(*words, "--incidents", files.folder / "incidents.yaml", "--html", files.html, "--json", "--fail-if-worse")
    blind, strict = json.loads(shown.stdout)["policies"]

    assert shown.exit_code == 3
    assert "blind is worse" in shown.stderr
    assert "line 1: JSON is malformed" in shown.stderr
    assert (strict["true"], strict["false"], strict["missed"], strict["rollouts"]) == (2, 0, 0, 3)
    assert (blind["true"], blind["missed"]) == (0, 2)
    caught = {one["incident"]["name"]: one for one in strict["incidents"]}
    assert 0 < caught["shop/a"]["served"]["bad_events"] < caught["shop/a"]["in_all"]["bad_events"]
    page = files.html.read_text()
    assert page.count("<svg") == 3
    assert "http" not in page.replace("http-equiv", "")


def test_a_past_in_a_table_goes_together_with_rollouts_in_a_file(tmp_path):
    table, rollouts = tmp_path / "points.csv", tmp_path / "rollouts.jsonl.gz"
    table.write_text("workload,metric,time,value\nshop/a,error_ratio,2027-01-15T08:00:01Z,0.5\nshop/a,error_ratio,x,1\n")
    rollouts.write_bytes(gzip.compress(msgspec.json.encode(started(workload="shop/a"))))
    complaints = []
    past, _ = past_of([str(table), str(rollouts)], complaints.append)

    assert [type(taped.event).__name__ for taped in past] == ["RolloutStarted", "MetricPoint"]
    assert len(complaints) == 1
    assert "line 3" in complaints[0]


def test_the_command_line_shows_the_ledger_that_the_decider_goes_by():
    rollguard = CommandLine()
    rollguard.say(POLICIES, RULES["shop/a"])
    rollguard.say(ROLLOUTS, started("ro-7", old="6", new="7", at=-90_000, workload="shop/a"), started("ro-8", workload="shop/a"))
    rollguard("quarantine", "shop/a", "6", "--why", "leaks", "--owner", "ml", "--by", "ada")
    shown = rollguard.document("ledger", "shop/a")

    assert shown["would_return_to"]["revision"] == "7"
    assert [one["owner"] for one in shown["quarantine"]] == ["ml"]
    assert "a rollback would go to 7" in rollguard("ledger", "shop/a").stdout
    assert rollguard("ledger", "shop/unheard").exit_code == 1
