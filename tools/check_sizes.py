"""Fails where a file or a package outgrows the house's limits.

A source file has at most 500 lines (700 where its first line marks a table of data), a
package at most 20 modules: past that a reader loses the thread.
"""

import sys
from pathlib import Path

MOST_LINES = 500
MOST_TABLE_LINES = 700
MOST_MODULES = 20


def findings(root: Path) -> list[str]:
    """One line a breach below ``root``."""
    found = []
    for folder in [root, *(path for path in root.rglob("*") if path.is_dir())]:
        modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
        if len(modules) > MOST_MODULES:
            found.append(f"{folder}: {len(modules)} modules, at most {MOST_MODULES}")
        for module in modules:
            lines = module.read_text(encoding="utf-8").splitlines()
            most = MOST_TABLE_LINES if lines and "Table of data" in lines[0] else MOST_LINES
            if len(lines) > most:
                found.append(f"{module}: {len(lines)} lines, at most {most}")
    return found


if __name__ == "__main__":
    breaches = findings(Path(sys.argv[1] if len(sys.argv) > 1 else "src"))
    print("\n".join(breaches) or "sizes: all within limits")
    sys.exit(bool(breaches))
