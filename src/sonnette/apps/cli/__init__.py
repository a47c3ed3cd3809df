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
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("sonnette"):
            raise
        complain(_lacking(error))
        sys.exit(FAILED)


def _lacking(error: ModuleNotFoundError) -> LocalError:
    """The command is there, but not what it stands on."""
    message = f"{error.name} is not installed: pip install 'sonnette[server]'"
    return LocalError("apps.not-installed", message)
