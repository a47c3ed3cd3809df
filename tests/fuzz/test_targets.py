"""The fuzz targets on a little random input and on every seed, where no fuzzer is at hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import vectors
from tests.fuzz import targets

FOUND = targets.find()
SEEDED = [
    pytest.param(name, path, id=f"{name}-{path.name}")
    for name, (_, folder) in FOUND.items()
    if folder is not None
    for path in vectors.files(folder)
]


@pytest.mark.parametrize("name", sorted(FOUND))
def test_a_target_holds_on_random_bytes(name):
    function, _ = FOUND[name]

    @settings(max_examples=50, deadline=None)
    @given(st.binary(max_size=300))
    def holds(data):
        function(data)

    holds()


@vectors.needed
@pytest.mark.parametrize(("name", "path"), SEEDED)
def test_a_target_holds_on_its_seeds(name, path):
    FOUND[name][0](path.read_bytes())
