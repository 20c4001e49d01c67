"""
Which commands are obeyed: said why, said once, and, where keys are set, signed, by whom the key is for, and fresh.
"""

import base64
from datetime import UTC, datetime

import msgspec
import pytest

from decider.offices import Office
from decider.stories import START, breach, command, policy, started
from rollguard_decider.shell.orders_judged import OrdersJudged
from rollguard_runtime.command_keys import CommandKey
from rollguard_runtime.signatures import header, new_pair, sign
from rollguard_schemas.codec import encode
from rollguard_schemas.commands import Approve, Freeze, KillSwitch, Quarantine, Release, RollBackNow, Unfreeze
from rollguard_schemas.decisions import RollbackDecided, Withheld
from rollguard_schemas.topics import COMMANDS

PRIVATE, PUBLIC = new_pair()
SECRET = b"a secret of sixteen or more"


def text(key):
    return base64.b64encode(key).decode()


KEYS = {
    "ada": CommandKey(id="ada", algorithm="ed25519", public=text(PUBLIC), by=("alice",)),
    "ci": CommandKey(id="ci", algorithm="hmac-sha256", secret=text(SECRET)),
}


def guarded(bus=None, **more):
    """Return an office that believes these keys only."""
    office = Office(bus, orders=OrdersJudged(KEYS, max_age_seconds=300), **more)
    office.clock.now = START + 100
    return office


def signed(said, *, by="ada", value=None):
    """Return the record of a command, signed."""
    record = encode(COMMANDS, said, source="/test")
    algorithm, key = ("ed25519", PRIVATE) if by == "ada" else ("hmac-sha256", SECRET)
    signature = sign(algorithm, key, record.value if value is None else value)
    return msgspec.structs.replace(record, headers=(*record.headers, header(by, signature)))


async def gives(office, *records):
    for record in records:
        await office.desk.take(office.put_raw(record), office.table)


def reasons(office):
    letters = office.dead_letters(COMMANDS.name)
    return [dict(letter.headers)["__connect.errors.class.name"].decode() for letter in letters]


@pytest.mark.parametrize("by", ["ada", "ci"])
async def test_a_signed_command_is_obeyed(by):
    office = guarded()
    office.put(policy())
    await office.take(started())
    await gives(office, signed(command(RollBackNow, at=90), by=by))
    (decision,) = office.decisions()
    assert isinstance(decision, RollbackDecided)
    assert reasons(office) == []


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (encode(COMMANDS, command(RollBackNow, at=90), source="/test"), "unsigned"),
        (signed(command(RollBackNow, at=90), value=b"something else"), "wrong-signature"),
        (signed(command(RollBackNow, at=90, by="mallory")), "not-allowed"),
        (signed(command(RollBackNow, at=-400)), "expired"),
        (signed(command(RollBackNow, at=900)), "from-the-future"),
        (signed(command(RollBackNow, at=90, why=" ")), "no-reason"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
async def test_what_is_not_believed_is_a_dead_letter_that_says_why(record, reason):
    office = guarded()
    office.put(policy())
    await office.take(started())
    await gives(office, record)
    assert office.decisions() == []
    assert reasons(office) == [reason]


async def test_a_key_that_is_not_known_is_told_by_its_name():
    office = guarded()
    record = signed(command(Freeze, at=90))
    await gives(office, msgspec.structs.replace(record, headers=(*record.headers[:-1], header("eve", b"x"))))
    (letter,) = office.dead_letters(COMMANDS.name)
    assert b"'eve'" in dict(letter.headers)["__connect.errors.exception.message"]


async def test_a_key_that_has_ended_signs_nothing_new_and_what_it_signed_still_holds():
    ended = msgspec.structs.replace(KEYS["ci"], until=datetime.fromtimestamp(START + 60, UTC))
    office = Office(orders=OrdersJudged({"ci": ended}))
    office.clock.now = START + 100
    await gives(office, signed(command(Freeze, at=50), by="ci"), signed(command(Unfreeze, id="c-2", at=70), by="ci"))
    assert reasons(office) == ["not-allowed"]
    assert office.known().own.frozen is not None


async def test_a_copied_command_changes_nothing():
    office = guarded()
    on = signed(command(KillSwitch, id="on", engaged=True, at=10))
    off = signed(command(KillSwitch, id="off", engaged=False, at=20))
    again = signed(command(KillSwitch, id="on-again", engaged=True, at=30))
    await gives(office, on, off, again, off)
    assert reasons(office) == ["repeated"]
    assert office.context.orders.kill_switch("shop/fraud-scorer", START + 100) is not None


async def test_a_copied_kill_switch_release_is_not_believed_by_the_process_after_either():
    office = guarded()
    on = signed(command(KillSwitch, id="on", engaged=True, at=10))
    off = signed(command(KillSwitch, id="off", engaged=False, at=20))
    await gives(office, on, off, signed(command(KillSwitch, id="on-again", engaged=True, at=30)), off)
    after = guarded(office.bus)
    await after.context.current()
    assert after.context.orders.kill_switch("shop/fraud-scorer", START + 100) is not None


async def test_a_flood_of_unsigned_commands_does_not_stop_the_decider():
    office = guarded(dead_letter_limit=2)
    for number in range(9):
        await gives(office, encode(COMMANDS, command(Freeze, id=f"c-{number}", at=90), source="/test"))
    assert reasons(office) == ["unsigned"] * 9
    assert not office.desk.flooded.done()


async def test_without_keys_a_command_needs_a_reason_and_no_signature():
    office = Office()
    await office.take(command(Freeze), command(Unfreeze, id="c-2", why=""))
    assert reasons(office) == ["no-reason"]
    assert office.known().own.frozen is not None


async def test_a_tenants_kill_switch_holds_its_workloads_and_no_others():
    office = Office()
    office.put(policy(), policy(workload="bank/scorer"))
    await office.take_fleet(command(KillSwitch, workload="shop/*", engaged=True))
    await office.take(started(), started(workload="bank/scorer"), breach(), breach("s-2", workload="bank/scorer"))
    held, acts = office.decisions()
    assert (held.reason, "the kill switch of tenant shop is engaged by alice" in held.explanation.summary) == ("kill-switch", True)
    assert isinstance(acts, RollbackDecided)


async def test_a_tenants_freeze_ends_with_the_tenants_unfreeze_alone():
    office = Office()
    office.put(policy())
    await office.take(started())
    await office.take_fleet(command(Freeze, workload="shop/*"))
    await office.take_fleet(command(Unfreeze, id="c-2", workload="*"))
    await office.take(breach())
    await office.take_fleet(command(Unfreeze, id="c-3", workload="shop/*"))
    await office.take(breach("s-2", at=70))
    held, acts = office.decisions()
    assert isinstance(held, Withheld)
    assert "tenant shop is frozen" in held.explanation.summary
    assert isinstance(acts, RollbackDecided)


async def test_a_released_revision_may_be_returned_to():
    office = Office()
    office.put(policy())
    await office.take(started(), command(Quarantine, revision="7"), breach())
    await office.take(command(Release, id="c-2", revision="7"), breach("s-2", at=70))
    held, acts = office.decisions()
    assert held.reason == "no-last-good-revision"
    assert acts.target_revision == "7"


async def test_an_approval_is_kept_with_who_and_why():
    office = Office()
    office.put(policy(mode="recommend"))
    await office.take(started(), breach())
    (recommended,) = office.decisions()
    await office.take(command(Approve, decision_id=recommended.id, at=90, why="seen it"))
    assert "alice asked for the recommended rollback (seen it)" in office.decisions()[1].explanation.gates[-1]
