"""Tables of every revision become today's without losing a row; those of tomorrow are refused."""

import sqlite3

import pytest
import sqlalchemy as sql
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from trimtab.errors import StoreError
from trimtab.store.database import Database
from trimtab.store.journal import Account, IntentState, Journal, Purpose, Subject
from trimtab.store.revisions import FIRST, MIGRATIONS
from trimtab.store.schema import REVISION, metadata

ALICE = Account(31337, "0x" + "a" * 40)

FIRST_TABLES = """
CREATE TABLE schema_version (only_row INTEGER NOT NULL PRIMARY KEY, version INTEGER NOT NULL,
    CONSTRAINT one_row CHECK (only_row = 1));
INSERT INTO schema_version VALUES (1, 1);
CREATE TABLE intents (id INTEGER NOT NULL PRIMARY KEY, chain_id BIGINT NOT NULL,
    signer VARCHAR(42) NOT NULL, nonce BIGINT NOT NULL, kind VARCHAR(40) NOT NULL,
    vault VARCHAR(42), vault_nonce BIGINT, recipient VARCHAR(42), data BLOB NOT NULL,
    value VARCHAR(78) NOT NULL, gas BIGINT NOT NULL, created_at FLOAT NOT NULL,
    state VARCHAR(12) NOT NULL,
    CONSTRAINT one_intent_per_nonce UNIQUE (chain_id, signer, nonce),
    CONSTRAINT known_state CHECK (state in ('signed', 'sent', 'succeeded', 'reverted',
        'superseded', 'cancelled')));
CREATE TABLE attempts (id INTEGER NOT NULL PRIMARY KEY, intent_id INTEGER NOT NULL,
    transaction_hash VARCHAR(66) NOT NULL, signed BLOB NOT NULL, max_fee VARCHAR(78) NOT NULL,
    priority_fee VARCHAR(78) NOT NULL, signed_at FLOAT NOT NULL, sent_at FLOAT,
    FOREIGN KEY(intent_id) REFERENCES intents (id), UNIQUE (transaction_hash));
CREATE INDEX ix_attempts_intent_id ON attempts (intent_id);
CREATE TABLE outcomes (intent_id INTEGER NOT NULL PRIMARY KEY,
    transaction_hash VARCHAR(66) NOT NULL, block_number BIGINT NOT NULL,
    block_hash VARCHAR(66) NOT NULL, succeeded BOOLEAN NOT NULL, gas_used BIGINT NOT NULL,
    effective_gas_price VARCHAR(78) NOT NULL, l1_fee VARCHAR(78) NOT NULL,
    recorded_at FLOAT NOT NULL, FOREIGN KEY(intent_id) REFERENCES intents (id));
CREATE TABLE decisions (id INTEGER NOT NULL PRIMARY KEY, chain_id BIGINT NOT NULL,
    vault VARCHAR(42) NOT NULL, block_number BIGINT NOT NULL, block_hash VARCHAR(66) NOT NULL,
    timestamp BIGINT NOT NULL, action VARCHAR(20) NOT NULL, reason TEXT NOT NULL,
    numbers JSON NOT NULL, intent_id INTEGER, decided_at FLOAT NOT NULL,
    FOREIGN KEY(intent_id) REFERENCES intents (id));
CREATE INDEX decisions_by_vault ON decisions (chain_id, vault, block_number);
INSERT INTO intents VALUES (1, 31337, '%s', 4, 'mint', NULL, NULL, NULL, x'01', '0', 21000, 1.0,
    'sent');
INSERT INTO attempts VALUES (1, 1, '0xab', x'02', '100', '10', 1.0, 2.0);
INSERT INTO intents VALUES (2, 31337, '%s', 3, 'mint', NULL, NULL, NULL, x'01', '0', 21000, 1.0,
    'succeeded');
INSERT INTO attempts VALUES (2, 2, '0xcd', x'02', '100', '10', 1.0, 2.0);
INSERT INTO outcomes VALUES (2, '0xcd', 7, '0xb', 1, 21000, '5', '0', 2.0);
""" % (ALICE.signer, ALICE.signer)  # noqa: UP031 (braces stand in it)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.db"


def differences(database):
    with database.read() as connection:
        return compare_metadata(MigrationContext.configure(connection), metadata)


def shown(part):
    """One column, constraint or index; the condition of an index as its text."""
    options = {name: str(value) for name, value in part.get("dialect_options", {}).items()}
    return repr(part | {"dialect_options": options})


def layout(database):
    """Everything that a database says of its tables, in an order of its own."""
    with database.read() as connection:
        found = sql.inspect(connection)
        return {
            table: {
                what: sorted(map(shown, getattr(found, f"get_{what}")(table)))
                for what in ("columns", "check_constraints", "foreign_keys", "indexes")
            }
            | {"key": found.get_pk_constraint(table), "unique": found.get_unique_constraints(table)}
            for table in found.get_table_names()
        }


def test_the_migrations_lead_to_the_tables_that_a_new_database_begins_with(path, tmp_path):
    with sqlite3.connect(path) as old:
        old.executescript(FIRST_TABLES)
    old.close()

    with Database(path) as migrated, Database(tmp_path / "new.db") as created:
        assert differences(migrated) == differences(created) == []
        assert layout(migrated) == layout(created)
        assert layout(created)["alembic_version"]


def test_the_newest_migration_is_the_revision_that_the_program_names():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config)

    assert script.get_current_head() == REVISION
    assert script.get_base() == FIRST


def test_a_journal_of_the_first_revision_is_brought_up_to_date_with_its_rows(path):
    with sqlite3.connect(path) as old:
        old.executescript(FIRST_TABLES)
    old.close()

    with Database(path) as database:
        journal = Journal(database)
        (open_one,) = journal.unfinished(ALICE)

        assert differences(database) == []
        assert (open_one.nonce, open_one.state) == (4, IntentState.SENT)
        assert open_one.newest.purpose is Purpose.ACT
        assert journal.effective(ALICE, Subject("mint")) == "0xcd"
        with database.read() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
            assert not sql.inspect(connection).has_table("schema_version")


def test_a_migration_that_is_interrupted_leaves_the_old_tables(path, monkeypatch):
    with sqlite3.connect(path) as old:
        old.executescript(FIRST_TABLES + "CREATE TABLE leases (token INTEGER);")
    old.close()

    with pytest.raises(StoreError, match="leases already exists"):
        Database(path)

    with sqlite3.connect(path) as old:
        assert old.execute("SELECT version FROM schema_version").fetchall() == [(1,)]
        assert old.execute("SELECT count(*) FROM intents").fetchall() == [(2,)]
        with pytest.raises(sqlite3.IntegrityError):
            old.execute("UPDATE intents SET state = 'mined'")
    old.close()


def test_a_newer_journal_is_refused_with_what_to_do(path):
    with Database(path) as database, database.write() as connection:
        connection.execute(sql.text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreError, match=r"revision 9999; .* use the version .* that wrote it"):
        Database(path)


def test_foreign_keys_hold_after_a_migration(path):
    orphan = sql.text(
        "INSERT INTO attempts (intent_id, transaction_hash, signed, max_fee, priority_fee, "
        "signed_at) VALUES (99, '0x1', '', '1', '1', 1)"
    )
    with (
        Database(path) as database,
        pytest.raises(StoreError, match="FOREIGN KEY"),
        database.write() as connection,
    ):
        connection.execute(orphan)
