"""
Several series of one workload judged as one vector: what is usual for each may be unusual together. Bounded state, no clock.
"""
