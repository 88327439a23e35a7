"""Every table, and the version of the whole."""

from __future__ import annotations

import sqlalchemy as sql

SCHEMA_VERSION = 1
"""Version of the tables below; a database of a newer one is refused."""

metadata = sql.MetaData()

WIDE = sql.String(78)
"""A number of up to 256 bits, as decimal digits: databases end at 64 bits."""

schema_version = sql.Table(
    "schema_version",
    metadata,
    sql.Column("only_row", sql.Integer, primary_key=True),
    sql.Column("version", sql.Integer, nullable=False),
    sql.CheckConstraint("only_row = 1", name="one_row"),
)
"""One row: the version that wrote this database."""

intents = sql.Table(
    "intents",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("chain_id", sql.BigInteger, nullable=False),
    sql.Column("signer", sql.String(42), nullable=False),
    sql.Column("nonce", sql.BigInteger, nullable=False),
    sql.Column("kind", sql.String(40), nullable=False),
    sql.Column("vault", sql.String(42)),
    sql.Column("vault_nonce", sql.BigInteger),
    sql.Column("recipient", sql.String(42)),
    sql.Column("data", sql.LargeBinary, nullable=False),
    sql.Column("value", WIDE, nullable=False),
    sql.Column("gas", sql.BigInteger, nullable=False),
    sql.Column("created_at", sql.Float, nullable=False),
    sql.Column("state", sql.String(12), nullable=False),
    sql.UniqueConstraint("chain_id", "signer", "nonce", name="one_intent_per_nonce"),
    sql.CheckConstraint(
        "state in ('signed', 'sent', 'succeeded', 'reverted', 'superseded', 'cancelled')",
        name="known_state",
    ),
)
"""What was to be done; `signed` and `sent` are unfinished, the other states are for ever."""

attempts = sql.Table(
    "attempts",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("intent_id", sql.ForeignKey("intents.id"), nullable=False, index=True),
    sql.Column("transaction_hash", sql.String(66), nullable=False, unique=True),
    sql.Column("signed", sql.LargeBinary, nullable=False),
    sql.Column("max_fee", WIDE, nullable=False),
    sql.Column("priority_fee", WIDE, nullable=False),
    sql.Column("signed_at", sql.Float, nullable=False),
    sql.Column("sent_at", sql.Float),
)
"""Signed transactions of an intent; more than one once fees are raised."""

outcomes = sql.Table(
    "outcomes",
    metadata,
    sql.Column("intent_id", sql.ForeignKey("intents.id"), primary_key=True),
    sql.Column("transaction_hash", sql.String(66), nullable=False),
    sql.Column("block_number", sql.BigInteger, nullable=False),
    sql.Column("block_hash", sql.String(66), nullable=False),
    sql.Column("succeeded", sql.Boolean, nullable=False),
    sql.Column("gas_used", sql.BigInteger, nullable=False),
    sql.Column("effective_gas_price", WIDE, nullable=False),
    sql.Column("l1_fee", WIDE, nullable=False),
    sql.Column("recorded_at", sql.Float, nullable=False),
)
"""What the chain made of an intent."""

decisions = sql.Table(
    "decisions",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("chain_id", sql.BigInteger, nullable=False),
    sql.Column("vault", sql.String(42), nullable=False),
    sql.Column("block_number", sql.BigInteger, nullable=False),
    sql.Column("block_hash", sql.String(66), nullable=False),
    sql.Column("timestamp", sql.BigInteger, nullable=False),
    sql.Column("action", sql.String(20), nullable=False),
    sql.Column("reason", sql.Text, nullable=False),
    sql.Column("numbers", sql.JSON, nullable=False),
    sql.Column("intent_id", sql.ForeignKey("intents.id")),
    sql.Column("decided_at", sql.Float, nullable=False),
    sql.Index("decisions_by_vault", "chain_id", "vault", "block_number"),
)
"""One row per vault and block that was looked at, with why something or nothing was done."""
