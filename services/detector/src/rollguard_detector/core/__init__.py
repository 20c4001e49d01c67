"""
What the detector knows and concludes: no I/O, no clock, the same answer for the same points in the same order.
"""
