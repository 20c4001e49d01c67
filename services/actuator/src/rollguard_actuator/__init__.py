"""
The actuator: performs decisions, proves them by telemetry, and watches its targets for rollouts.

The only service that changes anything outside the bus. In its default mode it changes nothing there either.
"""
