"""
Acts on a workload that leave its revision as it is: one kind of act a file, behind ``act.ActKind``, and a row in ``table``.
"""
