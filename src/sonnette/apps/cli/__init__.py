"""The ``sonnette`` command.

Exit status: 0 done, 1 refused or failed (the reason is on stderr), 2 wrong usage, 3 timed out.
"""

import sys
from collections.abc import Sequence

from sonnette.base.errors import LocalError

DONE, FAILED, TIMED_OUT = 0, 1, 3


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; ends the program with its exit status."""
    from sonnette.apps.cli.program import app
    from sonnette.apps.cli.screen import complain

    try:
        app(arguments, prog_name="sonnette")
    except LocalError as error:
        complain(error)
        sys.exit(TIMED_OUT if error.code.endswith(".timeout") else FAILED)
