"""
Incidents: what decisions and outcomes amount to for a person, one incident of a workload at a time.
"""
