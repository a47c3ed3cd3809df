"""The descriptor of a file sent by HTTP."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonnette.base.entropy import SeededEntropy
from sonnette.base.errors import PeerError
from sonnette.bodies.file_transfer import LARGEST, FileDescriptor
from sonnette.lime.file import FileKey, seal_file, unseal_file

GENUINE = (
    b'<?xml version="1.0" encoding="UTF-8"?>\r\n'
    b'<file xmlns="urn:gsma:params:xml:ns:rcs:rcs:fthttp"'
    b' xmlns:am="urn:gsma:params:xml:ns:rcs:rcs:rram">\r\n'
    b'<file-info type="thumbnail"><file-size>7</file-size>'
    b'<data url="https://f.example.test/t" until=""/></file-info>\r\n'
    b'<file-info type="file"><file-size>1234</file-size>'
    b"<file-key>AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=</file-key>"
    b"<file-authTag>AAECAwQFBgcICQoLDA0ODw==</file-authTag>"
    b"<file-name>voice &amp; all.mkv</file-name><content-type>video/x-matroska</content-type>"
    b"<am:playing-length>2500</am:playing-length>"
    b'<data url="https://f.example.test/x" until="2026-12-01T00:00:00Z"/></file-info></file>'
)
DESCRIPTOR = FileDescriptor(
    name="voice & all.mkv",
    size=1234,
    content_type="video/x-matroska",
    url="https://f.example.test/x",
    until="2026-12-01T00:00:00Z",
    key=bytes(range(32)),
    tag=bytes(range(16)),
    playing_ms=2500,
)


def test_a_descriptor_is_read():
    assert FileDescriptor.parse(GENUINE) == DESCRIPTOR


def test_what_is_written_is_read():
    assert FileDescriptor.parse(DESCRIPTOR.encode()) == DESCRIPTOR
    plain = FileDescriptor("a.txt", 0, "text/plain", "https://f.example.test/a")
    assert FileDescriptor.parse(plain.encode()) == plain
    assert b"file-key" not in plain.encode()


def test_an_encrypted_file_comes_back_by_its_descriptor():
    key = FileKey.draw(SeededEntropy(1))
    sealed, tag = seal_file(key, b"content")
    sent = FileDescriptor("a", 7, "text/plain", "https://f.example.test/a", "", key.value, tag)
    got = FileDescriptor.parse(sent.encode())
    assert unseal_file(FileKey(got.key), got.tag, sealed) == b"content"


def test_a_key_does_not_show():
    assert repr(DESCRIPTOR.key) not in repr(DESCRIPTOR)


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"<file/>",
        b"not XML",
        GENUINE.replace(b'type="file"', b'type="other"'),
        GENUINE.replace(b'url="https://f.example.test/x"', b""),
        GENUINE.replace(b">1234<", b">many<"),
        GENUINE.replace(b">1234<", b">" + b"9" * 19 + b"<"),
        GENUINE.replace(b"AAECAwQFBgcICQoLDA0ODw==", b"*"),
        GENUINE + b" " * LARGEST,
    ],
)
def test_what_describes_no_file_is_refused(broken):
    with pytest.raises(PeerError):
        FileDescriptor.parse(broken)


def test_entities_are_not_followed():
    evil = b'<!DOCTYPE file [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + GENUINE.partition(b"?>")[
        2
    ].strip().replace(b"voice &amp; all.mkv", b"&x;")
    assert "root" not in FileDescriptor.parse(evil).name


@given(st.binary(max_size=300))
def test_random_bytes_are_refused(data):
    with pytest.raises(PeerError):
        FileDescriptor.parse(data)
