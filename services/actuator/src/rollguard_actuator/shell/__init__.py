"""
How the actuator meets the bus: it reads, asks the core, lets the driver act, and publishes.
"""
