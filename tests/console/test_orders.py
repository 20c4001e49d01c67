"""The orders: what each puts on the topic of commands, and for whom."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollguard_console.exit_codes import WrongUsage
from rollguard_console.orders import addressed, order
from rollguard_runtime.command_keys import read_key, read_keys
from rollguard_runtime.signatures import is_signed_by, read_header
from rollguard_schemas.commands import Approve, Freeze, KillSwitch, Mute, Quarantine, Release, RollBackNow, Unfreeze, Veto
from rollguard_schemas.topics import COMMANDS, DECISIONS
from support.command_line import NOW, PARTITIONS
from support.incident import RECOMMENDED, WITHHELD, WORKLOAD

GIVEN = {
    ("freeze", WORKLOAD, "--why", "sale", "--for", "2h"): (Freeze, {"until_unix_seconds": NOW + 7200}),
    ("freeze", WORKLOAD, "--why", "sale", "--until", "2027-01-01"): (Freeze, {"until_unix_seconds": 1_798_761_600.0}),
    ("freeze", WORKLOAD, "--why", "sale"): (Freeze, {"until_unix_seconds": None}),
    ("unfreeze", WORKLOAD, "--why", "over"): (Unfreeze, {"why": "over"}),
    ("mute", WORKLOAD, "--why", "noisy", "--metric", "p99", "--for", "15m"): (
        Mute,
        {"metric": "p99", "until_unix_seconds": NOW + 900},
    ),
    ("mute", WORKLOAD, "--why", "noisy"): (Mute, {"metric": None}),
    ("quarantine", WORKLOAD, "7", "--why", "bad weights"): (Quarantine, {"revision": "7", "why": "bad weights"}),
    ("release", WORKLOAD, "7", "--why", "it was the data"): (Release, {"revision": "7", "why": "it was the data"}),
    ("rollback", WORKLOAD, "--why", "users complain"): (RollBackNow, {"target_revision": None}),
    ("rollback", WORKLOAD, "--why", "users complain", "--to", "6"): (RollBackNow, {"target_revision": "6"}),
    ("kill-switch", "on", "--why", "x", "--workload", WORKLOAD): (KillSwitch, {"engaged": True}),
    ("approve", "rollback-1", "--why", "seen it"): (Approve, {"decision_id": "rollback-1"}),
    ("veto", "rollback-1", "--why", "known"): (Veto, {"decision_id": "rollback-1", "why": "known"}),
}


@pytest.mark.parametrize("words", GIVEN, ids=" ".join)
def test_an_order_is_one_command_for_its_workload_by_whom_and_when(rollguard, words):
    command_type, said = GIVEN[words]
    rollguard.say(DECISIONS, RECOMMENDED)

    result = rollguard(*words, "--by", "ada")

    assert result.exit_code == 0
    (command,) = rollguard.heard(COMMANDS)
    assert type(command) is command_type
    assert (command.workload, command.by, command.time_unix_seconds) == (WORKLOAD, "ada", NOW)
    assert {name: getattr(command, name) for name in said} == said


@pytest.mark.parametrize(
    "words",
    [("kill-switch", "on"), ("kill-switch", "off"), ("kill-switch", "on", "--tenant", "shop"), ("freeze", "*"), ("mute", "shop/*")],
    ids=" ".join,
)
def test_an_order_for_many_lies_in_every_partition_with_one_id(rollguard, words):
    document = rollguard.document(*words, "--why", "incident")

    records = rollguard.bus.records(COMMANDS.name)
    assert [record.partition for record in records] == list(range(PARTITIONS))
    assert {command.id for command in rollguard.heard(COMMANDS)} == {document["command"]["id"]}
    assert document["records"] == PARTITIONS
    assert len(rollguard.document("commands")["events"]) == 1


def test_a_fleet_wide_order_is_listed_for_each_workload(rollguard):
    rollguard("kill-switch", "on", "--why", "incident")

    assert len(rollguard.document("commands", "--workload", WORKLOAD)["events"]) == 1


def test_an_order_for_a_tenant_is_listed_for_its_workloads_alone(rollguard):
    rollguard("kill-switch", "on", "--why", "incident", "--tenant", "shop")

    assert len(rollguard.document("commands", "--workload", WORKLOAD)["events"]) == 1
    assert rollguard.document("commands", "--workload", "bank/scorer")["events"] == []


def test_an_order_is_for_a_tenant_or_for_a_workload(rollguard):
    result = rollguard("kill-switch", "on", "--why", "incident", "--tenant", "shop", "--workload", WORKLOAD)

    assert result.exit_code == 2


@pytest.mark.parametrize("algorithm", ["ed25519", "hmac-sha256"])
def test_an_order_is_signed_with_the_key_that_was_made_for_it(rollguard, tmp_path, algorithm):
    made = rollguard.document("key", "new", "ada", "--algorithm", algorithm)
    key = tmp_path / "key.yaml"
    key.write_text(json.dumps(made["key"]))
    rollguard.environ = {"ROLLGUARD_CONSOLE_COMMAND_KEY_FILE": str(key)}

    rollguard("freeze", WORKLOAD, "--why", "sale")

    (record,) = rollguard.bus.records(COMMANDS.name)
    signed = read_header(record.headers)
    known = read_keys(json.dumps(made["decider"]), "KEYS")[signed.key_id]
    assert is_signed_by(known.algorithm, known.verifying_bytes("KEYS"), signed.signature, record.value)


def test_a_key_is_shown_as_the_two_files_that_it_belongs_into(rollguard):
    mine, theirs = rollguard("key", "new", "ada").stdout.split("\n\n")

    assert read_key(mine, "KEY").id == "ada"
    assert list(read_keys(theirs, "KEYS")) == ["ada"]


def test_a_key_that_is_none_is_refused_and_nothing_is_published(rollguard):
    rollguard.environ = {"ROLLGUARD_CONSOLE_COMMAND_KEY": "{id: ada, algorithm: ed25519}"}
    result = rollguard("freeze", WORKLOAD, "--why", "sale")

    assert (result.exit_code, rollguard.heard(COMMANDS)) == (2, [])


def test_who_gives_the_order_comes_from_the_setting_where_it_is_not_said(rollguard):
    rollguard.environ = {"ROLLGUARD_CONSOLE_BY": "night-shift"}
    rollguard("unfreeze", WORKLOAD, "--why", "over")

    assert rollguard.heard(COMMANDS)[0].by == "night-shift"


def test_the_same_words_at_another_time_are_another_order(rollguard):
    rollguard("unfreeze", WORKLOAD, "--why", "over", "--by", "ada")
    rollguard.now += 1
    rollguard("unfreeze", WORKLOAD, "--why", "over", "--by", "ada")

    first, second = rollguard.heard(COMMANDS)
    assert first.id != second.id


@pytest.mark.parametrize("deed", ["approve", "veto"])
def test_a_decision_that_does_not_exist_cannot_be_ruled_on(rollguard, deed):
    result = rollguard(deed, "rollback-9", "--why", "x")

    assert result.exit_code == 1
    assert rollguard.heard(COMMANDS) == []


def test_what_was_withheld_cannot_be_approved(rollguard):
    rollguard.say(DECISIONS, WITHHELD)

    assert rollguard("approve", "withheld-1", "--why", "x").exit_code == 3
    assert rollguard.heard(COMMANDS) == []


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("freeze", "fraud-scorer", "--why", "x"), "write namespace/name"),
        (("freeze", WORKLOAD, "--why", "x", "--for", "soon"), "write 90s, 15m, 1h30m or 2d"),
        (("freeze", WORKLOAD, "--why", "x", "--for", "1h", "--until", "2027-01-01"), "not both"),
        (("freeze", WORKLOAD, "--why", "x", "--until", "2020-01-01"), "already past"),
        (("freeze", WORKLOAD), "Missing option"),
        (("kill-switch", "maybe", "--why", "x"), "maybe"),
        (("quarantine", WORKLOAD, "", "--why", "x"), "revision"),
    ],
    ids=str,
)
def test_a_wrong_order_is_wrong_usage_and_publishes_nothing(rollguard, words, complaint):
    result = rollguard(*words)

    assert result.exit_code == 2
    assert complaint in result.stderr
    assert rollguard.heard(COMMANDS) == []


def test_a_rollback_is_for_one_workload(rollguard):
    assert rollguard("rollback", "*", "--why", "x").exit_code == 3
    assert rollguard.heard(COMMANDS) == []


@given(workload=st.text(max_size=20), why=st.text(max_size=20))
def test_an_order_is_one_that_every_reader_takes_or_it_is_refused(workload, why):
    try:
        command = order(Freeze, workload=workload, by="ada", why=why, time_unix_seconds=1.0, until_unix_seconds=None)
    except WrongUsage:
        return
    (record, *_) = addressed(command, partitions=2)
    assert record.key == workload.encode()
