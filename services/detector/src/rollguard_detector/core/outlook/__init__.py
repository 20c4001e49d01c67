"""
How probable is a breach ahead, and when? The views of a series' way to its bound, and the network that combines them.
"""
