"""Modules joined into one kernel: types, arrays, constants, and names that clash."""

import importlib.util
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "join_kernel.py"
spec = importlib.util.spec_from_file_location("join_kernel", TOOL)
join_kernel = importlib.util.module_from_spec(spec)
spec.loader.exec_module(join_kernel)

KERNEL = "from package.part import double\n\ndef run(x):\n    return double(x)\n"
PART = '''"""A part."""
from package.widths import Shorts, Wide

LIMIT = 1 << 4
TABLE = (1, 2, 3)


class Memory:
    """Some numbers."""

    past: Shorts
    total: Wide

    def __init__(self) -> None:
        self.past = [0] * 8
        self.total = 0


def double(x: int) -> int:
    """Twice."""
    scratch: Shorts = [0] * 4
    twice = 2 * x + LIMIT + TABLE[1] + scratch[0]
    return twice
'''


@pytest.fixture
def joined(tmp_path):
    def join(part=PART):
        package = tmp_path / "package"
        package.mkdir()
        (package / "kernel.py").write_text(KERNEL)
        (package / "part.py").write_text(part)
        (package / "widths.py").write_text("Wide = int\nShorts = list[int]\n")
        return join_kernel.join(tmp_path, "package.kernel", tmp_path / "out").read_text()

    return join


def test_a_function_becomes_a_c_function_without_the_gil(joined):
    text = joined()
    assert "def double(x: cython.int) -> cython.int" in text
    assert "@cython.locals(twice=cython.int, zeroed=cython.Py_ssize_t)" in text
    assert text.count("@cython.nogil") == 1


def test_arrays_get_their_size_where_they_are_made(joined):
    text = joined()
    assert "past: cython.short[8]" in text
    assert "total: cython.longlong" in text
    assert "scratch: cython.short[4]" in text
    assert "self.past = " not in text


def test_constants_are_folded_and_tables_become_arrays(joined):
    text = joined()
    assert "2 * x + 16 + TABLE[1]" in text
    assert "TABLE = cython.declare(cython.short[3])" in text


def test_the_kernel_itself_only_loses_its_imports(joined):
    text = joined()
    assert "from package" not in text
    assert "def run(x):\n    return double(x)" in text


def test_one_name_in_two_modules_stops_the_build(joined):
    with pytest.raises(SystemExit, match="run is in both"):
        joined(PART.replace("double", "run"))
