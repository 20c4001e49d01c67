"""
The numbers behind the day's profile; what is done with them in a row stands in ``day.pxd``.
"""
from rollguard_detector.core.evidence import day as one

DAY_SECONDS, HOUR_SECONDS = one.DAY_SECONDS, one.HOUR_SECONDS
SHRINKING_DAYS = one.SHRINKING_DAYS
THURSDAY = one.THURSDAY
WEEKEND_AFTER_DAYS = one.WEEKEND_AFTER_DAYS
LEVEL_SECONDS, HOURS_SECONDS, WEEKEND_SECONDS = one.TIME_CONSTANTS_SECONDS
