"""Every table, and the revision of the whole; `migrations` leads from one to the next."""

from __future__ import annotations

import sqlalchemy as sql

REVISION = "0004"
"""Newest revision of the tables below; a database of a revision that is not known is refused."""

metadata = sql.MetaData()

WIDE = sql.String(78)
"""A number of up to 256 bits, as decimal digits: databases end at 64 bits."""

STATES = (
    "signed",
    "sent",
    "mined",
    "succeeded",
    "reverted",
    "superseded",
    "cancelled",
)
"""States of an intent; the first three are open, the others are for ever."""

OPEN = "state in ('signed', 'sent', 'mined')"
"""Condition for an intent that has not ended."""

chain = sql.Table(
    "chain",
    metadata,
    sql.Column("only_row", sql.Integer, primary_key=True, autoincrement=False),
    sql.Column("chain_id", sql.BigInteger, nullable=False),
    sql.Column("genesis_hash", sql.String(66), nullable=False),
    sql.CheckConstraint("only_row = 1", name="one_row"),
)
"""The chain that this database is about; no row before the first use."""

leases = sql.Table(
    "leases",
    metadata,
    sql.Column("chain_id", sql.BigInteger, primary_key=True, autoincrement=False),
    sql.Column("signer", sql.String(42), primary_key=True),
    sql.Column("holder", sql.String(120)),
    sql.Column("token", sql.BigInteger, nullable=False),
    sql.Column("expires_at", sql.Float(53), nullable=False),
)
"""Who may sign for an account, and until when; `token` grows with each change of hands.

A row is there for every account that ever signed: it is what writers of that account lock.
"""

members = sql.Table(
    "members",
    metadata,
    sql.Column("chain_id", sql.BigInteger, primary_key=True, autoincrement=False),
    sql.Column("holder", sql.String(120), primary_key=True),
    sql.Column("expires_at", sql.Float(53), nullable=False),
)
"""Keepers that share the accounts of a fleet, and until when each is taken to live."""

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
    sql.Column("created_at", sql.Float(53), nullable=False),
    sql.Column("state", sql.String(12), nullable=False),
    sql.UniqueConstraint("chain_id", "signer", "nonce", name="one_intent_per_nonce"),
    sql.CheckConstraint(
        f"state in ({', '.join(repr(state) for state in STATES)})", name="known_state"
    ),
)
"""What was to be done. Calldata, value and gas are those of the first attempt."""

_WITHOUT_END = sql.text(f"vault is not null and {OPEN}")

one_open_intent = sql.Index(
    "one_open_intent_per_subject",
    intents.c.chain_id,
    intents.c.kind,
    intents.c.vault,
    intents.c.vault_nonce,
    unique=True,
    sqlite_where=_WITHOUT_END,
)
"""No vault is to do the same twice at once."""

attempts = sql.Table(
    "attempts",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("intent_id", sql.ForeignKey("intents.id"), nullable=False, index=True),
    sql.Column("purpose", sql.String(8), nullable=False, server_default="act"),
    sql.Column("transaction_hash", sql.String(66), nullable=False, unique=True),
    sql.Column("signed", sql.LargeBinary, nullable=False),
    sql.Column("max_fee", WIDE, nullable=False),
    sql.Column("priority_fee", WIDE, nullable=False),
    sql.Column("signed_at", sql.Float(53), nullable=False),
    sql.Column("sent_at", sql.Float(53)),
    sql.CheckConstraint("purpose in ('act', 'cancel', 'foreign')", name="known_purpose"),
)
"""Signed transactions with an intent's nonce, of which a chain can hold one."""

outcomes = sql.Table(
    "outcomes",
    metadata,
    sql.Column("intent_id", sql.ForeignKey("intents.id"), primary_key=True, autoincrement=False),
    sql.Column("transaction_hash", sql.String(66), nullable=False),
    sql.Column("block_number", sql.BigInteger, nullable=False),
    sql.Column("block_hash", sql.String(66), nullable=False),
    sql.Column("succeeded", sql.Boolean, nullable=False),
    sql.Column("gas_used", sql.BigInteger, nullable=False),
    sql.Column("effective_gas_price", WIDE, nullable=False),
    sql.Column("l1_fee", WIDE, nullable=False),
    sql.Column("recorded_at", sql.Float(53), nullable=False),
)
"""What the chain made of an intent; while the intent is `mined`, a reorganisation may undo it."""

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
    sql.Column("decided_at", sql.Float(53), nullable=False),
    sql.Index("decisions_by_vault", "chain_id", "vault", "block_number"),
)
"""One row per vault and block that was looked at, with why something or nothing was done."""

indexed_logs = sql.Table(
    "indexed_logs",
    metadata,
    sql.Column("chain_id", sql.BigInteger, primary_key=True, autoincrement=False),
    sql.Column("vault", sql.String(42), primary_key=True),
    sql.Column("block_number", sql.BigInteger, primary_key=True, autoincrement=False),
    sql.Column("log_index", sql.BigInteger, primary_key=True, autoincrement=False),
    sql.Column("address", sql.String(42), nullable=False),
    sql.Column("transaction_hash", sql.String(66), nullable=False),
    sql.Column("timestamp", sql.BigInteger, nullable=False),
    sql.Column("topics", sql.LargeBinary, nullable=False),
    sql.Column("data", sql.LargeBinary, nullable=False),
)
"""Events of a vault and its mandate as the chain has them; `topics` are words of 32 bytes."""

index_marks = sql.Table(
    "index_marks",
    metadata,
    sql.Column("chain_id", sql.BigInteger, primary_key=True, autoincrement=False),
    sql.Column("vault", sql.String(42), primary_key=True),
    sql.Column("block_number", sql.BigInteger, primary_key=True, autoincrement=False),
    sql.Column("block_hash", sql.String(66), nullable=False),
)
"""Blocks up to which the events of a vault were read; the hash tells when one was replaced."""


def complete_for_postgresql() -> None:
    """Give PostgreSQL the index's condition too: to name its option is to load its dialect."""
    one_open_intent.dialect_kwargs["postgresql_where"] = _WITHOUT_END
