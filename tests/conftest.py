import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.databases"]

# A slow machine is no defect: examples have no time limit.
_patient = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("all", **_patient)
settings.register_profile("few", max_examples=15, stateful_step_count=15, **_patient)
settings.load_profile(os.environ.get("SONNETTE_EXAMPLES", "all"))


def pytest_collection_modifyitems(items):
    """A real peer is another program with timers of its own: it gets a second chance."""
    for item in items:
        if item.get_closest_marker("interop"):
            item.add_marker(pytest.mark.flaky(reruns=2))
