"""
One row makes a driver known everywhere: to the service, the plan, the dry run, the rights that are asked about, the doctor's page.
"""

import asyncio
import json
from typing import get_args

import pytest

from actuator.process import Actuator, Clock, say
from actuator.registry import FakeDriver, FakeRegistry
from actuator.saying import NOW, TARGET, policy, rollback
from rollguard_actuator.__main__ import make_driver
from rollguard_actuator.core.ports import Lack
from rollguard_actuator.drivers import table
from rollguard_actuator.drivers.kubernetes.rights import Right
from rollguard_actuator.drivers.row import Row
from rollguard_actuator.settings import ActuatorSettings
from rollguard_actuator.shell import planning
from rollguard_actuator.shell.rights import Rights
from rollguard_runtime.errors import Permanent
from rollguard_runtime.memory import MemoryBus
from rollguard_schemas.targets import Target

RIGHT = Right(group="example.com", resource="models", verbs=frozenset({"patch"}), folder="models")
LACK = Lack(what="patch models", is_optional=False, mend="kubectl apply")


@pytest.fixture
def registry():
    registry = FakeRegistry()
    for version in ("1", "2"):
        registry.register(TARGET.model, version)
    registry.point(TARGET, "2")
    registry.lacks = (LACK,)
    return registry


@pytest.fixture
def rows(registry):
    return (Row(target=type(TARGET), make=lambda parts: FakeDriver(registry), rights=(RIGHT,)),)


def test_every_kind_of_target_has_its_row():
    assert {row.target for row in table.ROWS} == set(get_args(Target))
    assert len(table.ROWS) == len(get_args(Target))


def test_the_driver_of_a_row_acts_and_without_leave_only_rehearses(rows, registry):
    acting = make_driver(ActuatorSettings(mode="act"), rows)
    assert asyncio.run(acting.observe(TARGET)).revision == "2"
    assert (acting.capabilities.is_dry_run, make_driver(ActuatorSettings(), rows).capabilities.is_dry_run) == (False, True)


def test_the_plan_asks_the_driver_of_a_row(rows):
    outcome = asyncio.run(planning.rehearse(make_driver(ActuatorSettings(), rows), rollback(), NOW))
    assert planning.would_act(outcome)


async def test_what_the_driver_of_a_row_lacks_is_on_the_page_that_the_doctor_reads(rows):
    bus = MemoryBus()
    say(bus, policy(target=TARGET))
    actuator = await Actuator(bus, None, Clock(), driver=make_driver(ActuatorSettings(mode="act"), rows)).start()
    rights = Rights(actuator.journal, actuator.driver)
    await rights.check()
    (standing,) = json.loads(rights.page())
    assert standing["lacks"][0]["what"] == "patch models"


def test_the_rights_of_a_row_are_those_that_the_shipped_roles_are_compared_with(rows):
    assert tuple(table.rights(rows)) == (RIGHT,)


def test_a_row_that_needs_a_cluster_is_left_out_without_one_and_named(registry):
    rows = (Row(target=type(TARGET), make=lambda parts: FakeDriver(registry), needs_kubernetes=True),)
    with pytest.raises(Permanent, match="ROLLGUARD_ACTUATOR_KUBERNETES"):
        asyncio.run(make_driver(ActuatorSettings(), rows).observe(TARGET))
