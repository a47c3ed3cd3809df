"""Prints, as JSON, what the parser makes of every odd message: run with and without kernels."""

import json
from pathlib import Path

from sonnette.base.errors import PeerError
from sonnette.sip import plain, scan
from sonnette.sip.digest import parse_challenge, parse_credentials
from sonnette.sip.parser import parse
from tests.conformance.own import MESSAGES
from tests.conformance.torture import FOLDERS, samples


def outcome(read, value):
    try:
        return repr(read(value))
    except PeerError as error:
        return f"{error.status} {error}"


def values(data):
    """Everything that has a value in a message, as text."""
    message = parse(data)
    found = [message.start_line, message.via, message.from_, message.to, message.cseq]
    found += [(header, outcome(parse_challenge, value)) for header, _, value in message.fields]
    found += [outcome(parse_credentials, value) for _, _, value in message.fields]
    found += [outcome(lambda name: getattr(message, name), name) for name in ("contacts", "routes")]
    return [repr(each) for each in found], message.encode().decode("latin-1")


def judge_all():
    own = {name: text.encode() for name, _, _, text in MESSAGES}
    for folder in FOLDERS:
        for sample in samples(folder, "example.org"):
            for number, data in enumerate(sample.messages):
                own[f"{folder}/{sample.name}/{number}"] = data
    return {name: outcome(values, data) for name, data in own.items()}


def is_compiled():
    return [Path(module.__file__).suffix != ".py" for module in (scan, plain)]


if __name__ == "__main__":
    print(json.dumps({"compiled": is_compiled(), "judged": judge_all()}))
