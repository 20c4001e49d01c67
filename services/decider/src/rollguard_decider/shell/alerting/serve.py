"""
Wires alerting: the teller's loop, a loop a channel, and the reminder.
"""

from collections.abc import Sequence

from rollguard_decider.alert_settings import AlertSettings
from rollguard_decider.core.incidents.ports import AlertSink
from rollguard_decider.shell.alerting.deliverer import SERVICE, Deliverer
from rollguard_decider.shell.alerting.reminder import Reminder
from rollguard_decider.shell.alerting.teller import HEARD, Teller
from rollguard_decider.shell.alerting.told import Told
from rollguard_runtime.bus import Source
from rollguard_runtime.pump import Handler, Pump
from rollguard_runtime.service import Process
from rollguard_schemas.topics import ALERTS


async def serve(settings: AlertSettings, process: Process, sinks: Sequence[AlertSink]) -> None:
    """Run every loop until told to stop, or until one fails."""
    bus = process.bus
    # The teller's own knows alerts before they are published; channels and reminder know those that are, read once for all.
    ours, told = (Told(bus.follower([ALERTS.name])) for _ in range(2))
    pumps = [_pump("teller", Teller(ours), bus.source(HEARD, group=settings.group), settings, process)]
    for sink in sinks:
        source = bus.source([ALERTS.name], group=f"{settings.group}-{sink.name}")
        pumps.append(_pump(f"send-{sink.name}", Deliverer(sink, told, settings), source, settings, process))
    reminder = Reminder(sinks, told, settings)
    try:
        await process.run_together(*(pump.run(process.stop) for pump in pumps), reminder.run(process.stop, process.progress))
    finally:
        await ours.close()
        await told.close()
        for sink in sinks:
            await sink.close()


def _pump(name: str, handler: Handler, source: Source, settings: AlertSettings, process: Process) -> Pump:
    return Pump(
        name=name,
        service=SERVICE,
        source=source,
        sink=process.sink,
        handler=handler,
        progress=process.progress,
        dead_letter_limit=settings.dead_letter_limit,
    )
