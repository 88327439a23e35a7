"""Intents, their attempts and outcomes, and decisions."""

import sqlalchemy as sql
from alembic import op

revision = "0001"
down_revision = None

_WIDE = sql.String(78)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "intents",
        sql.Column("id", sql.Integer, primary_key=True),
        sql.Column("chain_id", sql.BigInteger, nullable=False),
        sql.Column("signer", sql.String(42), nullable=False),
        sql.Column("nonce", sql.BigInteger, nullable=False),
        sql.Column("kind", sql.String(40), nullable=False),
        sql.Column("vault", sql.String(42)),
        sql.Column("vault_nonce", sql.BigInteger),
        sql.Column("recipient", sql.String(42)),
        sql.Column("data", sql.LargeBinary, nullable=False),
        sql.Column("value", _WIDE, nullable=False),
        sql.Column("gas", sql.BigInteger, nullable=False),
        sql.Column("created_at", sql.Float(53), nullable=False),
        sql.Column("state", sql.String(12), nullable=False),
        sql.UniqueConstraint("chain_id", "signer", "nonce", name="one_intent_per_nonce"),
        sql.CheckConstraint(
            "state in ('signed', 'sent', 'succeeded', 'reverted', 'superseded', 'cancelled')",
            name="known_state",
        ),
    )
    _create_attempts()
    _create_outcomes()
    _create_decisions()


def _create_attempts() -> None:
    op.create_table(
        "attempts",
        sql.Column("id", sql.Integer, primary_key=True),
        sql.Column(
            "intent_id", sql.Integer, sql.ForeignKey("intents.id"), nullable=False, index=True
        ),
        sql.Column("transaction_hash", sql.String(66), nullable=False, unique=True),
        sql.Column("signed", sql.LargeBinary, nullable=False),
        sql.Column("max_fee", _WIDE, nullable=False),
        sql.Column("priority_fee", _WIDE, nullable=False),
        sql.Column("signed_at", sql.Float(53), nullable=False),
        sql.Column("sent_at", sql.Float(53)),
    )


def _create_outcomes() -> None:
    op.create_table(
        "outcomes",
        sql.Column("intent_id", sql.Integer, sql.ForeignKey("intents.id"), primary_key=True),
        sql.Column("transaction_hash", sql.String(66), nullable=False),
        sql.Column("block_number", sql.BigInteger, nullable=False),
        sql.Column("block_hash", sql.String(66), nullable=False),
        sql.Column("succeeded", sql.Boolean, nullable=False),
        sql.Column("gas_used", sql.BigInteger, nullable=False),
        sql.Column("effective_gas_price", _WIDE, nullable=False),
        sql.Column("l1_fee", _WIDE, nullable=False),
        sql.Column("recorded_at", sql.Float(53), nullable=False),
    )


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        sql.Column("id", sql.Integer, primary_key=True),
        sql.Column("chain_id", sql.BigInteger, nullable=False),
        sql.Column("vault", sql.String(42), nullable=False),
        sql.Column("block_number", sql.BigInteger, nullable=False),
        sql.Column("block_hash", sql.String(66), nullable=False),
        sql.Column("timestamp", sql.BigInteger, nullable=False),
        sql.Column("action", sql.String(20), nullable=False),
        sql.Column("reason", sql.Text, nullable=False),
        sql.Column("numbers", sql.JSON, nullable=False),
        sql.Column("intent_id", sql.Integer, sql.ForeignKey("intents.id")),
        sql.Column("decided_at", sql.Float(53), nullable=False),
        sql.Index("decisions_by_vault", "chain_id", "vault", "block_number"),
    )
