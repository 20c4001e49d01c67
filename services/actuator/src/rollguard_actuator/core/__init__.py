"""
What the actuator decides: plans, verifications and rollouts, from what it was told.

No I/O and no clock in here. The port to the world, ``ports.Driver``, is only named; its implementations live in ``drivers``.
"""
