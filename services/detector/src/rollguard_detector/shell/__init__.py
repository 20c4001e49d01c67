"""
What connects the core to the bus: it polls, publishes and counts, and concludes nothing.
"""
