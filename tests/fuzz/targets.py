"""Finds the fuzz targets: every module here with a ``TARGETS`` dictionary.

``TARGETS`` maps a name to a function of bytes that raises for nothing a peer may send;
``SEEDS``, if a module has it, maps a name to a folder below SONNETTE_VECTORS.
"""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

HERE = Path(__file__).parent
NO_TARGETS = {"__main__", "targets", "one"}


def find():
    """Each target's function and folder of seeds (or None), by name."""
    found = {}
    for module in iter_modules([str(HERE)]):
        if module.name in NO_TARGETS or module.name.startswith("test_"):
            continue
        loaded = import_module(f"tests.fuzz.{module.name}")
        seeds = getattr(loaded, "SEEDS", {})
        for name, function in loaded.TARGETS.items():
            assert name not in found, f"two fuzz targets are called {name}"
            found[name] = (function, seeds.get(name))
    return found
