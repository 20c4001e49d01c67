"""
Learns every metric series online and says what it concludes: anomalies, breach forecasts, breaches and recoveries.
"""
