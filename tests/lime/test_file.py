"""Encrypted files."""

import pytest

from sonnette.base.entropy import SeededEntropy
from sonnette.base.errors import PeerError
from sonnette.lime.file import FileKey, FileReader, FileWriter, seal_file, unseal_file

KEY = FileKey.draw(SeededEntropy(1))
CONTENT = bytes(range(256)) * 100


@pytest.mark.parametrize("size", [1, 16, 1000, 70_000])
def test_a_file_in_pieces_is_the_file_at_once(size):
    writer, reader = FileWriter(KEY), FileReader(KEY)
    pieces = [CONTENT[at : at + size] for at in range(0, len(CONTENT), size)]
    sealed = b"".join(writer.feed(piece) for piece in pieces)
    tag = writer.finish()
    assert (sealed, tag) == seal_file(KEY, CONTENT)
    assert reader.feed(sealed) == CONTENT
    reader.finish(tag)


def test_the_key_is_aes_192_with_an_iv_of_eight_bytes():
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    sealed, tag = seal_file(KEY, CONTENT)
    assert AESGCM(KEY.value[:24]).encrypt(KEY.value[24:], CONTENT, None) == sealed + tag


@pytest.mark.parametrize("tag", [b"", bytes(16), bytes(17)])
def test_a_wrong_tag_releases_nothing(tag):
    sealed, _ = seal_file(KEY, CONTENT)
    with pytest.raises(PeerError) as refused:
        unseal_file(KEY, tag, sealed)
    assert refused.value.code == "lime.file.forged"


def test_an_altered_file_releases_nothing():
    sealed, tag = seal_file(KEY, CONTENT)
    with pytest.raises(PeerError):
        unseal_file(KEY, tag, sealed[:-1] + bytes([sealed[-1] ^ 1]))


def test_a_key_of_another_size_is_refused():
    with pytest.raises(PeerError):
        FileKey(bytes(24))


def test_a_key_does_not_show():
    assert KEY.value.hex()[:8] not in repr(KEY)
    assert repr(KEY) == "FileKey()"
