"""LIME's keys in a file of their own: SQLite, names hashed and values sealed.

The file tells neither keys nor who talks to whom to somebody without its secret, which is
a passphrase (stretched by Argon2id) or a key from the system's keyring.  Each record is
sealed by AES-256-GCM and bound to its place, so records cannot be swapped.

One process has the file at a time.  A copy that was put back is noticed (``was_restored``):
its sessions must not be sent in again.
"""

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sonnette.base.entropy import Entropy
from sonnette.base.errors import LocalError
from sonnette.base.shield import Secret
from sonnette.lime.keeping.store import Kind
from sonnette.store.private import create_private

PRAGMAS = (
    "page_size=1024",  # a commit writes whole pages, and most change one short record
    "locking_mode=EXCLUSIVE",  # two processes would use the same message keys
    "journal_mode=WAL",
    "synchronous=FULL",  # a message key that left must stay used, even after a power cut
    "secure_delete=ON",
    "journal_size_limit=4194304",
)

KEYRING_KEY_SIZE = 32
NONCE_SIZE = 12
_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record (
    kind INTEGER, owner BLOB, name BLOB, value BLOB NOT NULL, PRIMARY KEY (kind, owner, name)
) WITHOUT ROWID;
"""
_PROOF = b"this secret opens this file"


@dataclass(frozen=True, slots=True)
class Passphrase:
    """What a person types."""

    value: Secret

    def stretch(self, salt: bytes) -> bytes:
        """About a quarter of a second and 64 MB, as RFC 9106 recommends."""
        stretching = Argon2id(salt=salt, length=32, iterations=3, lanes=4, memory_cost=65536)
        return stretching.derive(self.value.reveal())


@dataclass(frozen=True, slots=True)
class KeyringKey:
    """32 random bytes that the system's keyring keeps."""

    value: Secret

    def stretch(self, salt: bytes) -> bytes:
        """It needs no stretching; the salt ties it to this file."""
        key = self.value.reveal()
        if len(key) != KEYRING_KEY_SIZE:
            raise LocalError("lime.store.secret", f"expected a key of {KEYRING_KEY_SIZE} bytes")
        return HKDF(SHA256(), 32, salt, b"sonnette lime store").derive(key)


class LimeStore:
    """A store (``sonnette.lime.keeping.store.Store``) in the file at ``path``.

    Raises :class:`LocalError`: ``lime.store.secret`` for a wrong secret, ``lime.store.busy``
    when another process has the file, ``lime.store.file`` when it cannot be opened.
    """

    def __init__(self, path: Path, secret: Passphrase | KeyringKey, entropy: Entropy) -> None:
        self._entropy = entropy
        self._connection = _open(path)
        try:
            self._unlock(secret)
            self.was_restored = self._note_opening(path)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._execute("BEGIN IMMEDIATE")
        try:
            yield
            self._execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def read(self, kind: Kind, owner: bytes, name: bytes) -> bytes | None:
        place = self._place(kind, owner, name)
        query = "SELECT value FROM record WHERE kind=? AND owner=? AND name=?"
        row = self._connection.execute(query, place).fetchone()
        return self._unseal(place, row[0]) if row else None

    def scan(self, kind: Kind, owner: bytes) -> list[bytes]:
        hashed = self._hash(owner)
        query = "SELECT name, value FROM record WHERE kind=? AND owner=?"
        rows = self._connection.execute(query, (kind.value, hashed)).fetchall()
        return [self._unseal((kind.value, hashed, name), value) for name, value in rows]

    def write(self, kind: Kind, owner: bytes, name: bytes, value: bytes) -> None:
        place = self._place(kind, owner, name)
        self._change(
            "INSERT OR REPLACE INTO record VALUES (?,?,?,?)", *place, self._seal(place, value)
        )

    def delete(self, kind: Kind, owner: bytes, name: bytes) -> None:
        place = self._place(kind, owner, name)
        self._change("DELETE FROM record WHERE kind=? AND owner=? AND name=?", *place)

    def clear(self, kind: Kind, owner: bytes) -> None:
        self._change("DELETE FROM record WHERE kind=? AND owner=?", kind.value, self._hash(owner))

    def _change(self, statement: str, *values: int | bytes) -> None:
        if not self._connection.in_transaction:
            raise LocalError("lime.store.transaction", "a write needs an open transaction")
        self._execute(statement, values)

    def _execute(self, statement: str, values: tuple[int | bytes, ...] = ()) -> None:
        try:
            self._connection.execute(statement, values)
        except sqlite3.DatabaseError as error:
            raise _fault(error) from error

    def _place(self, kind: Kind, owner: bytes, name: bytes) -> tuple[int, bytes, bytes]:
        return kind.value, self._hash(owner), self._hash(name)

    def _hash(self, text: bytes) -> bytes:
        return blake2b(text, digest_size=16, key=self._name_key).digest()

    def _seal(self, place: tuple[int, bytes, bytes], value: bytes) -> bytes:
        nonce = self._entropy.draw(NONCE_SIZE)
        return nonce + self._cipher.encrypt(nonce, value, _bound(place))

    def _unseal(self, place: tuple[int, bytes, bytes], sealed: bytes) -> bytes:
        try:
            return self._cipher.decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], _bound(place))
        except (InvalidTag, ValueError):
            raise LocalError("lime.store.damaged", "a stored record was altered") from None

    def _unlock(self, secret: Passphrase | KeyringKey) -> None:
        salt = self._about("salt")
        fresh = salt is None
        salt = salt or self._entropy.draw(16)
        keys = HKDF(SHA256(), 64, salt, b"sonnette lime store keys").derive(secret.stretch(salt))
        self._name_key, self._cipher = keys[:32], AESGCM(keys[32:])
        place = (0, b"", b"proof")
        if fresh:
            with self.transaction():
                self._set_about("salt", salt)
                self._set_about("proof", self._seal(place, _PROOF))
            return
        try:
            self._unseal(place, self._about("proof") or b"")
        except LocalError:
            raise LocalError("lime.store.secret", "this secret does not open the file") from None

    def _note_opening(self, path: Path) -> bool:
        """Whether this file is a copy put back: not the file it was, or opened fewer times."""
        beside = path.with_name(path.name + ".opened")
        found = self._about("opened")
        status = path.stat()
        here = struct.pack(">QQ", status.st_dev, status.st_ino)
        times = int.from_bytes(found[16:], "big") if found else 0
        is_copy = found is not None and (found[:16] != here or _number(beside) != times)
        with self.transaction():
            self._set_about("opened", here + (times + 1).to_bytes(8, "big"))
        beside.write_text(f"{times + 1}\n", encoding="ascii")
        return is_copy

    def _about(self, name: str) -> bytes | None:
        row = self._connection.execute("SELECT value FROM about WHERE name=?", (name,)).fetchone()
        return bytes(row[0]) if row else None

    def _set_about(self, name: str, value: bytes) -> None:
        self._connection.execute("INSERT OR REPLACE INTO about VALUES (?,?)", (name, value))


def _bound(place: tuple[int, bytes, bytes]) -> bytes:
    return b"%d/%b/%b" % place


def _number(beside: Path) -> int | None:
    try:
        return int(beside.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _open(path: Path) -> sqlite3.Connection:
    try:
        create_private(path)
        # One thread at a time uses it, though not always the same.
        connection = sqlite3.connect(
            path, timeout=0.5, isolation_level=None, check_same_thread=False
        )
    except (OSError, sqlite3.Error) as error:
        raise LocalError("lime.store.file", "the key file cannot be opened") from error
    try:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.executescript("BEGIN IMMEDIATE;" + _SCHEMA + "COMMIT;")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise _fault(error) from error
    return connection


def _fault(error: sqlite3.DatabaseError) -> LocalError:
    if "locked" in str(error) or "busy" in str(error):
        return LocalError("lime.store.busy", "another process has the key file")
    return LocalError("lime.store.file", "the key file cannot be written, or is no database")
