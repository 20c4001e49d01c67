"""
Alerting as a process: one loop makes alerts of decisions and outcomes, one loop a channel sends them.

It is a process of its own, so that a channel that hangs, or a mistake in an alert's text, cannot hold a decision.
"""
