"""Whatever the API server, people and a second actuator do, no law is broken: a short play of what the bench plays at length."""

from hypothesis import settings

from actuator.lives_machine import Lives

Lives.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestLives = Lives.TestCase
