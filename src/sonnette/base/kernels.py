"""Kernels: modules that may be compiled, and how to run them from their source.

A kernel is a module in Cython's pure-Python mode.  Its compiled form lies beside its
source and wins on import; :func:`run_from_source` turns that round, so that the same
tests can run on both.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType


class _SourceFinder(MetaPathFinder):
    """Finds the .py of our modules where the import system would take the extension."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith("sonnette."):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None or spec.origin.endswith(".py"):
            return None
        source = Path(spec.origin).with_name(fullname.rpartition(".")[2] + ".py")
        loader = SourceFileLoader(fullname, str(source))
        return spec_from_file_location(fullname, source, loader=loader)


def run_from_source() -> None:
    """Make every later import of a kernel take its source instead of its compiled form."""
    if not any(isinstance(finder, _SourceFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _SourceFinder())


def is_compiled(module: ModuleType) -> bool:
    """Whether ``module`` runs as machine code."""
    return not (module.__file__ or "").endswith(".py")
