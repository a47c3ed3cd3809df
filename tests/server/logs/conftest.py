import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.store.writer import Limits

EPOCH = 1_800_000_000.0


class LogKit:
    """A writer on a fresh database, and what a log needs beside it."""

    def __init__(self, database):
        self.database = database
        self.writer = self.start_writer()
        self.entropy = SeededEntropy("logs")

    def start_writer(self):
        return self.database.start_writer(lambda call, *args: call(*args), print, Limits(idle_s=9))

    def make(self, kind):
        return kind(self.writer.statements, self.put, self.entropy, EPOCH)

    def put(self, statement, row):
        self.writer.put(statement, row)

    def rows(self, model, *columns):
        """What is in the table once the writer has written, oldest first."""
        assert self.writer.close() == 0
        assert self.writer.rejected == 0
        self.writer = self.start_writer()
        with self.database.read() as session:
            query = session.query(*(getattr(model, name) for name in columns))
            return [tuple(row) for row in query.order_by(*(getattr(model, n) for n in columns))]


@pytest.fixture
def kit(database):
    kit = LogKit(database)
    yield kit
    kit.writer.close()
