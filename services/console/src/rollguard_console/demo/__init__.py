"""
The demo: a real model rollout goes bad, is forecast, decided, taken back and verified, beside a healthy one that is left alone.

Nothing in here decides anything about a rollout: it starts the real parts, promotes versions in the registry as a person would,
and reads the same topics that anybody can read. A demo that reached into the services would prove nothing about them.
"""
