"""
The decider's settings, read from ``ROLLGUARD_DECIDER_<NAME>``.
"""

from typing import Annotated

from msgspec import Meta

from rollguard_runtime.settings import ServiceSettings


class DeciderSettings(ServiceSettings, frozen=True, kw_only=True):
    """What can be set besides what every service shares."""

    group: Annotated[
        str, Meta(min_length=1, description="Consumer group, and the first part of the name of the state's changelog topic.")
    ] = "rollguard-decider"
    commit_interval_seconds: Annotated[float, Meta(gt=0, description="How often offsets are committed.")] = 0.5
    changelog_replication: Annotated[int, Meta(ge=1, description="Copies of the state's changelog; 3 on a real cluster.")] = 1
    command_keys: Annotated[
        str,
        Meta(description="Keys that commands must be signed with, as YAML; better given as a file. Where empty, none is asked."),
    ] = ""
    command_max_age_seconds: Annotated[
        float, Meta(gt=0, description="A signed command that is older when it comes is refused: it may have been copied.")
    ] = 300.0
    unanswered_after_seconds: Annotated[
        float, Meta(gt=0, description="A signal that was read and not answered for this long is put before the decider again.")
    ] = 20.0
    resubmit_attempts: Annotated[int, Meta(ge=1, description="How often that is done before the signal becomes a dead letter.")] = 3
