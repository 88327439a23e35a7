"""Runs the migrations on the connection, and inside the transaction, of whoever asks for them."""

from alembic import context

from trimtab.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
