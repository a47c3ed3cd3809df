"""Test material that is not ours to carry: found through SONNETTE_VECTORS, else skipped."""

import os
from pathlib import Path

import pytest

ROOT = os.environ.get("SONNETTE_VECTORS")

needed = pytest.mark.skipif(ROOT is None, reason="SONNETTE_VECTORS names no folder of vectors")


def files(folder):
    """Every file below ``folder`` that is material and not its description, in order."""
    if ROOT is None:
        return []
    described = {"README.md", "index.json"}
    found = (Path(ROOT) / folder).rglob("*")
    return sorted(path for path in found if path.is_file() and path.name not in described)
