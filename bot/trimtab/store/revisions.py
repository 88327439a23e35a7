"""The revision of a database: read, refused if it is not known, raised if it is old."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sql

from trimtab.errors import StoreError
from trimtab.store.schema import REVISION, metadata

MIGRATIONS = Path(__file__).parent / "migrations"
"""Where Alembic finds the revisions."""

FIRST = "0001"
"""Revision of the tables that were kept with a version of their own."""

VERSION = sql.Table(
    "alembic_version",
    sql.MetaData(),
    sql.Column("version_num", sql.String(32), nullable=False),
    sql.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Where Alembic keeps the revision of a database, as it makes it."""

UNVERSIONED = "schema_version"
"""Table in which the first revision kept its version."""


def is_current(connection: sql.Connection) -> bool:
    """Whether the tables are those of this program.

    Raises
    ------
    StoreError
        If they are those of another program, or of a newer version of this one.
    """
    tables = sql.inspect(connection).get_table_names()
    if not tables:
        return False
    if VERSION.name in tables:
        return _found(connection) == REVISION
    if UNVERSIONED in tables:
        return False
    raise StoreError(
        f"the database {connection.engine.url!r} belongs to another program: it has "
        f"{', '.join(sorted(tables))}; name another database"
    )


def is_empty(connection: sql.Connection) -> bool:
    """Whether nothing is there yet."""
    return not sql.inspect(connection).get_table_names()


def create(connection: sql.Connection) -> None:
    """Make today's tables in an empty database; they are what the migrations lead to."""
    metadata.create_all(connection)
    VERSION.create(connection)
    connection.execute(VERSION.insert().values(version_num=REVISION))


def migrate(connection: sql.Connection) -> None:
    """Bring the tables to this program's revision; the caller's transaction makes it whole."""
    # Alembic is loaded only when there is something to migrate: it costs a tenth of a second.
    from alembic import command  # noqa: PLC0415 (a tenth of a second)
    from alembic.config import Config  # noqa: PLC0415 (a tenth of a second)

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    if sql.inspect(connection).has_table(UNVERSIONED):
        command.stamp(config, FIRST)
        connection.execute(sql.text(f"DROP TABLE {UNVERSIONED}"))
    command.upgrade(config, "head")


def _found(connection: sql.Connection) -> str:
    found = connection.scalar(sql.select(VERSION.c.version_num))
    if not isinstance(found, str) or found > REVISION:
        raise StoreError(
            f"the database {connection.engine.url!r} has revision {found}; this program knows "
            f"revisions up to {REVISION}: use the version of trimtab that wrote it, or a newer one"
        )
    return found
