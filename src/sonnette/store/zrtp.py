"""ZRTP's retained secrets in a file of their own: SQLite, names hashed and values sealed.

The file tells neither secrets nor who talks to whom to somebody without its key.  What is
kept of a device belongs to an account and to the address it was reached at: a device that
one compared the string with under one address vouches for no other address.
"""

import sqlite3
import struct
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sonnette.base.entropy import Entropy
from sonnette.base.errors import LocalError
from sonnette.base.shield import Secret
from sonnette.store.private import create_private
from sonnette.zrtp.cache import Retained
from sonnette.zrtp.messages import FOREVER, ZID_SIZE

NONCE_SIZE = 12
SECRET_SIZE = 32
_HEAD = struct.Struct(">QIB")
_SCHEMA = """
PRAGMA journal_mode=WAL;
PRAGMA secure_delete=ON;
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS device (
    name BLOB PRIMARY KEY, account BLOB NOT NULL, peer BLOB NOT NULL,
    expires INTEGER, value BLOB NOT NULL
) WITHOUT ROWID;
"""
_PROOF = b"this secret opens this file"


class Unlocking(Protocol):
    """What opens the file, such as ``store.lime``'s ``Passphrase`` and ``KeyringKey``."""

    def stretch(self, salt: bytes) -> bytes:
        """A key for the file that has this salt."""


class ZrtpStore:
    """The file at ``path``; ``clock`` gives wall-clock seconds.

    Raises :class:`LocalError`: ``zrtp.store.secret`` for a wrong secret,
    ``zrtp.store.file`` when the file cannot be used, ``zrtp.store.damaged`` where a record
    was altered.
    """

    def __init__(
        self,
        path: Path,
        secret: Unlocking,
        entropy: Entropy,
        clock: Callable[[], float],
    ) -> None:
        self._entropy, self._clock = entropy, clock
        self._connection = _open(path)
        try:
            self._unlock(secret)
            self._execute("DELETE FROM device WHERE expires < ?", int(clock()))
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def own_zid(self, account: str) -> bytes:
        """The lasting identity of this device in one of its accounts, drawn at first use."""
        name = self._hash(b"zid", account).hex()
        found = self._about(name)
        if found is None:
            zid = self._entropy.draw(ZID_SIZE)
            self._set_about(name, self._seal(name.encode(), zid))
            return zid
        return self._unseal(name.encode(), found)

    def cache(self, account: str, peer: str) -> "PeerCache":
        """What is kept of the devices that an account reaches at ``peer``'s address."""
        return PeerCache(self, self._hash(b"account", account), self._hash(b"peer", account, peer))

    def forget_account(self, account: str) -> None:
        """Keep nothing of an account: its identity and every device it spoke with."""
        self._execute("DELETE FROM about WHERE name=?", self._hash(b"zid", account).hex())
        self._execute("DELETE FROM device WHERE account=?", self._hash(b"account", account))

    def forget_peer(self, account: str, peer: str) -> None:
        """Keep nothing of the devices at an address."""
        self._execute("DELETE FROM device WHERE peer=?", self._hash(b"peer", account, peer))

    def _hash(self, kind: bytes, *texts: str | bytes) -> bytes:
        hashed = blake2b(kind, digest_size=16, key=self._name_key)
        for text in texts:
            octets = text.encode() if isinstance(text, str) else text
            hashed.update(len(octets).to_bytes(4, "big") + octets)
        return hashed.digest()

    def _read(self, name: bytes) -> Retained | None:
        query = "SELECT value FROM device WHERE name=?"
        row = self._connection.execute(query, (name,)).fetchone()
        if row is None:
            return None
        plain = self._unseal(name, row[0])
        since, lifetime, verified = _HEAD.unpack_from(plain)
        if lifetime != FOREVER and self._clock() > since + lifetime:
            self._delete(name)
            return None
        rs1, rs2 = plain[_HEAD.size :][:SECRET_SIZE], plain[_HEAD.size + SECRET_SIZE :]
        return Retained(Secret(rs1), Secret(rs2) if rs2 else None, bool(verified), lifetime)

    def _write(self, name: bytes, account: bytes, peer: bytes, retained: Retained) -> None:
        since = int(self._clock())
        plain = _HEAD.pack(since, retained.lifetime, retained.verified) + retained.rs1.reveal()
        plain += retained.rs2.reveal() if retained.rs2 else b""
        expires = None if retained.lifetime == FOREVER else since + retained.lifetime
        row = name, account, peer, expires, self._seal(name, plain)
        self._execute("INSERT OR REPLACE INTO device VALUES (?,?,?,?,?)", *row)

    def _delete(self, name: bytes) -> None:
        self._execute("DELETE FROM device WHERE name=?", name)

    def _execute(self, statement: str, *values: int | str | bytes | None) -> None:
        try:
            self._connection.execute(statement, values)
        except sqlite3.DatabaseError as error:
            raise _unusable() from error

    def _seal(self, name: bytes, value: bytes) -> bytes:
        nonce = self._entropy.draw(NONCE_SIZE)
        return nonce + self._cipher.encrypt(nonce, value, name)

    def _unseal(self, name: bytes, sealed: bytes) -> bytes:
        try:
            return self._cipher.decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], name)
        except (InvalidTag, ValueError):
            raise LocalError("zrtp.store.damaged", "a stored record was altered") from None

    def _unlock(self, secret: Unlocking) -> None:
        salt = self._about("salt")
        fresh = salt is None
        salt = salt or self._entropy.draw(16)
        keys = HKDF(SHA256(), 64, salt, b"sonnette zrtp store keys").derive(secret.stretch(salt))
        self._name_key, self._cipher = keys[:32], AESGCM(keys[32:])
        if fresh:
            self._set_about("proof", self._seal(b"proof", _PROOF))
            self._set_about("salt", salt)
            return
        try:
            self._unseal(b"proof", self._about("proof") or b"")
        except LocalError:
            raise LocalError("zrtp.store.secret", "this secret does not open the file") from None

    def _about(self, name: str) -> bytes | None:
        row = self._connection.execute("SELECT value FROM about WHERE name=?", (name,)).fetchone()
        return bytes(row[0]) if row else None

    def _set_about(self, name: str, value: bytes) -> None:
        self._execute("INSERT OR REPLACE INTO about VALUES (?,?)", name, value)


class PeerCache:
    """A cache (``sonnette.zrtp.Cache``) of the devices at one address."""

    def __init__(self, store: ZrtpStore, account: bytes, peer: bytes) -> None:
        self._store, self._account, self._peer = store, account, peer

    def recall(self, zid: bytes) -> Retained | None:
        return self._store._read(self._name(zid))

    def retain(self, zid: bytes, retained: Retained) -> None:
        self._store._write(self._name(zid), self._account, self._peer, retained)

    def forget(self, zid: bytes) -> None:
        self._store._delete(self._name(zid))

    def _name(self, zid: bytes) -> bytes:
        return self._store._hash(b"device", self._peer, zid)


def _open(path: Path) -> sqlite3.Connection:
    try:
        create_private(path)
        # One thread at a time uses it, though not always the same.
        connection = sqlite3.connect(
            path, timeout=5.0, isolation_level=None, check_same_thread=False
        )
    except (OSError, sqlite3.Error) as error:
        raise _unusable() from error
    try:
        connection.executescript(_SCHEMA)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise _unusable() from error
    return connection


def _unusable() -> LocalError:
    return LocalError("zrtp.store.file", "the file of retained secrets cannot be used")
