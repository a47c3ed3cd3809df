"""Callees out of SIPp's and other projects' own suites, called through the proxy.

The scenario files are test material that is found through SONNETTE_VECTORS.
"""

from pathlib import Path

import pytest

from tests import vectors
from tests.interop.sipp.stage import Stage, cast

pytestmark = [pytest.mark.interop, vectors.needed]

#: Callees that keep the Record-Route of a proxy, and what of ours calls them.
CALLEES = {
    "call/drachtio-server--uas-183-180-200.xml": "call",
    "call/drachtio-server--uas-183-recv-update.xml": "call",
    "call/drachtio-server--uas-success.xml": "call",
    "call/flexisip--uas.xml": "call",
    "cancel/drachtio-server--uas-cancel.xml": "call_cancelled",
}


@pytest.mark.parametrize("callee", CALLEES)
def test_a_callee_of_another_suite(stage: Stage, callee: str) -> None:
    assert vectors.ROOT is not None
    called = stage.play_file(Path(vectors.ROOT, "sipp", callee), stage.register("bob")).listen()
    stage.play(CALLEES[callee], cast("alice", "bob", keys={"progress": "183"})).succeed()
    called.succeed()
