"""Odd and broken messages through the endpoint, without a server or a socket."""

import json
import re
from pathlib import Path

import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.base.errors import PeerError
from sonnette.sip.endpoint import Endpoint
from sonnette.sip.parser import BrokenRequestError, parse
from sonnette.sip.registrar import Policy, Record, apply
from sonnette.sip.transaction import RequestArrived, Stray
from tests import vectors
from tests.conformance.own import DROP, MESSAGES, PASS
from tests.conformance.torture import FOLDERS, PROTOS, samples
from tests.sip.messages import UDP

OLD = "sip-old-torture-sofia"
STATUS = re.compile(r"(?:invalid: )?(\d{3})\b")

# Two files ask for what RFC 3261 gave up: a name and its colon on different lines (§25.1,
# HCOLON), and a judgement on a Contact from those who do not use it (§16.3).
DIFFERENT = {"test1.txt": DROP, "test13.txt": PASS}


def verdict_on(data):
    """What an endpoint does with a datagram: a status, PASS or DROP."""
    endpoint = Endpoint(SeededEntropy("torture"))
    endpoint.feed(0.0, [(UDP, data)])
    out = endpoint.drain()
    if not out:
        assert endpoint.meter.counters.total() > 0
        return DROP
    (only,) = out
    if isinstance(only, RequestArrived | Stray):
        return PASS
    status = re.match(rb"SIP/2.0 (\d{3}) .+\r\n", only[1])
    assert status is not None
    return int(status[1])


@pytest.mark.rfc("4475", "3")
@pytest.mark.rfc("5118", "4")
@pytest.mark.parametrize(
    ("verdict", "text"),
    [pytest.param(verdict, text, id=f"{name}-{kind}") for name, kind, verdict, text in MESSAGES],
)
def test_our_own_messages_get_their_verdict(verdict, text):
    assert verdict_on(text.encode()) == verdict


def listed():
    """Every message of the material whose index says how it must be judged."""
    found = []
    for folder in FOLDERS if vectors.ROOT else ():
        if folder == PROTOS:
            continue
        index = json.loads((Path(vectors.ROOT) / folder / "index.json").read_text())
        for entry in index["vectors"]:
            if entry["verdict"] in ("valid", "valid-syntax", "invalid"):
                found.append(pytest.param(folder, entry, id=f"{folder}-{entry['file']}"))
    return found


def octets(folder, name):
    data = (Path(vectors.ROOT) / folder / name).read_bytes()
    # The old messages are stored with the line ends of their repository.
    return re.sub(rb"\r?\n", b"\r\n", data) if folder == OLD else data


def demanded(entry):
    """The verdicts that an entry of the index allows."""
    if entry["file"] in DIFFERENT:
        return {DIFFERENT[entry["file"]]}
    if entry["verdict"] != "invalid":
        return {PASS}
    status = STATUS.match(entry["expected"])
    wanted = {int(status[1])} if status else {DROP}
    return wanted | ({PASS} if "lenient" in entry["expected"] else set())


@vectors.needed
@pytest.mark.rfc("4475", "3")
@pytest.mark.rfc("5118", "4")
@pytest.mark.parametrize(("folder", "entry"), listed())
def test_the_material_gets_the_verdict_of_its_index(folder, entry):
    data = octets(folder, entry["file"])
    found = verdict_on(data)
    if found == PASS and entry["file"].startswith("register-"):
        found = registered(data)
    assert found in demanded(entry)


def registered(data):
    record = Record()
    try:
        apply(record, parse(data), 0.0, Policy(), UDP)
    except PeerError as error:
        assert record.bindings == {}
        return error.status
    return PASS


def every_message():
    for folder in FOLDERS:
        for sample in samples(folder, "example.org"):
            yield from ((f"{folder}/{sample.name}", message) for message in sample.messages)
    for path in vectors.files(OLD):
        yield f"{OLD}/{path.name}", octets(OLD, path.name)


@vectors.needed
def test_nothing_but_a_peer_error_is_ever_raised_and_what_passes_goes_on_unchanged():
    seen = set()
    for name, data in every_message():
        seen.add(name.partition("/")[0])
        try:
            message = parse(data)
        except PeerError as error:
            assert error.status in (400, 413, 414, 505, 513), name
            continue
        head = data.partition(b"\r\n\r\n")[0]
        fields = head.partition(b"\r\n")[2]
        assert message.encode().partition(b"\r\n")[2].startswith(fields), name
        again = parse(message.encode())
        assert again.encode() == message.encode(), name
    assert seen == set(FOLDERS)
    assert PROTOS in seen


@vectors.needed
def test_every_message_is_read_kept_answered_or_counted():
    for name, data in every_message():
        allowed = {481} if data.startswith(b"CANCEL ") else set()
        assert verdict_on(data) in {PASS, DROP, 400, 413, 414, 505} | allowed, name


def test_an_error_that_can_be_answered_brings_its_request():
    refused = [text for _, _, verdict, text in MESSAGES if verdict > 0]
    assert len(refused) > 10
    for text in refused:
        with pytest.raises(BrokenRequestError) as caught:
            parse(text.encode())
        assert text.startswith(caught.value.request.method)
