"""Whatever happens between decider and actuator, no law is broken: a short play of the world that the bench plays at length."""

from hypothesis import HealthCheck, settings

from path.rollout_machine import RolloutMachine

TestRollouts = RolloutMachine.TestCase
TestRollouts.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
