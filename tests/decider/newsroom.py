"""
What decisions and outcomes become for a person: hears them as alerting does, and keeps the alerts.
"""

from decider.stories import outcome
from rollguard_decider.core.incidents.book import Book, Heard, opened_at
from rollguard_decider.core.incidents.hear import hear
from rollguard_schemas.decisions import Decision
from rollguard_schemas.topics import DECISIONS, OUTCOMES


class Newsroom:
    """Hears events in the order in which they are given, each at the next place of its topic."""

    def __init__(self):
        self.book = Book()
        self.alerts = []
        self.log = []

    def hears(self, *events):
        for event in events:
            topic = DECISIONS.name if isinstance(event, Decision) else OUTCOMES.name
            offset = sum(heard.topic == topic for heard in self.log)
            self.log.append(Heard(event=event, topic=topic, offset=offset, unix_seconds=event.time_unix_seconds))
            self.hears_again(self.log[-1])
        return self

    def hears_again(self, heard):
        """Hear what lies in the log already."""
        self.book, alert = hear(self.book, heard)
        self.alerts += [alert] if alert else []

    def hears_story(self, story):
        """Hear all that a decider said."""
        return self.hears(*story.all_said)

    def hears_outcome(self, kind, decision, *, at):
        return self.hears(outcome(kind, decision, at=at))

    def restarts(self):
        """Lose all but what the alerts themselves say."""
        self.book = opened_at(self.alerts[-1]) if self.alerts else Book()
        return self

    @property
    def statuses(self):
        return [alert.status for alert in self.alerts]

    @property
    def last(self):
        return self.alerts[-1]
