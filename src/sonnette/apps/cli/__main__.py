"""``python -m sonnette.apps.cli``: the same program as ``sonnette``."""

from sonnette.apps.cli import main

if __name__ == "__main__":
    main()
