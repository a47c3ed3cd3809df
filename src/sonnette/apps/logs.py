"""Logs of the applications: structured, on stderr, with nobody in them.

A field whose name is declared personal is blanked whatever its value; a value wrapped in
``Personal`` or ``Secret`` prints as redacted wherever it stands.  On a terminal lines are
for people, elsewhere they are JSON for machines.
"""

import logging
import sys
from collections.abc import Iterable

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

ALWAYS_PERSONAL = frozenset(
    {
        "account", "address", "aor", "authorization", "body", "callee", "caller", "contact",
        "email", "from", "instance", "ip", "name", "number", "password", "phone", "recipient",
        "sender", "source", "subject", "to", "token", "uri", "user", "user_agent", "username",
    }
)  # fmt: skip
REDACTED = "<personal>"


class Redaction:
    """Blanks the fields that speak of a person."""

    def __init__(self, personal: Iterable[str]) -> None:
        self._personal = ALWAYS_PERSONAL | frozenset(personal)

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        for field in self._personal & event.keys():
            event[field] = REDACTED
        return event


def configure(level: str, personal: Iterable[str] = ()) -> None:
    """Send every log of the process to stderr; ``personal`` are further declared fields."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        Redaction(personal),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_ending()],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    for talkative in ("uvicorn", "alembic"):  # what they tell at a start is not news
        logging.getLogger(talkative).setLevel(logging.WARNING)
    set_level(level)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def set_level(level: str) -> None:
    """Change the least severe message written, while running."""
    logging.getLogger().setLevel(level.upper())


def _ending() -> list[Processor]:
    if sys.stderr.isatty():
        return [structlog.dev.ConsoleRenderer()]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
