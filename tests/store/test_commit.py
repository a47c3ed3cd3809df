"""Whatever the order in which rows come, the table ends as if each were written alone."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from sonnette.store.commit import commit_rows, storable
from sonnette.store.statement import Statements
from tests.store.notes import NOTES, contents

IDS = st.integers(min_value=0, max_value=20)
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("save"), IDS, st.text(max_size=3), st.integers(0, 9)),
        st.tuples(st.just("count"), IDS, st.text(max_size=3), st.integers(0, 9)),
        st.tuples(st.just("rename"), st.text(max_size=3), IDS),
        st.tuples(st.just("drop"), IDS),
    ),
    max_size=80,
)


def model(changes):
    """What the changes make of an empty table, one after the other."""
    table = {}
    for kind, *row in changes:
        if kind == "save":
            table[row[0]] = tuple(row)
        elif kind == "count":
            number, body, count = row
            _, body, before = table.get(number, (number, body, 0))
            table[number] = (number, body, before + count)
        elif kind == "rename" and row[1] in table:
            table[row[1]] = (row[1], row[0], table[row[1]][2])
        elif kind == "drop":
            table.pop(row[0], None)
    return sorted(table.values())


@pytest.fixture
def engine(database):
    NOTES.metadata.create_all(database.engine)
    return database.engine.execution_options(writes=True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@given(CHANGES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_batch_is_as_good_as_its_rows_one_by_one(database, engine, changes):
    make = Statements(engine.dialect)
    statements = {
        "save": make.upsert(NOTES),
        "count": make.upsert(NOTES, add=["count"], keep=["body"]),
        "rename": make.update(NOTES, "body"),
        "drop": make.delete(NOTES, "id"),
    }
    with database.write() as session:
        session.execute(text("DELETE FROM note"))
    items = [(statements[kind], storable(tuple(row))) for kind, *row in changes]
    assert commit_rows(engine, items) == []
    assert contents(database) == model([(kind, *storable(tuple(row))) for kind, *row in changes])


def test_the_places_of_rows_that_no_database_takes_are_told(database, engine):
    save = Statements(engine.dialect).upsert(NOTES)
    rows = [(0, "", 0), (1, None, 0), (2, "", 0), (3, "", object())]
    assert commit_rows(engine, [(save, row) for row in rows]) == [1, 3]
    assert [row[0] for row in contents(database)] == [0, 2]


@given(st.text(alphabet=st.characters(codec=None), max_size=20))
def test_any_text_becomes_storable_and_sound_text_stays(value):
    (stored,) = storable((value,))
    assert "\0" not in stored
    stored.encode()
    if not any(0xD800 <= ord(letter) < 0xE000 or letter == "\0" for letter in value):
        assert stored == value


def test_what_is_no_text_is_left_alone():
    assert storable((1, 2.5, None, b"\0\xff", True)) == (1, 2.5, None, b"\0\xff", True)
