"""
Was it the rollout? Anytime-valid comparison of a candidate with its control, and what the difference is put down to.
"""
