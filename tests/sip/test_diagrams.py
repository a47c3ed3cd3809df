"""The diagrams in the documentation are those of the tables that run."""

import importlib.util
from collections import deque
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "ideas" / "sip.md"


def load_tool():
    spec = importlib.util.spec_from_file_location("drawing", ROOT / "tools" / "state_diagrams.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = load_tool()


def test_the_page_shows_the_tables_as_they_are():
    page = PAGE.read_text(encoding="utf-8")
    assert TOOL.put(page) == page, f"run: python tools/state_diagrams.py {PAGE.relative_to(ROOT)}"


@pytest.mark.parametrize("name", TOOL.MACHINES)
def test_every_state_that_a_table_uses_can_be_reached(name):
    table, first = TOOL.MACHINES[name]
    steps = set(TOOL.arrows(table))
    seen, waiting = {first}, deque([first])
    while waiting:
        here = waiting.popleft()
        found = {after for before, after in steps if before is here} - seen
        seen |= found
        waiting.extend(found)
    assert seen == {state for step in steps for state in step}


def test_every_arrow_is_drawn():
    for table, first in TOOL.MACHINES.values():
        drawn = TOOL.draw(table, first)
        for before, after in TOOL.arrows(table):
            assert f"{before.name} --> {after.name}: " in drawn
