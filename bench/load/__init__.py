"""
Load for the measurements of speed: points, a topic filled with them, and the whole detector on it.
"""
