"""The command line on a memory bus."""

import pytest

from support.command_line import CommandLine


@pytest.fixture
def rollguard():
    """Return the command line."""
    return CommandLine()


@pytest.fixture
def policy_text():
    """Return a right policy, as a person writes it; line numbers in the tests are its lines."""
    return POLICY


POLICY = """apiVersion: rollguard.dev/v1
kind: RollbackPolicy
metadata:
  name: fraud
spec:
  workload: shop/fraud-scorer
  target:
    driver: mlflow-alias
    model: fraud
    alias: champion
  mode: act
  actOn:
    breach: true
  objectives:
    - name: latency
      metric: p99
      above: 0.25
      unit: s
  guards:
    cooldownSeconds: 600
"""
