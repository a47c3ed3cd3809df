"""The two families of errors.

::

    SonnetteError
     +-- LocalError   a rule of ours was broken: a wrong call, a wrong setting, a bug
     +-- PeerError    the other side broke a rule of the protocol

Drivers turn a :class:`PeerError` into an answer and a count; pages turn a code into a
sentence.  A message says what was expected, what came and where, and never holds a
personal datum.
"""


class SonnetteError(Exception):
    """What every error of ours is; ``code`` is stable, dotted, and meant for programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"


class LocalError(SonnetteError):
    """A rule of ours was broken; never shown to a peer."""


class PeerError(SonnetteError):
    """The other side broke a rule.

    ``status`` is the SIP (or HTTP) status to answer with, ``reason`` the phrase a person
    can act on, which is also the exception's text.
    """

    def __init__(self, code: str, reason: str, status: int = 400) -> None:
        super().__init__(code, reason)
        self.status = status

    @property
    def reason(self) -> str:
        """The phrase for the answer's first line."""
        return self.message
