"""
The job on Bytewax: a dataflow with a stateful step by series; run with ``python -m bytewax.run``.
"""

import json

from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSourceMessage
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow
from job import ALERTS, BOOTSTRAP, TOPIC, Tally, alert_of, name_of, z_score

tally = Tally()


def named(message: KafkaSourceMessage) -> tuple[str, dict]:
    """Return a point by the name of its series."""
    point = json.loads(message.value)
    return name_of(point), point


def judge(state: tuple | None, point: dict) -> tuple[tuple, dict | None]:
    """Score a point, learn it, and return what is odd."""
    known, score = z_score(state, point["value"])
    tally.count()
    return known, alert_of(point, score)


def message_of(judged: tuple[str, dict | None]) -> KafkaSinkMessage | None:
    """Return what is published, if anything."""
    name, alert = judged
    return None if alert is None else KafkaSinkMessage(name.encode(), json.dumps(alert).encode())


flow = Dataflow("rival-bytewax")
source = kop.input("points", flow, brokers=[BOOTSTRAP], topics=[TOPIC])
by_series = op.map("by-series", source.oks, named)
judged = op.stateful_map("judge", by_series, judge)
kop.output("alerts", op.filter_map("odd", judged, message_of), brokers=[BOOTSTRAP], topic=ALERTS)
