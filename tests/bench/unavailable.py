"""What a bench raises where this machine lacks something that it needs."""


class Unavailable(Exception):  # noqa: N818 - a reason to leave out, not an error
    """The text names what is missing and how to get it."""
