"""
Webhooks: signed by the standard, moved once however often they are told, and an error that says what happens next.
"""

import asyncio

import pytest

from actuator.receiver import SECRET
from actuator.saying import NOW, call, rollback
from actuator.worlds import WebhookWorld
from rollguard_actuator.core.ledger import Ledger
from rollguard_actuator.core.ports import Act, Move
from rollguard_actuator.shell.perform import perform
from rollguard_runtime.errors import Permanent, Rejected, SettingsRefused, Temporary

MOVE = Move(from_revision="v2", to_revision="v1", decision_id="decision-1")


@pytest.fixture
def world():
    world = WebhookWorld()
    world.register()
    world.point(world.register())
    yield world
    world.close()


def apply(world, change, driver=None):
    return asyncio.run((driver or world.driver).apply(world.target, change))


def test_a_move_goes_under_the_decisions_id_so_that_a_lost_answer_moves_once(world):
    world.receiver.lost = 1
    with pytest.raises(Temporary):
        apply(world, MOVE)
    world.point("v2")  # as a receiver would show that is slow to do what it took
    with pytest.raises(Permanent, match="the receiver says that v2 is live"):
        apply(world, MOVE)
    assert world.receiver.moves == ["decision-1"]


@pytest.mark.parametrize(
    ("status", "error"),
    [(500, Temporary), (503, Temporary), (429, Rejected), (408, Temporary), (400, Permanent), (403, Permanent), (302, Permanent)],
)
def test_what_is_answered_says_what_happens_next(world, status, error):
    world.receiver.trouble = [status]
    with pytest.raises(error):
        asyncio.run(world.driver.observe(world.target))


def test_nobody_there_is_a_thing_of_the_moment(world):
    world.close()
    with pytest.raises(Temporary):
        asyncio.run(world.driver.observe(world.target))


def test_without_a_secret_nothing_is_sent_and_the_setting_is_named(world):
    driver = world.driver_with("")
    with pytest.raises(Permanent, match="ROLLGUARD_ACTUATOR_WEBHOOK_SECRET"):
        apply(world, MOVE, driver)
    (lack,) = asyncio.run(driver.lacks(world.target))
    assert "ROLLGUARD_ACTUATOR_WEBHOOK_SECRET" in lack.mend
    assert world.receiver.live == "v2"


def test_a_secret_that_is_not_shared_is_refused_by_the_receiver(world):
    with pytest.raises(Permanent, match="401"):
        apply(world, MOVE, world.driver_with("whsec_bm90aGVycw=="))


def test_two_secrets_sign_side_by_side(world):
    assert apply(world, MOVE, world.driver_with(f"whsec_bm90aGVycw== {SECRET}")).status == "done"


def test_a_secret_that_is_none_is_refused_by_name(world):
    with pytest.raises(SettingsRefused, match="ROLLGUARD_ACTUATOR_WEBHOOK_SECRET"):
        world.driver_with("whsec_!")


def test_it_is_neither_scaled_nor_restarted(world):
    with pytest.raises(Permanent, match="not to scale"):
        apply(world, Act(decision=rollback()))


def test_an_order_is_given_once_under_the_decisions_id_and_its_receiver_shows_that_it_is_done(world):
    world.receiver.lost = 1
    with pytest.raises(Temporary):
        performed(world, call(target=world.target))
    assert performed(world, call(target=world.target)) == "already-there"
    (order,) = world.receiver.orders
    assert order == {"decision_id": "decision-c", "order": "retrain", "workload": "shop/fraud", "revision": "2"}


def test_an_order_asks_nothing_of_what_its_receiver_serves_but_comes_in_time(world):
    world.point(None)
    assert performed(world, call(target=world.target, deadline_unix_seconds=NOW - 1)) == "expired"
    assert world.receiver.orders == []
    assert performed(world, call(target=world.target)) == "move"


def performed(world, decision):
    return asyncio.run(perform(world.driver, decision, Ledger(), [], now_unix_seconds=NOW)).verdict
