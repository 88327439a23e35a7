"""Keepers that share accounts know how many they are."""

import sqlalchemy as sql
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add where a keeper says that it lives."""
    op.create_table(
        "members",
        sql.Column("chain_id", sql.BigInteger, primary_key=True, autoincrement=False),
        sql.Column("holder", sql.String(120), primary_key=True),
        sql.Column("expires_at", sql.Float(53), nullable=False),
    )
