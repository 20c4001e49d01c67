"""
Worked examples that `--help` shows; a test runs every one of them.
"""

SCORE_EXAMPLES = """\
examples:
  one stream, a score a row:
    rollguard-detector score < latency.csv
  what is worth an alarm, with the expected range and the incident:
    rollguard-detector score --explain latency.csv | grep '"state": "open"'
  many streams in one file, and a picture of the most striking:
    rollguard-detector score fleet.csv --by host --plot fleet.png > scores.txt
  other names of columns:
    rollguard-detector score fleet.parquet --by host --time-column at --value-column p99
"""

FORECAST_EXAMPLES = """\
examples:
  will the latency pass 250 within ten minutes?
    rollguard-detector forecast --above 250 --within 10m < latency.csv
  how much room is left on every disk, as lines of JSON:
    rollguard-detector forecast --below 5 --within 4h --by host --explain fleet.csv
  a page to send around:
    rollguard-detector forecast --above 250 --within 1h --plot latency.html latency.csv > forecasts.txt
  the bound in the input itself, as its first line:
    (echo '#slo threshold=250 direction=above horizon_s=600'; cat latency.csv) | rollguard-detector forecast
"""
