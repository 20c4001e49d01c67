"""
Scoring rules, rivals and made-up data of the measurements: nothing here knows the inside of what it scores.
"""
