"""
The job on Quix Streams: a streaming data frame with state, which it keeps in RocksDB by the message's key, without a changelog.
"""

from job import ALERTS, BOOTSTRAP, TOPIC, Tally, alert_of, name_of, z_score
from quixstreams import Application, State

app = Application(
    broker_address=BOOTSTRAP,
    consumer_group="rival-quix",
    auto_offset_reset="earliest",
    use_changelog_topics=False,
    loglevel="ERROR",
)
points = app.topic(TOPIC, value_deserializer="json")
alerts = app.topic(ALERTS, value_serializer="json")
tally = Tally()


def judge(point: dict, state: State) -> dict | None:
    """Score a point, learn it, and return what is odd."""
    name = name_of(point)
    known, score = z_score(state.get(name), point["value"])
    state.set(name, known)
    tally.count()
    return alert_of(point, score)


frame = app.dataframe(points)
frame = frame.apply(judge, stateful=True)
frame = frame[frame.apply(lambda alert: alert is not None)]
frame = frame.to_topic(alerts)

if __name__ == "__main__":
    app.run()
