"""The shared LIME vectors, where the material is present."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests import vectors


def load(name: str) -> dict[str, Any]:
    """One file of vectors; the test is skipped where they are not installed."""
    if vectors.ROOT is None:
        pytest.skip("SONNETTE_VECTORS names no folder of vectors")
    loaded: dict[str, Any] = json.loads((Path(vectors.ROOT) / "lime" / name).read_text())
    return loaded
