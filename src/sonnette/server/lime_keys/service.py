"""The key server: answers what devices ask, each request in one transaction.

Synchronous, as every service is: an event loop calls it in a thread.  Who asks has been
established before; a device writes its own keys only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sonnette.base.errors import LocalError, PeerError
from sonnette.lime.keys import Bundle, OneTimePrekey, SignedPrekey, fingerprint
from sonnette.lime.primitives.algorithm import Algorithm, by_number
from sonnette.lime.server_messages import (
    Bundles,
    DeleteUser,
    Done,
    GetBundles,
    GetOneTimeNumbers,
    OneTimeNumbers,
    PostOneTime,
    PostSigned,
    Refusal,
    Refused,
    Register,
    Request,
    Response,
    Type,
    algorithm_in,
    encode_response,
    parse_request,
)
from sonnette.server.lime_keys.models import LimeDevice, LimeOneTimeKey
from sonnette.server.lime_keys.rules import (
    MOST_ASKED,
    MOST_DEVICES,
    MOST_ONE_TIME,
    Allowance,
    owner_of,
    refusal_of,
)
from sonnette.store.database import Database

_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class DeviceKeys:
    """What one device has published in one algorithm, as a person is shown it."""

    device: str
    algorithm: str
    fingerprint: str
    one_time_left: int
    published_at: float

    @property
    def instance(self) -> str:
        """The instance of the device, as in its registration."""
        return owner_of(self.device).instance

    @property
    def shown(self) -> str:
        """The algorithm and the fingerprint that people compare."""
        return f"{self.algorithm} {self.fingerprint}"


@dataclass(frozen=True, slots=True)
class _Sender:
    """A device that asks, in an algorithm."""

    account_id: int
    device: str
    algorithm: Algorithm


class LimeKeys:
    """The keys of all devices; ``clock`` tells the wall-clock time."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock
        self._allowance = Allowance()

    def answer(self, account_id: int, device: str, body: bytes) -> bytes:
        """The response to a request of ``device``, which belongs to the account."""
        response: Response
        try:
            algorithm, request = parse_request(body)
            sender = _Sender(account_id, device, algorithm)
            with self._database.write() as session:
                response = self._carry_out(session, sender, request)
        except PeerError as error:
            response = Refused(refusal_of(error), error.reason)
        except (LocalError, IntegrityError):  # the latter: the same device asked twice at once
            response = Refused(Refusal.DATABASE, "try again later")
        return encode_response(algorithm_in(body), response)

    def published(self, account_id: int) -> list[DeviceKeys]:
        """What the devices of an account have published."""
        left = (
            select(func.count())
            .where(LimeOneTimeKey.device == LimeDevice.device)
            .where(LimeOneTimeKey.algorithm == LimeDevice.algorithm)
            .correlate(LimeDevice)
            .scalar_subquery()
        )
        query = select(LimeDevice, left).where(LimeDevice.account_id == account_id)
        with self._database.read() as session:
            return [
                DeviceKeys(
                    device=row.device,
                    algorithm=by_number(row.algorithm).name,
                    fingerprint=fingerprint(row.identity),
                    one_time_left=count,
                    published_at=row.published_at,
                )
                for row, count in session.execute(query.order_by(LimeDevice.device))
            ]

    def forget_device(self, account_id: int, instance: str) -> int:
        """Remove the keys of a device that was taken out of an account; how many sets."""
        with self._database.write() as session:
            devices = session.scalars(
                select(LimeDevice).where(LimeDevice.account_id == account_id)
            ).all()
            gone = [d for d in devices if owner_of(d.device).instance == instance.strip("<>")]
            for device in gone:
                session.delete(device)
            return len(gone)

    def _carry_out(self, session: Session, sender: _Sender, request: Request) -> Response:
        match request:
            case Register():
                self._register(session, sender, request)
                return Done(Type.REGISTER)
            case DeleteUser():
                session.execute(delete(LimeDevice).where(*_own(sender)))
                return Done(Type.DELETE_USER)
            case PostSigned(signed):
                self._replace_signed(_find(session, sender), sender.algorithm, signed)
                return Done(Type.POST_SIGNED)
            case PostOneTime(keys):
                _find(session, sender)
                _add_one_time(session, sender, keys)
                return Done(Type.POST_ONE_TIME)
            case GetOneTimeNumbers():
                _find(session, sender)
                return OneTimeNumbers(_numbers(session, sender))
            case GetBundles(devices):
                return self._bundles(session, sender, devices)

    def _register(self, session: Session, sender: _Sender, request: Register) -> None:
        signed = request.signed
        known = session.get(LimeDevice, (sender.device, sender.algorithm.number))
        if known is not None:
            if known.identity != request.identity or _signed(known) != signed:
                raise PeerError("lime.keys.already-in", "the device is registered with other keys")
            return
        Bundle(request.identity, signed, None).verify(sender.algorithm)
        if _count_devices(session, sender) >= MOST_DEVICES:
            raise PeerError("lime.keys.limit", f"at most {MOST_DEVICES} devices an account")
        session.add(
            LimeDevice(
                device=sender.device,
                algorithm=sender.algorithm.number,
                account_id=sender.account_id,
                identity=request.identity,
                signed_number=signed.number,
                signed_public=signed.public,
                signed_signature=signed.signature,
                published_at=self._clock(),
            )
        )
        session.flush()
        _add_one_time(session, sender, request.one_time)

    def _replace_signed(self, row: LimeDevice, algorithm: Algorithm, signed: SignedPrekey) -> None:
        Bundle(row.identity, signed, None).verify(algorithm)
        row.signed_number, row.signed_public = signed.number, signed.public
        row.signed_signature, row.published_at = signed.signature, self._clock()

    def _bundles(self, session: Session, sender: _Sender, devices: Sequence[str]) -> Bundles:
        if len(devices) > MOST_ASKED:
            raise PeerError("lime.keys.limit", f"at most {MOST_ASKED} devices in one request")
        number = sender.algorithm.number
        query = select(LimeDevice).where(
            LimeDevice.algorithm == number, LimeDevice.device.in_(devices)
        )
        rows = {row.device: row for row in session.scalars(query)}
        now = self._clock()
        granted = [d for d in rows if self._allowance.take(now, sender.account_id, d)]
        taken = _take_one_time(session, number, granted)
        found = {
            device: Bundle(row.identity, _signed(row), taken.get(device))
            for device, row in rows.items()
        }
        return Bundles(tuple((device, found.get(device)) for device in devices))


def _own(sender: _Sender) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return LimeDevice.device == sender.device, LimeDevice.algorithm == sender.algorithm.number


def _find(session: Session, sender: _Sender) -> LimeDevice:
    row = session.get(LimeDevice, (sender.device, sender.algorithm.number))
    if row is None:
        raise PeerError("lime.keys.not-found", "the device is not registered")
    return row


def _count_devices(session: Session, sender: _Sender) -> int:
    query = select(func.count()).select_from(LimeDevice)
    return session.scalars(
        query.where(
            LimeDevice.account_id == sender.account_id,
            LimeDevice.algorithm == sender.algorithm.number,
        )
    ).one()


def _signed(row: LimeDevice) -> SignedPrekey:
    return SignedPrekey(row.signed_number, row.signed_public, row.signed_signature)


def _numbers(session: Session, sender: _Sender) -> tuple[int, ...]:
    query = select(LimeOneTimeKey.number).where(
        LimeOneTimeKey.device == sender.device,
        LimeOneTimeKey.algorithm == sender.algorithm.number,
    )
    return tuple(session.scalars(query.order_by(LimeOneTimeKey.number)))


def _add_one_time(session: Session, sender: _Sender, keys: Sequence[OneTimePrekey]) -> None:
    known = set(_numbers(session, sender))
    fresh = {key.number: key for key in keys if key.number not in known}
    if len(known) + len(fresh) > MOST_ONE_TIME:
        raise PeerError("lime.keys.limit", f"at most {MOST_ONE_TIME} one-time keys a device")
    session.add_all(
        LimeOneTimeKey(
            device=sender.device,
            algorithm=sender.algorithm.number,
            number=key.number,
            account_id=sender.account_id,
            public=key.public,
        )
        for key in fresh.values()
    )


def _take_one_time(
    session: Session, algorithm: int, devices: Sequence[str]
) -> dict[str, OneTimePrekey]:
    """One key of each device that has any, taken out as it is read: none is given twice.

    On PostgreSQL two requests may pick the same key; the second then gets none, and tries
    the next one.
    """
    taken: dict[str, OneTimePrekey] = {}
    key = tuple_(LimeOneTimeKey.device, LimeOneTimeKey.algorithm, LimeOneTimeKey.number)
    for _ in range(_ROUNDS):
        missing = [device for device in devices if device not in taken]
        if not missing:
            break
        first = (
            select(LimeOneTimeKey.device, LimeOneTimeKey.algorithm, func.min(LimeOneTimeKey.number))
            .where(LimeOneTimeKey.algorithm == algorithm, LimeOneTimeKey.device.in_(missing))
            .group_by(LimeOneTimeKey.device, LimeOneTimeKey.algorithm)
        )
        picked = delete(LimeOneTimeKey).where(key.in_(first))
        rows = session.execute(
            picked.returning(LimeOneTimeKey.device, LimeOneTimeKey.number, LimeOneTimeKey.public),
            execution_options={"synchronize_session": False},
        ).all()
        taken |= {device: OneTimePrekey(number, public) for device, number, public in rows}
        if session.get_bind().dialect.name == "sqlite":
            break  # one writer at a time: who has none left has none
    return taken
