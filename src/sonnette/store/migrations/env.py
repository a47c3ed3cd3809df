"""Alembic's entry: works on the connection, and so in the transaction, that it is given."""

from alembic import context

config = context.config
context.configure(
    connection=config.attributes["connection"],
    target_metadata=config.attributes.get("metadata"),  # given when a migration is written
    include_object=config.attributes.get("include_object"),
    render_as_batch=True,  # SQLite alters a table by copying it
    compare_type=True,
)
context.run_migrations()
