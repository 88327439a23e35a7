"""A vault that needs a rebalance, a keeper's process that dies, and what must hold afterwards."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from trimtab.chain.lens import read_snapshot
from trimtab.chain.node import Node
from trimtab.errors import CallReverted
from trimtab.local.accounts import local_accounts

CHAIN_ID = 77_777
"""No network that is known: what is sent is final after 128 blocks."""

FINAL_BLOCKS = 140
PATIENCE = 90.0
"""Seconds after which what should happen is given up; a busy machine needs many of them."""

KEY_VARIABLE = "TRIMTAB_KEEPER_KEY"
"""Where a keeper finds its key: opening a keystore would take it longer than all else."""

STATES_OF_ENDS = {"succeeded", "reverted", "superseded", "cancelled"}


def until(holds, *, what, seconds=PATIENCE):
    """Wait until `holds()` is true, and return what it returned."""
    if not (found := holds_within(seconds, holds)):
        pytest.fail(f"waited {seconds:.0f} s for {what() if callable(what) else what}")
    return found


def holds_within(seconds, holds):
    """What `holds()` returns once that is true, or in the end."""
    deadline = time.monotonic() + seconds
    while not (found := holds()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


class KeeperProcess:
    """The installed `trimtab keeper run --live`."""

    def __init__(self, folder, environment):
        self.output = folder / f"keeper-{time.monotonic_ns()}.log"
        program = Path(sys.executable).with_name("trimtab")
        with self.output.open("wb") as file:
            self.process = subprocess.Popen(
                [program, "keeper", "run", "--live", "--log-json"],
                cwd=folder,
                env=environment,
                stdout=file,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )

    def said(self):
        return self.output.read_text(errors="replace")

    def says(self, words, *, seconds=PATIENCE):
        """Wait until it has said something."""
        until(
            lambda: words in self.said() or self.process.poll() is not None,
            what=lambda: f"{words!r} in:\n{self.said()}",
            seconds=seconds,
        )
        assert words in self.said(), f"ended with {self.process.returncode}: {self.said()}"
        return self

    def events(self, event):
        """Its log lines about something."""
        found = []
        for line in self.said().splitlines():
            with suppress(ValueError):
                record = json.loads(line)
                if isinstance(record, dict) and record.get("event") == event:
                    found.append(record)
        return found

    def kill(self):
        """As a power cut does."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)

    def stop(self):
        """As an operator does."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def ended(self, *, seconds=PATIENCE):
        return self.process.wait(seconds)

    def die(self):
        """The same, and it is over when this returns."""
        self.kill()
        self.process.wait()


@dataclass
class Scene:
    """One test's vault, node and keepers."""

    desk: object
    proxy: object
    folder: Path
    processes: list = field(default_factory=list)
    unwritten: list = field(default_factory=list)
    also: list = field(default_factory=list)
    leases_last: bool = False

    def __post_init__(self):
        self.journal = self.folder / "journal.sqlite"
        self.node = Node(self.desk.chain.url)
        self.account = local_accounts().keeper.address
        self.before = self.vault().nonce
        self.counted = self.node.transaction_count(self.account)
        self.watch(self.proxy)

    def watch(self, proxy):
        """Have a proxy report what is broadcast before it is in the journal (TX-2)."""
        proxy.on_broadcast = self.note_broadcast

    def note_broadcast(self, transaction_hash):
        if transaction_hash not in self.attempts():
            self.unwritten.append(transaction_hash)

    def settings(self, *proxies, keys=None):
        """A configuration file of its own for one keeper; `keys` replaces its section [keys]."""
        keys = keys or {"key_variable": KEY_VARIABLE, "key_on_any_chain": True}
        text = self.desk.config.read_text()
        record = next(self.desk.folder.glob("deployments/*/CLI.json"))
        text = text.replace(str(record.relative_to(self.desk.folder)), str(record))
        urls = json.dumps([proxy if isinstance(proxy, str) else proxy.url for proxy in proxies])
        lines = [line for line in text.splitlines() if not line.startswith(("url =", "keystore ="))]
        lines.insert(lines.index("[node]") + 1, f'urls = {urls}\ntimeout = "1 s"')
        lines.insert(lines.index("[keeper]") + 1, 'interval = "100 ms"\njournal_wait = "1 s"')
        lines.insert(
            lines.index("[keys]") + 1, "\n".join(f"{k} = {json.dumps(v)}" for k, v in keys.items())
        )
        file = self.folder / f"trimtab-{len(list(self.folder.glob('*.toml')))}.toml"
        file.write_text("\n".join(lines) + "\n")
        return file

    def start(self, file=None, **variables):
        """Start a keeper; it runs when this returns, and may not be ready yet."""
        given = {
            "TRIMTAB_CONFIG": str(file or self.settings(self.proxy)),
            KEY_VARIABLE: local_accounts().keeper.key.hex(),
            "TRIMTAB__KEEPER__JOURNAL": str(self.journal),
        }
        if not self.leases_last and all(
            process.process.poll() is not None for process in self.processes
        ):
            self.lease_ends()
        self.processes.append(KeeperProcess(self.folder, os.environ | given | variables))
        return self.processes[-1]

    def ready(self, file=None, **variables):
        return self.start(file, **variables).says("watching; Ctrl-C stops")

    def lease_ends(self):
        """Let the time pass for which a keeper that died or sleeps may still sign."""
        if not self.journal.exists():
            return
        with (
            closing(sqlite3.connect(self.journal, timeout=30)) as connection,
            suppress(sqlite3.DatabaseError),  # before the table is there, or where none can be
            connection,
        ):
            connection.execute("update leases set expires_at = 0")

    def request(self, method, *params):
        return self.desk.chain._request(method, *params)

    def mine(self, blocks=1):
        self.request("anvil_mine", hex(blocks))

    def pass_block(self):
        """A block, and time for a look at it: anvil keeps the state of each on the disk."""
        self.mine()
        time.sleep(0.5)

    def vault(self):
        record = self.desk.record
        while True:
            # While anvil mines, it may show one block's state under another one's time.
            with suppress(CallReverted):
                return read_snapshot(
                    self.node,
                    record.contract("VaultLens"),
                    vault=record.vault,
                    caller=self.account,
                    block=self.node.head(),
                )

    def rebalances(self):
        """Rebalances of the vault since the scene began."""
        return self.vault().nonce - self.before

    def mine_until_rebalanced(self):
        """On a chain that mines only when it is told to."""

        def rebalanced():
            self.mine()
            return holds_within(0.5, lambda: self.rebalances() == 1)

        until(rebalanced, what=lambda: f"a rebalance: {self.told()}")

    def rows(self, table):
        """Rows of a table, of every journal that is there."""
        return [row for journal in (self.journal, *self.also) for row in _rows(journal, table)]

    def intents(self):
        return self.rows("intents")

    def states(self):
        return [intent["state"] for intent in self.intents()]

    def attempts(self):
        return [attempt["transaction_hash"] for attempt in self.rows("attempts")]

    def until_rebalanced(self, seconds=PATIENCE):
        until(
            lambda: self.rebalances() == 1,
            what=lambda: f"a rebalance: {self.told()}",
            seconds=seconds,
        )

    def until_over(self, seconds=PATIENCE):
        """Mine until everything is final, and wait for the journal to say so."""

        def over():
            self.mine(FINAL_BLOCKS)
            return holds_within(1.0, self.is_over)

        until(over, what=lambda: f"the journal's ends: {self.told()}", seconds=seconds)

    def is_over(self):
        """Whether the journal holds something, and all of it has ended."""
        states = self.states()
        return states and set(states) <= STATES_OF_ENDS

    def told(self):
        return "\n".join(process.said()[-3000:] for process in self.processes)

    def check(self, *, succeeded=1):
        """Exactly one effect on chain, and a journal that says what the chain says."""
        assert self.rebalances() == succeeded, self.told()
        assert set(self.states()) <= STATES_OF_ENDS
        assert self.unwritten == [], "TX-2: broadcast before it was written down"
        nonces = [(intent["journal"], intent["nonce"]) for intent in self.intents()]
        assert len(nonces) == len(set(nonces)), nonces
        outcomes = self.rows("outcomes")
        worked = {
            outcome["transaction_hash"]
            for outcome in outcomes
            for intent in self.intents()
            if (intent["journal"], intent["id"]) == (outcome["journal"], outcome["intent_id"])
            and intent["state"] == "succeeded"
        }
        assert len(worked) == succeeded, (outcomes, self.told())
        for outcome in outcomes:
            receipt = self.node.receipt(outcome["transaction_hash"])
            assert receipt is not None, outcome
            assert receipt.block_hash == outcome["block_hash"]
            assert receipt.succeeded == bool(outcome["succeeded"])

    def ends_well(self, *, seconds=PATIENCE):
        """The rebalance happens, once, and becomes final."""
        self.until_rebalanced(seconds)
        self.until_over(seconds)
        self.check()

    def close(self):
        for process in self.processes:
            process.die()


def _rows(journal, table):
    if not journal.exists():
        return []
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        with suppress(sqlite3.OperationalError):  # before the tables are there
            found = connection.execute(f"select * from {table}")
            return [dict(row) | {"journal": journal.name} for row in found]
        return []
