"""Following the alias: load first, then swap."""

import logging

from example.fakes import ConstantModel
from rollguard_example_server.faults import Effects

ROW = [[0.0] * 30]


async def test_the_server_swaps_when_the_alias_moves(serving, registry):
    await serving.refresh()
    registry.roll_out("2", model=ConstantModel(0))
    await serving.refresh()
    assert serving.current.revision == "2"
    assert serving.current.answer(ROW, Effects()) == [0]


async def test_an_alias_that_stays_loads_nothing(serving, registry):
    await serving.refresh()
    await serving.refresh()
    assert registry.fetched == ["1"]


async def test_a_failed_load_keeps_the_old_model_and_is_tried_again(serving, registry):
    await serving.refresh()
    registry.alias = "2"
    await serving.refresh()
    assert serving.current.revision == "1"
    registry.roll_out("2")
    await serving.refresh()
    assert serving.current.revision == "2"


async def test_a_version_with_a_fault_that_nobody_understands_is_not_served(serving, registry):
    await serving.refresh()
    registry.roll_out("2", fault="slow:1")
    await serving.refresh()
    assert serving.current.revision == "1"


async def test_a_registry_that_does_not_answer_changes_nothing(serving, registry):
    await serving.refresh()
    registry.alias = None
    await serving.refresh()
    assert serving.current.revision == "1"


async def test_a_lasting_complaint_is_logged_once_and_again_after_it_was_over(serving, registry, caplog):
    caplog.set_level(logging.ERROR)
    await serving.refresh()
    for alias in (None, None, "1", None):
        registry.alias = alias
        await serving.refresh()
    assert [record.message for record in caplog.records] == ["the registry does not answer; still serving revision 1"] * 2


async def test_a_fault_begins_anew_each_time_its_version_is_loaded(serving, registry, clock):
    registry.roll_out("2", fault="latency:0.004")
    await serving.refresh()
    clock.now += 100
    assert serving.current.effects().latency_seconds == 0.4
    for revision in ("1", "2"):
        registry.alias = revision
        await serving.refresh()
    assert serving.current.effects() == Effects()


async def test_what_a_version_leaked_grows_with_time_and_goes_with_it(serving, registry, clock):
    registry.roll_out("2", fault="memory:1000")
    await serving.refresh()
    held = []
    for _ in range(3):
        clock.now += 10
        serving.current.leak()
        serving.current.leak()
        held.append(sum(map(len, serving.current._leak)))
    assert held == [10_000, 20_000, 30_000]
    registry.alias = "1"
    await serving.refresh()
    serving.current.leak()
    assert serving.current._leak == []
