"""
What one process knows of its workloads, in one hand: those who write it, put it back and forget it work on the same parts.
"""

from typing import NamedTuple

from rollguard_detector.core.detector import Detector
from rollguard_detector.shell.context import Context
from rollguard_detector.shell.state.homes import Homes
from rollguard_detector.shell.state.resumption import Resumption


class ProcessState(NamedTuple):
    """The models, the policies that were told, what is told later, where workloads are at home; under which configuration."""

    detector: Detector
    context: Context
    resumption: Resumption
    homes: Homes
    digest: str
