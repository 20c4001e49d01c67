"""
What the decider knows and how it decides: pure, and told the time.
"""
