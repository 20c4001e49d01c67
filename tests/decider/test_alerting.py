"""
Alerting as a process on the memory bus: told once, sent in order, tried again, given up, and never twice after a restart.
"""

import asyncio

import msgspec
import pytest

from decider.stories import WORKLOAD, breach, forecast, given, outcome, policy, recovered, started
from rollguard_decider.alert_settings import AlertSettings
from rollguard_decider.shell.alerting.deliverer import Deliverer
from rollguard_decider.shell.alerting.reminder import Reminder
from rollguard_decider.shell.alerting.serve import serve
from rollguard_decider.shell.alerting.teller import HEARD, Teller
from rollguard_decider.shell.alerting.told import Told
from rollguard_runtime.errors import Permanent, Rejected, Temporary
from rollguard_runtime.liveness import Progress
from rollguard_runtime.memory import MemoryBus
from rollguard_runtime.pump import Pump
from rollguard_schemas.codec import decode, encode
from rollguard_schemas.decisions import Decision
from rollguard_schemas.outcomes import ActionApplied, Succeeded
from rollguard_schemas.topics import ALERTS, DECISIONS, OUTCOMES

NOW = 1_800_000_000.0


class Line:
    """A channel that takes what it is given, or fails as often as it is told."""

    name, keeps, forgets = "line", True, True

    def __init__(self):
        self.taken = []
        self.faults = []
        self.is_closed = False

    async def send(self, alert):
        if self.faults:
            fault = self.faults.pop(0)
            raise fault
        self.taken.append(alert)

    async def close(self):
        self.is_closed = True

    @property
    def statuses(self):
        return [alert.status for alert in self.taken]


class Office:
    """One alerting process on a bus; another on the same bus is the process after it."""

    def __init__(self, bus=None, line=None, **settings):
        self.time = NOW
        self.bus = bus or MemoryBus(now_ms=lambda: int(self.time * 1000))
        self.line = line or Line()
        self.settings = AlertSettings(**{"give_up_after_seconds": 100.0, **settings})
        self.teller = self._pump("teller", Teller(Told(self.bus.follower([ALERTS.name]))), HEARD)
        told = Told(self.bus.follower([ALERTS.name]))
        self.deliverer = Deliverer(self.line, told, self.settings, clock=lambda: self.time, now=lambda: self.time)
        self.sender = self._pump("sender", self.deliverer, [ALERTS.name])

    def _pump(self, name, handler, topics):
        progress = Progress(stalled_after_seconds=60)
        source = self.bus.source(topics, group=name)
        pump = Pump(
            name=name,
            service="alerts",
            source=source,
            sink=self.bus.sink(),
            handler=handler,
            progress=progress,
            dead_letter_limit=9,
        )
        return pump, source

    def says(self, *events):
        for event in events:
            topic = DECISIONS if isinstance(event, Decision) else OUTCOMES
            self.bus.append(encode(topic, event, source="/test"))
            self.time += 1

    async def tells(self):
        """Let the teller take what there is."""
        await self._take(*self.teller)
        return self.alerts()

    async def sends(self):
        """Let the sender take what there is."""
        await self._take(*self.sender)

    async def _take(self, pump, source):
        await source.start()
        stop = asyncio.Event()
        try:
            while await pump.step(stop):
                pass
        finally:
            await source.stop()

    def alerts(self):
        return [decode(ALERTS, one.value, one.headers).event for one in self.bus.records(ALERTS.name)]

    def letters(self):
        return [dict(one.headers) for one in self.bus.records(ALERTS.dead_letter_name)]


def _story():
    story = given(started())
    decision = story.when(breach()).then_rolls_back(to="7")
    return [
        decision,
        outcome(ActionApplied, decision, at=61),
        *story.when(recovered(at=80)).said,
        outcome(Succeeded, decision, at=90),
    ]


async def test_decisions_and_outcomes_become_the_alerts_of_one_incident():
    office = Office()
    office.says(*_story())
    assert [alert.status for alert in await office.tells()] == ["opened", "updated", "updated", "resolved"]


@pytest.mark.parametrize("died_after", range(4))
async def test_a_teller_that_dies_between_publishing_and_committing_tells_nothing_twice(died_after):
    undisturbed = Office()
    undisturbed.says(*_story())
    wanted = await undisturbed.tells()

    office = Office()
    for event in _story()[: died_after + 1]:
        office.says(event)
        await office.tells()
    office.bus.committed.clear()
    office.says(*_story()[died_after + 1 :])
    assert [alert.id for alert in await Office(office.bus).tells()] == [alert.id for alert in wanted]


async def test_an_alert_is_part_of_its_decisions_trace():
    office = Office()
    decision = _story()[0]
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    office.bus.append(encode(DECISIONS, decision, source="/test", traceparent=parent))
    await office.tells()
    (record,) = office.bus.records(ALERTS.name)
    assert dict(record.headers)["traceparent"].split(b"-")[1] == parent.split("-")[1].encode()


async def test_what_cannot_be_read_becomes_a_dead_letter_and_the_next_is_told():
    office = Office()
    office.bus.append(msgspec.structs.replace(encode(DECISIONS, _story()[0], source="/test"), value=b"nonsense"))
    office.says(_story()[0])
    assert len(await office.tells()) == 1


async def test_each_alert_is_sent_once_and_in_order():
    office = Office()
    for event in _story():
        office.says(event)
        await office.tells()
        await office.sends()
    assert office.line.statuses == ["opened", "updated", "updated", "resolved"]
    await Office(office.bus, office.line).sends()
    assert len(office.line.taken) == 4


async def test_a_channel_that_comes_back_is_told_the_opening_and_how_things_stand():
    office = Office()
    office.says(*_story())
    await office.tells()
    await office.sends()
    assert office.line.statuses == ["opened", "resolved"]


def _batch(office):
    return [office.deliverer.read(record) for record in office.bus.records(ALERTS.name)]


async def test_what_fails_for_the_moment_is_sent_again_without_what_was_sent():
    office = Office()
    office.says(*_story())
    await office.tells()
    office.line.faults = [Temporary("down", retry_after_seconds=5)]
    with pytest.raises(Temporary):
        await office.deliverer.handle(_batch(office))
    office.time += 6
    office.line.faults = []
    assert await office.deliverer.handle(_batch(office)) == []
    await office.deliverer.handle(_batch(office))
    assert office.line.statuses == ["opened", "resolved"]


async def test_a_channel_that_asks_to_wait_is_not_asked_before():
    office = Office()
    office.says(_story()[0])
    await office.tells()
    office.line.faults = [Rejected("429", retry_after_seconds=60), Permanent("must not be asked")]
    for waited, left in ((0, 60), (20, 40)):
        office.time += waited
        with pytest.raises(Temporary) as raised:
            await office.deliverer.handle(_batch(office))
        assert raised.value.retry_after_seconds == left
    assert len(office.line.faults) == 1


async def test_what_is_refused_becomes_a_dead_letter_and_the_next_is_sent():
    office = Office()
    office.says(*_story())
    await office.tells()
    office.line.faults = [Permanent("line answers 400")]
    await office.sends()
    (letter,) = office.letters()
    assert (letter["__connect.errors.class.name"], letter["__connect.errors.stage"]) == (b"refused", b"send to line")
    assert letter["__connect.errors.exception.message"] == b"line answers 400"
    assert office.line.statuses == ["resolved"]


async def test_a_channel_that_stays_down_is_given_up_for_this_alert():
    office = Office()
    office.says(_story()[0])
    await office.tells()
    office.line.faults = [Temporary("down")] * 2
    with pytest.raises(Temporary):
        await office.deliverer.handle(_batch(office))
    office.time += 101
    (letter,) = await office.deliverer.handle(_batch(office))
    assert dict(letter.headers)["__connect.errors.class.name"] == b"gave-up"
    assert await office.deliverer.handle(_batch(office)) == []


async def test_what_matters_less_than_asked_is_not_sent():
    office = Office(least_severity="critical")
    office.says(*given(breach()).said)
    await office.tells()
    await office.sends()
    assert office.alerts()[0].severity == "warning"
    assert office.line.taken == []


async def test_a_new_channel_is_told_what_lasts_and_not_what_was():
    office = Office()
    office.line.keeps = False
    office.says(*_story())
    lasting = given(
        forecast(at=100, episode="ep-9"), rules=policy(act_on={"forecast": {"probability": 0.5, "horizonSeconds": 900}})
    )
    await office.tells()
    office.says(*lasting.said)
    await office.tells()
    office.time += 10_000
    await office.sends()
    (alert,) = office.line.taken
    assert alert.episodes == ("ep-9",)


async def test_the_end_of_what_a_channel_keeps_open_is_told_however_late():
    office = Office()
    office.says(*_story())
    await office.tells()
    office.time += 10_000
    await office.sends()
    assert office.line.statuses == ["resolved"]


async def test_a_channel_that_forgets_is_reminded_of_what_is_open_until_it_ends():
    office = Office()
    reminder = Reminder([office.line], Told(office.bus.follower([ALERTS.name])), office.settings)
    office.says(*_story()[:1])
    await office.tells()
    await reminder.remind()
    await reminder.remind()
    office.says(*_story()[1:])
    await office.tells()
    await reminder.remind()
    assert office.line.statuses == ["opened", "opened"]


async def test_an_end_that_comes_while_reminding_has_the_last_word():
    office = Office()
    reminder = Reminder([office.line], Told(office.bus.follower([ALERTS.name])), office.settings)
    office.says(*_story()[:1])
    await office.tells()

    class Slow(Line):
        async def send(self, alert):
            self.taken.append(alert)
            office.says(*_story()[1:])
            await office.tells()

    slow = Slow()
    reminder._sinks = [slow]
    await reminder.remind()
    assert slow.statuses == ["opened", "resolved"]


async def test_reminding_a_channel_that_is_down_waits_for_the_next_round():
    office = Office()
    reminder = Reminder([office.line], Told(office.bus.follower([ALERTS.name])), office.settings)
    office.says(*_story()[:1])
    await office.tells()
    office.line.faults = [Temporary("down")]
    await reminder.remind()
    await reminder.remind()
    assert office.line.statuses == ["opened"]


class Process:
    """What a running service has to work with, on the memory bus."""

    def __init__(self, bus):
        self.bus, self.sink = bus, bus.sink()
        self.stop = asyncio.Event()
        self.progress = Progress(stalled_after_seconds=60)

    async def run_together(self, *loops):
        await asyncio.gather(*loops)


async def test_the_whole_process_tells_sends_and_ends_in_order():
    office = Office()
    office.says(*_story())
    process, line = Process(office.bus), Line()
    running = asyncio.ensure_future(serve(AlertSettings(stale_after_seconds=1e12), process, [line]))
    while "resolved" not in line.statuses:  # noqa: ASYNC110  # nobody sets an event for a test
        await asyncio.sleep(0.001)
    process.stop.set()
    await running
    assert line.is_closed
    assert {alert.workload for alert in line.taken} == {WORKLOAD}
