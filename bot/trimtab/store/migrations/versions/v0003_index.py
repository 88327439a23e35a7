"""Events of vaults are kept, with the blocks up to which they were read."""

import sqlalchemy as sql
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the index of events."""
    op.create_table(
        "indexed_logs",
        *_place(),
        sql.Column("log_index", sql.BigInteger, primary_key=True, autoincrement=False),
        sql.Column("address", sql.String(42), nullable=False),
        sql.Column("transaction_hash", sql.String(66), nullable=False),
        sql.Column("timestamp", sql.BigInteger, nullable=False),
        sql.Column("topics", sql.LargeBinary, nullable=False),
        sql.Column("data", sql.LargeBinary, nullable=False),
    )
    op.create_table(
        "index_marks", *_place(), sql.Column("block_hash", sql.String(66), nullable=False)
    )


def _place() -> tuple[sql.Column[int], sql.Column[str], sql.Column[int]]:
    return (
        sql.Column("chain_id", sql.BigInteger, primary_key=True, autoincrement=False),
        sql.Column("vault", sql.String(42), primary_key=True),
        sql.Column("block_number", sql.BigInteger, primary_key=True, autoincrement=False),
    )
