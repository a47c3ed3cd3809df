"""A table for the writer's tests; not one of the product's, so in a metadata of its own."""

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, text

NOTES = Table(
    "note",
    MetaData(),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("body", String, nullable=False),
    Column("count", Integer, nullable=False),
)


def contents(database):
    with database.read() as session:
        return [tuple(row) for row in session.execute(text("SELECT * FROM note ORDER BY id"))]
