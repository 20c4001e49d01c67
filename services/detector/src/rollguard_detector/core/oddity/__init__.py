"""
How odd is a value, given all that its series did before? Bounded state, no unit, no clock.
"""
