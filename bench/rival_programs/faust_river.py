"""
The job on faust, with river's moments: an agent, as faust's guide writes one, that keeps a model a series in memory.

A faust table would keep them over a restart, and would send each of them to its changelog at each point; that is left out.
"""

from collections import defaultdict

import faust
from job import ALERTS, BOOTSTRAP, TOPIC, Tally, alert_of, name_of
from river import stats

_LEAST_SAMPLES = 30

app = faust.App("rival-faust", broker=f"kafka://{BOOTSTRAP}", web_enabled=False, topic_disable_leader=True, store="memory://")
points = app.topic(TOPIC, key_type=bytes, value_serializer="json")
alerts = app.topic(ALERTS, value_serializer="json")
tally = Tally()


class Model:
    """Moments of one series."""

    def __init__(self) -> None:
        self.mean, self.variance = stats.EWMean(0.02), stats.EWVar(0.02)
        self.samples = 0

    def score_then_learn(self, value: float) -> float:
        """Return the z-score of a value, then learn it."""
        spread = self.variance.get() if self.samples >= _LEAST_SAMPLES else 0.0
        score = (value - self.mean.get()) / spread**0.5 if spread > 0.0 else 0.0
        self.mean.update(value)
        self.variance.update(value)
        self.samples += 1
        return score


models: dict[str, Model] = defaultdict(Model)


@app.agent(points)
async def judge(stream: faust.Stream) -> None:
    """Score each point, learn it, and publish what is odd."""
    async for point in stream:
        alert = alert_of(point, models[name_of(point)].score_then_learn(point["value"]))
        if alert is not None:
            await alerts.send(key=point["workload"], value=alert)
        tally.count()


if __name__ == "__main__":
    app.main()
