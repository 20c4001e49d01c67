"""
Slack: by an incoming webhook, or as a bot that keeps one thread an incident.

A webhook can only post, so every alert is a message of its own. A bot answers in the thread of the first message and
shows the end in the channel too. Which message began a thread is kept in memory: after a restart a running incident
begins a new one.
"""

from collections import OrderedDict
from typing import Any

import msgspec

from rollguard_decider.sinks.blocks import message
from rollguard_runtime.asking import Channel, read_json
from rollguard_runtime.errors import Permanent, Temporary
from rollguard_schemas.alerts import Alert

_THREADS_KEPT = 1_000
_LATER = frozenset({"ratelimited", "service_unavailable", "internal_error", "fatal_error", "request_timeout"})


class _Answer(msgspec.Struct):
    ok: bool
    ts: str = ""
    error: str = ""


class SlackWebhook:
    """One incoming webhook; its address is the secret."""

    name = "slack"
    keeps = False
    forgets = False

    def __init__(self, url: str, *, channel: Channel) -> None:
        self._url, self._channel = url, channel

    async def send(self, alert: Alert) -> None:
        """Post a message."""
        await self._channel.ask("POST", self._url, message(alert))

    async def close(self) -> None:
        """Disconnect."""
        await self._channel.close()


class SlackBot:
    """One channel, by a bot's token (scope ``chat:write``)."""

    name = "slack"
    keeps = False
    forgets = False

    def __init__(self, api_url: str, *, room: str, channel: Channel) -> None:
        self._url, self._room, self._channel = api_url.rstrip("/") + "/chat.postMessage", room, channel
        self._threads: OrderedDict[str, str] = OrderedDict()

    async def send(self, alert: Alert) -> None:
        """Begin the incident's thread, or answer in it."""
        posted: dict[str, Any] = {"channel": self._room, "unfurl_links": False, **message(alert)}
        thread = self._threads.get(alert.incident)
        if thread is not None:
            posted |= {"thread_ts": thread, "reply_broadcast": alert.status == "resolved"}
        answer: _Answer = read_json(await self._channel.ask("POST", self._url, posted), _Answer)
        if not answer.ok:
            raise (Temporary if answer.error in _LATER else Permanent)(f"slack refuses: {answer.error}")
        self._remember(alert, thread or answer.ts)

    async def close(self) -> None:
        """Disconnect."""
        await self._channel.close()

    def _remember(self, alert: Alert, thread: str) -> None:
        self._threads[alert.incident] = thread
        if alert.status == "resolved":
            del self._threads[alert.incident]
        if len(self._threads) > _THREADS_KEPT:
            self._threads.popitem(last=False)
