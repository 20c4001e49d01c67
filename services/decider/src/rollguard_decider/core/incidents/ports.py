"""
The port: one method that returns once the channel has the alert.

The same alert may be sent twice, since a process can die between the channel's answer and the commit. A channel that can recognise
it is given a key that stays the same: the incident's for what it keeps open, the alert's for a single message.
"""

from typing import Protocol

from rollguard_schemas.alerts import Alert


class AlertSink(Protocol):
    """A channel. ``keeps`` says that it keeps incidents open by itself; ``forgets`` that it has to be reminded of them."""

    @property
    def name(self) -> str:
        """The word for it in settings, metrics and logs."""

    @property
    def keeps(self) -> bool:
        """Whether an incident stays open there until it is resolved, so that even a late end has to be told."""

    @property
    def forgets(self) -> bool:
        """Whether what is open has to be repeated every minute or so."""

    async def send(self, alert: Alert) -> None:
        """
        Return once the channel has the alert.

        Raises:

            Temporary: the same may succeed later; ``Rejected`` where the channel says when.
            Permanent: this alert will never be taken as it is.
        """

    async def close(self) -> None:
        """Let go of connections."""
