"""The shared LIME vectors, where the material is present."""

import json
import os
from pathlib import Path
from typing import Any

import pytest


def load(name: str) -> dict[str, Any]:
    """One file of vectors; the test is skipped where they are not installed."""
    root = os.environ.get("SONNETTE_VECTORS")
    if not root:
        pytest.skip("needs SONNETTE_VECTORS, the folder of shared vectors")
    loaded: dict[str, Any] = json.loads((Path(root) / "lime" / name).read_text())
    return loaded
