"""
Errors that say what happens next.

A handler raises one of these and the pump knows the reaction; anything else that it raises is a fault of ours. ``Malformed``
comes from the schemas and is dead-lettered. A broad ``except Exception`` with a retry would turn one wrong message into a
stopped partition.
"""


class Temporary(Exception):
    """The same call may succeed later: wait ``retry_after_seconds`` and try again."""

    def __init__(self, message: str, *, retry_after_seconds: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Rejected(Temporary):
    """Too fast: the work is fine, offer it again after a while."""


class Permanent(Exception):
    """The call will never succeed: give up, and say so in an outcome or a dead letter."""


class SettingsRefused(ValueError):
    """The environment asks for something that cannot be; the text names the variable and the mend."""


class FloodOfDeadLetters(RuntimeError):
    """Too much of the input cannot be read: stop, rather than drain a topic that a wrong deployment of ours cannot read."""
