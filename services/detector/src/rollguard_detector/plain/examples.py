"""
Worked examples that `--help` shows; a test runs every one of them.
"""

SCORE_EXAMPLES = """\
examples:
  one stream, a score a row:
    rollguard-detector score < latency.csv
  what is worth an alarm, with the expected range and the incident:
    rollguard-detector score --explain latency.csv | grep '"state": "open"'
  a level that is usual for an hour or so, however often it is sampled:
    rollguard-detector score --half-life 1h --explain latency.csv > explained.jsonl
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

COMPARE_EXAMPLES = """\
examples:
  a window a line: what did either arm serve, and how much of it was bad?
    printf '%s\\n' stream,time,control_n,control_bad,candidate_n,candidate_bad \\
      shop,60,1080,5,120,3 shop,120,1090,6,118,6 shop,180,1075,5,121,5 | rollguard-detector compare
  what comes out (log_e of 4.63 is proof enough for 1 false alarm in 100):
    stream,time,log_e,verdict,attribution,effect_low,effect_high
    shop,60,1.359976,inconclusive,unknown,0.2256,70.5531
    shop,120,5.193140,inconclusive,unknown,1.1695,43.1520
    shop,180,9.674254,degraded,rollout,1.7573,34.0784
  with the reasons, as lines of JSON:
    rollguard-detector compare --explain windows.csv
  worse than by a tenth, at most one healthy rollout in 1000 taken back:
    rollguard-detector compare --margin 0.1 --alpha 0.001 windows.csv
  latency as counts a bucket (upper bound:count):
    rollguard-detector compare --kind histogram buckets.csv
  an accuracy, of which less is worse:
    rollguard-detector compare --kind mean --worse less means.csv
"""
