"""
The actuator's tests. A package proper: a folder without this file gives way to any module of its name, such as the measurement's.
"""
