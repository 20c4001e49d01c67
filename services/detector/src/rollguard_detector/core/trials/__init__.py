"""
Rollouts under way, each compared with its control from the points that the detector reads anyway, and watched on after it is over.
"""
