"""
From the list of sources to the drivers that read them.
"""

from rollguard_detector.core.history import HistorySource
from rollguard_detector.core.identity import Identities
from rollguard_detector.history.files import FileHistory
from rollguard_detector.history.nothing import NoHistory
from rollguard_detector.history.plan import File, Plan
from rollguard_detector.history.plan_file import read_plan
from rollguard_detector.history.prometheus import PrometheusHistory


def sources_of(path: str, identities: Identities | None = None) -> list[HistorySource]:
    """Return a driver a source of the list; nothing is a driver where no list is given. Raises ``SettingsRefused``."""
    return drivers_of(read_plan(path), identities) if path else [NoHistory()]


def drivers_of(plan: Plan, identities: Identities | None = None) -> list[HistorySource]:
    """Return a driver a source."""
    return [
        FileHistory(source.path) if isinstance(source, File) else PrometheusHistory(source, identities) for source in plan.sources
    ]
