import pytest
from sqlalchemy import Column, Integer, MetaData, Table
from sqlalchemy.dialects import postgresql, sqlite

from sonnette.store.statement import MOST_PARAMETERS, WIDTHS, Statements
from tests.store.notes import NOTES


@pytest.fixture(params=[sqlite.dialect, postgresql.psycopg.dialect])
def statements(request):
    return Statements(request.param())


def test_an_upsert_takes_every_column_in_the_tables_order(statements):
    assert statements.upsert(NOTES).names == ("id", "body", "count")


def test_an_update_takes_the_changes_then_the_key(statements):
    assert statements.update(NOTES, "body", "count").names == ("body", "count", "id")


def test_a_change_out_of_the_tables_order_would_mix_up_the_row(statements):
    with pytest.raises(AssertionError, match="as they come"):
        statements.update(NOTES, "count", "body")


def test_a_statement_knows_its_table(statements):
    assert statements.delete(NOTES, "id").table == "note"


def test_a_wide_statement_stays_within_what_any_sqlite_takes():
    def widths(columns):
        made = [Column(f"c{n}", Integer, primary_key=not n) for n in range(columns)]
        table = Table("t", MetaData(), *made)
        return tuple(Statements(sqlite.dialect()).upsert(table).wide)

    assert widths(3) == WIDTHS
    assert widths(MOST_PARAMETERS // WIDTHS[0] + 1) == WIDTHS[1:]
    assert widths(MOST_PARAMETERS) == ()


def test_only_a_statement_that_replaces_the_whole_row_may_skip_the_rows_before(statements):
    assert statements.upsert(NOTES).key_width == 1
    assert statements.upsert(NOTES, add=["count"]).key_width == 0
    assert statements.upsert(NOTES, keep=["body"]).key_width == 0
