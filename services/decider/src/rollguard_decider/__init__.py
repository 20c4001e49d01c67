"""
The decider: applies rollback policy to signals, and answers every one of them.
"""
