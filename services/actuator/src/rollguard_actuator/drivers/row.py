"""
What a row of the drivers' table says, and what a driver may be made from.

The clients are made when the first driver asks for one, and then shared: an actuator that guards aliases alone never loads the
client of Kubernetes.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import msgspec

from rollguard_actuator.core.ports import Driver
from rollguard_actuator.drivers.kubernetes.api import Api, connect
from rollguard_actuator.drivers.kubernetes.quarantine import Quarantine
from rollguard_actuator.drivers.kubernetes.rights import Right
from rollguard_actuator.settings import ActuatorSettings


class Parts:
    """What drivers are made from: the settings, and one client of each kind."""

    def __init__(self, settings: ActuatorSettings) -> None:
        self.settings = settings

    @cached_property
    def api(self) -> Api:
        """The API server, if there is one."""
        return connect(self.settings.kubernetes, timeout_seconds=self.settings.kubernetes_timeout_seconds)  # type: ignore[arg-type]  # rows ask only where it is not off

    @cached_property
    def quarantine(self) -> Quarantine | None:
        """The quarantine of images, if the settings ask for one."""
        seconds = self.settings.quarantine_seconds
        return Quarantine(self.api, seconds=seconds) if seconds else None


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """
    One kind of target: the type of its targets, how its driver is made, and the rights on a cluster that it declares.

    ``needs`` names the client without which the driver is left out, with the sentence of ``MISSING`` in its place.
    """

    target: type
    make: Callable[[Parts], Driver[Any]]
    rights: tuple[Right, ...] = ()
    needs_kubernetes: bool = False
