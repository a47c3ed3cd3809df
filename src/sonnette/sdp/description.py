"""A description as sections of lines, and edits that leave every other line alone."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from sonnette.base.errors import PeerError
from sonnette.sdp.catalogue import CONNECTION, MEDIA, ORIGIN, RTPMAP
from sonnette.sdp.direction import Direction
from sonnette.sdp.entry import Entry
from sonnette.sdp.fields import Connection, Media, Origin
from sonnette.sdp.formats import STATIC_PAYLOADS, Rtpmap
from sonnette.sdp.line import KINDS_IN_ORDER, Line, written

T = TypeVar("T")


class Section:
    """The session's lines, or one media description's.

    Values are read when asked for: a malformed value raises PeerError then, and does not
    stand in the way of the rest.
    """

    def __init__(self, lines: list[Line], ending: str = "\r\n") -> None:
        self.lines = lines
        self._ending = ending

    def all(self, entry: Entry[T]) -> list[T]:
        """Every value of ``entry``, in order."""
        return [entry.read(self._text(index, entry)) for index in self._places(entry)]

    def get(self, entry: Entry[T]) -> T | None:
        """The first value of ``entry``, or None without one."""
        index = next(self._places(entry), None)
        return None if index is None else entry.read(self._text(index, entry))

    def has(self, entry: Entry[T]) -> bool:
        """Whether there is such a line, readable or not."""
        return next(self._places(entry), None) is not None

    def put(self, entry: Entry[T], *values: T) -> None:
        """Make these the only values of ``entry``, in the place of the first one."""
        places = list(self._places(entry))
        start = places[0] if places else self._place_of_new(entry.kind)
        for index in reversed(places):
            del self.lines[index]
        self._insert(start, [self._line(entry, value) for value in values])

    def add(self, entry: Entry[T], value: T) -> None:
        """One value more, after those of the same kind of line."""
        self._insert(self._place_of_new(entry.kind), [self._line(entry, value)])

    def edit(self, entry: Entry[T], change: Callable[[T], T | None]) -> None:
        """Put each value through ``change``: None drops it, the same value keeps its bytes."""
        for index in reversed(list(self._places(entry))):
            old = entry.read(self._text(index, entry))
            new = change(old)
            if new is None:
                del self.lines[index]
            elif new != old:
                ending = self.lines[index].ending
                self.lines[index] = self._line(entry, new, ending)

    def drop(self, entry: Entry[T]) -> None:
        """Remove every line of ``entry``."""
        self.put(entry)

    @property
    def direction(self) -> Direction | None:
        """The section's own direction attribute (RFC 8866 section 6.7)."""
        return next((found for _, found in self._directions()), None)

    @direction.setter
    def direction(self, direction: Direction) -> None:
        places = [index for index, _ in self._directions()]
        line = written("a", direction.value, self._ending)
        if not places:
            self._insert(self._place_of_new("a"), [line])
            return
        for index in reversed(places[1:]):
            del self.lines[index]
        line.ending = self.lines[places[0]].ending
        self.lines[places[0]] = line

    def _directions(self) -> Iterator[tuple[int, Direction]]:
        for index, line in enumerate(self.lines):
            if line.kind == "a" and (found := Direction.named(line.value.rstrip(" "))) is not None:
                yield index, found

    def _places(self, entry: Entry[T]) -> Iterator[int]:
        for index, line in enumerate(self.lines):
            if line.kind == entry.kind and line.name == entry.name:
                yield index

    def _text(self, index: int, entry: Entry[T]) -> str:
        value = self.lines[index].value
        return value[len(entry.name) + 1 :] if entry.name else value

    def _line(self, entry: Entry[T], value: T, ending: str | None = None) -> Line:
        text = entry.write(value)
        if entry.name:
            text = f"{entry.name}:{text}" if text else entry.name
        return written(entry.kind, text, self._ending if ending is None else ending)

    def _place_of_new(self, kind: str) -> int:
        rank = KINDS_IN_ORDER.index(kind)
        for index in range(len(self.lines) - 1, -1, -1):
            other = self.lines[index].kind
            if other and KINDS_IN_ORDER.find(other) <= rank:
                return index + 1
        return 0

    def _insert(self, index: int, lines: list[Line]) -> None:
        if lines and self.lines:
            # The last line may have come without an end, and is no longer the last.
            self.lines[-1].ending = self.lines[-1].ending or self._ending
        self.lines[index:index] = lines


class MediaSection(Section):
    """An ``m=`` line and what belongs to it."""

    @property
    def head(self) -> Media:
        """The ``m=`` line as a value."""
        return MEDIA.read(self.lines[0].value)

    @head.setter
    def head(self, head: Media) -> None:
        self.put(MEDIA, head)

    def rtpmap(self, payload: int) -> Rtpmap | None:
        """What payload type ``payload`` means here: by a=rtpmap, or by RFC 3551."""
        for found in self.all(RTPMAP):
            if found.payload == payload:
                return found
        return STATIC_PAYLOADS.get(payload)


class Description:
    """A session section, then media sections in order; ``bytes()`` writes it out."""

    def __init__(self, session: Section, media: list[MediaSection], ending: str = "\r\n") -> None:
        self.session = session
        self.media = media
        self._ending = ending

    @classmethod
    def new(cls, origin: Origin, connection: Connection, name: str = "-") -> "Description":
        """A description without media, for an offer or an answer of our own."""
        start = (
            ("v", "0"),
            ("o", str(origin)),
            ("s", name),
            ("c", str(connection)),
            ("t", "0 0"),
        )
        return cls(Section([written(kind, value, "\r\n") for kind, value in start]), [])

    def __bytes__(self) -> bytes:
        sections = (self.session, *self.media)
        text = "".join(str(line) for section in sections for line in section.lines)
        return text.encode("utf-8", "surrogateescape")

    @property
    def origin(self) -> Origin:
        """The ``o=`` line; PeerError without one."""
        origin = self.session.get(ORIGIN)
        if origin is None:
            raise PeerError("sdp.no-origin", "session description: expected an o= line")
        return origin

    def add_media(self, head: Media) -> MediaSection:
        """A new media section at the end."""
        last = (self.media[-1] if self.media else self.session).lines[-1]
        last.ending = last.ending or self._ending
        section = MediaSection([written("m", str(head), self._ending)], self._ending)
        self.media.append(section)
        return section

    def inherited(self, section: MediaSection, entry: Entry[T]) -> T | None:
        """The value of ``entry`` for ``section``: its own, or else the session's."""
        own = section.get(entry)
        return self.session.get(entry) if own is None else own

    def connection(self, section: MediaSection) -> Connection | None:
        """Where ``section`` wants its media (RFC 8866 section 5.7)."""
        return self.inherited(section, CONNECTION)

    def direction(self, section: MediaSection) -> Direction:
        """The direction that holds for ``section``; sendrecv where nothing is said."""
        return section.direction or self.session.direction or Direction.SENDRECV
