"""
The reconciler: what was read and not answered is put forward again, and given up on in the end.
"""

import asyncio

from decider.offices import Office, soon
from decider.stories import breach, policy, started
from rollguard_decider.settings import DeciderSettings
from rollguard_schemas.topics import SIGNALS

SETTINGS = DeciderSettings(unanswered_after_seconds=20, resubmit_attempts=2)


async def _unanswered():
    """Return an office that heard of a signal which no agent was given."""
    office = Office(settings=SETTINGS)
    office.put(policy())
    await office.take(started())
    office.put(breach())
    await office.context.poll()
    return office


async def test_an_unanswered_signal_is_published_again_with_the_same_bytes():
    office = await _unanswered()
    office.clock.now += 19
    assert await office.reconciler.step() == 0
    office.clock.now += 1
    assert await office.reconciler.step() == 1

    first, again = office.bus.records(SIGNALS.name)
    assert (first.key, first.value, first.headers, first.partition) == (again.key, again.value, again.headers, again.partition)


async def test_the_copy_is_answered_and_then_there_is_peace():
    office = await _unanswered()
    office.clock.now += 20
    await office.reconciler.step()
    await office.desk.take(office.bus.records(SIGNALS.name)[-1], office.table)
    await office.context.poll()
    office.clock.now += 100

    assert await office.reconciler.step() == 0
    assert [one.signal_ids for one in office.decisions()] == [("s-1",)]


async def test_an_original_that_turns_up_after_its_copy_is_not_answered_again():
    office = await _unanswered()
    office.clock.now += 20
    await office.reconciler.step()
    for record in reversed(office.bus.records(SIGNALS.name)):
        await office.desk.take(record, office.table)
    assert len(office.decisions()) == 1


async def test_a_signal_that_was_not_read_yet_is_not_put_forward():
    office = await _unanswered()
    office.unread = {(one.partition, one.offset) for one in office.bus.records(SIGNALS.name)}
    office.clock.now += 100
    assert await office.reconciler.step() == 0


async def test_a_signal_that_stays_unanswered_becomes_a_dead_letter_once():
    office = await _unanswered()
    for _ in range(6):
        office.clock.now += 20
        await office.reconciler.step()
        await office.context.poll()

    assert len(office.bus.records(SIGNALS.name)) == 1 + SETTINGS.resubmit_attempts
    assert len(office.dead_letters(SIGNALS.name)) == 1


async def test_the_next_process_gives_up_on_the_same_signals():
    office = await _unanswered()
    for _ in range(3):
        office.clock.now += 20
        await office.reconciler.step()
        await office.context.poll()
    later = Office(office.bus, settings=SETTINGS)
    await later.context.current()
    later.clock.now += 100
    assert await later.reconciler.step() == 0


async def test_a_dead_letter_that_is_played_again_is_answered():
    office = await _unanswered()
    for _ in range(3):
        office.clock.now += 20
        await office.reconciler.step()
        await office.context.poll()
    await office.take(breach())
    assert len(office.decisions()) == 1


async def test_signals_answered_before_this_process_are_not_waiting():
    first = Office()
    first.put(policy())
    await first.take(started(), breach())
    second = Office(first.bus)
    await second.context.current()
    assert len(second.context.waiting) == 0


async def test_the_context_follows_until_it_is_told_to_stop():
    office = Office()
    stop = asyncio.Event()
    following = asyncio.ensure_future(office.context.run(stop))
    office.put(policy())
    await soon(lambda: office.context.policies)
    stop.set()
    await following
