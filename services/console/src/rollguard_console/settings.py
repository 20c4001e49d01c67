"""
The settings of the command line; the Kafka ones are the services' own, so that one environment serves all.
"""

from typing import Annotated

from msgspec import Meta

from rollguard_runtime.settings import SharedSettings


class ConsoleSettings(SharedSettings, frozen=True, kw_only=True):
    """Read from ``ROLLGUARD_<NAME>`` and ``ROLLGUARD_CONSOLE_<NAME>``."""

    command_key: Annotated[
        str, Meta(description="The key that orders are signed with, as `rollguard key new` writes it; better given as a file.")
    ] = ""
    by: Annotated[str, Meta(description="Who gives the orders; the name of the user where empty.")] = ""
    detector_url: Annotated[str, Meta(description="Where the detector's /healthz is, for `rollguard doctor`.")] = ""
    decider_url: Annotated[str, Meta(description="Where the decider's /healthz is, for `rollguard doctor`.")] = ""
    actuator_url: Annotated[str, Meta(description="Where the actuator's /healthz is, for `rollguard doctor`.")] = ""
    mlflow_url: Annotated[str, Meta(description="Where the MLflow tracking server is, for `rollguard doctor`.")] = ""
