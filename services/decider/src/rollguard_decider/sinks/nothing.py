"""
The channel that tells nobody: alerts stay on their topic, where ``rollguard alerts`` shows them.
"""

from rollguard_schemas.alerts import Alert


class NoSink:
    """Takes everything, and does nothing with it."""

    name = "nothing"
    keeps = False
    forgets = False

    async def send(self, alert: Alert) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Nothing to let go."""
