import pytest

from tests.wire.line import Line
from tests.wire.served import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    server = Served(tmp_path_factory.mktemp("served"))
    yield server
    server.stop()


@pytest.fixture
def line(served):
    """Makes lines to the server and closes them at the end."""
    lines = []

    def make(user, transport="udp", **more):
        lines.append(Line(served.ready, user, transport, **more))
        return lines[-1]

    yield make
    for each in lines:
        each.close()
