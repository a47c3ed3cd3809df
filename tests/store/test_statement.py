import pytest
from sqlalchemy.dialects import postgresql, sqlite

from sonnette.store.statement import Statements
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
