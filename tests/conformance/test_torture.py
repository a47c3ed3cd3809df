"""How the files of the torture sets become messages."""

from pathlib import Path

from tests.conformance.torture import filled, unpack_protos


def test_a_protos_file_is_cut_at_its_lengths(tmp_path: Path) -> None:
    path = tmp_path / "case"
    path.write_bytes(b"15 INVITE sip:<To>\n3 ACK\n")
    expected = (b"INVITE sip:bob@example.test", b"ACK")
    assert unpack_protos(path, "example.test", 0) == expected


def test_the_content_length_is_that_of_the_body_once_it_is_filled() -> None:
    message = b"Content-Length: <Content-Length>\r\n\r\nc=<From-IP>\r\n"
    assert filled(message, "example.test", 0) == b"Content-Length: 13\r\n\r\nc=127.0.0.1\r\n"
