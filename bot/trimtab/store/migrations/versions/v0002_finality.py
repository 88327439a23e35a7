"""Mined is not final, attempts have purposes, accounts have leases, a database has one chain."""

import sqlalchemy as sql
from alembic import op

revision = "0002"
down_revision = "0001"

_OPEN_WITH_VAULT = "vault is not null and state in ('signed', 'sent', 'mined')"
_STATES = "'signed', 'sent', 'mined', 'succeeded', 'reverted', 'superseded', 'cancelled'"


def upgrade() -> None:
    """Add what finality, replacement and leases need."""
    _allow_states()
    op.create_index(
        "one_open_intent_per_subject",
        "intents",
        ["chain_id", "kind", "vault", "vault_nonce"],
        unique=True,
        sqlite_where=sql.text(_OPEN_WITH_VAULT),
        postgresql_where=sql.text(_OPEN_WITH_VAULT),
    )
    with op.batch_alter_table("attempts") as attempts:
        attempts.add_column(
            sql.Column("purpose", sql.String(8), nullable=False, server_default="act")
        )
        attempts.create_check_constraint("known_purpose", "purpose in ('act', 'cancel', 'foreign')")
    _create_chain()
    _create_leases()


def _allow_states() -> None:
    with op.batch_alter_table("intents") as intents:
        intents.drop_constraint("known_state", type_="check")
        intents.create_check_constraint("known_state", f"state in ({_STATES})")


def _create_chain() -> None:
    op.create_table(
        "chain",
        sql.Column("only_row", sql.Integer, primary_key=True, autoincrement=False),
        sql.Column("chain_id", sql.BigInteger, nullable=False),
        sql.Column("genesis_hash", sql.String(66), nullable=False),
        sql.CheckConstraint("only_row = 1", name="one_row"),
    )


def _create_leases() -> None:
    op.create_table(
        "leases",
        sql.Column("chain_id", sql.BigInteger, primary_key=True, autoincrement=False),
        sql.Column("signer", sql.String(42), primary_key=True),
        sql.Column("holder", sql.String(120)),
        sql.Column("token", sql.BigInteger, nullable=False),
        sql.Column("expires_at", sql.Float(53), nullable=False),
    )
