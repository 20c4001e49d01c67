"""
The whole road on real parts: broker, registry and the three services as processes, shared by the tests that walk it.

Tests keep apart by their workload. ``tell`` publishes, ``heard`` waits for what the services say; nothing looks inside a service.
"""

import subprocess
import sys
import time
from urllib.request import urlopen

from rollguard_console.local import services
from rollguard_runtime.bus import Record
from rollguard_runtime.kafka import KafkaBus
from rollguard_runtime.settings import SharedSettings
from rollguard_schemas import codec, topics
from rollguard_schemas.codec import Malformed, OutgoingRecord

_PATIENCE_SECONDS = 90.0


class Road:
    """Running services, and a voice and an ear on the bus."""

    def __init__(self, bootstrap, mlflow_url, run_dir):
        self.bootstrap, self.mlflow_url = bootstrap, mlflow_url
        self.bus = KafkaBus(SharedSettings(kafka=bootstrap), client_id="test-road")
        self.services = {
            name: services.start(name, kafka=bootstrap, mlflow_url=mlflow_url, run_dir=run_dir, mode="act")
            for name in services.SERVICES
        }

    def wait_until_ready(self):
        """Return once every service says so."""
        for service in self.services.values():
            service.child.wait_until(service.is_ready, timeout_seconds=_PATIENCE_SECONDS)

    def complaints(self):
        """Return what is wrong with the services, by name; nothing when all live."""
        found = {}
        for name, service in self.services.items():
            if (status := service.child.exit_status()) is not None:
                found[name] = f"ended with {status}: {service.child.end_of_log()}"
            elif (answer := self._healthz(service)) != "alive":
                found[name] = answer
        return found

    def _healthz(self, service):
        with urlopen(f"http://127.0.0.1:{service.port}/healthz", timeout=10) as answer:
            return answer.read().decode().strip()

    def stop(self):
        """End the services."""
        for service in self.services.values():
            service.child.stop()

    async def tell(self, topic, *events):
        """Publish events."""
        await self.tell_records([codec.encode(topic, event, source="/test") for event in events])

    async def tell_records(self, records: list[OutgoingRecord]):
        """Publish records as they are."""
        sink = self.bus.sink()
        await sink.start()
        try:
            await sink.publish(records)
        finally:
            await sink.stop()

    async def heard(self, names, is_enough, *, patience_seconds=_PATIENCE_SECONDS):
        """Read topics from their beginning until ``is_enough(records)``; return the records, and fail with what came."""
        follower = self.bus.follower(names)
        await follower.start()
        records: list[Record] = []
        until = time.monotonic() + patience_seconds
        try:
            while not is_enough(records):
                assert time.monotonic() < until, f"not enough on {names}: {len(records)} records; services: {self.complaints()}"
                records += await follower.poll(timeout_seconds=0.5)
        finally:
            await follower.stop()
        return records

    async def events(self, names, workload, is_enough, **options):
        """Read a workload's events until ``is_enough(events)``."""
        records = await self.heard(names, lambda records: is_enough(readable(records, workload)), **options)
        return readable(records, workload)

    def command(self, *words):
        """Run the command line against this broker."""
        command = [sys.executable, "-m", "rollguard_console", *words, "--kafka", self.bootstrap]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def readable(records, workload):
    """Return a workload's events among records."""
    found = []
    for record in records:
        if record.key != workload.encode():
            continue
        try:
            found.append(codec.decode(topics.BY_NAME[record.topic], record.value, record.headers).event)
        except Malformed:
            continue
    return found
