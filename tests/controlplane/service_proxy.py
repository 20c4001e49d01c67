"""
A stand-in for a Service: one address before all ready pods that a selector selects, each new connection to the next of them.
"""

import asyncio
import threading
from contextlib import suppress


class ServiceProxy:
    """Listens on loopback in a thread; ``ready`` returns the addresses to send to."""

    def __init__(self, port, ready):
        self._port, self._ready, self._turn = port, ready, 0
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="service", daemon=True)

    def start(self):
        self._thread.start()

    async def _serve(self):
        server = await asyncio.start_server(self._connect, "127.0.0.1", self._port)
        await server.serve_forever()

    async def _connect(self, reader, writer):
        addresses = self._ready()
        if not addresses:  # as a Service without endpoints refuses
            writer.close()
            return
        self._turn += 1
        try:
            upstream = await asyncio.open_connection(*addresses[self._turn % len(addresses)])
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pass_on(reader, upstream[1]), _pass_on(upstream[0], writer))


async def _pass_on(reader, writer):
    """Copy until one side ends, then end the other: a kept connection must not outlive its pod."""
    with suppress(OSError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    with suppress(OSError):
        writer.close()
