"""Speed of one keeper on anvil: from a new block to a broadcast, idling, starting up."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

import bench_fleet
from eth_typing import ChecksumAddress
from trimtab.chain.node import Node
from trimtab.chain.quotes import Quoters
from trimtab.chain.transport import HttpTransport
from trimtab.domain.units import DAY
from trimtab.executor.clock import SystemClock
from trimtab.executor.executor import Executor
from trimtab.executor.fees import HistoryFees
from trimtab.executor.means import Means, Patience
from trimtab.executor.signer import LocalSigner
from trimtab.keeper.keeper import Charge, Instruments, Keeper
from trimtab.keeper.market import ChainMarket, FixedNativePrice
from trimtab.keeper.result import Action
from trimtab.local.accounts import local_accounts
from trimtab.local.anvil import AnvilChain
from trimtab.local.blueprint import Blueprint
from trimtab.local.chain import GENESIS_TIMESTAMP
from trimtab.local.prices import PriceHistory
from trimtab.local.world import SETUP_SECONDS, LocalWorld, build_local_world
from trimtab.policy.rules import Policy
from trimtab.store.database import Database
from trimtab.store.decisions import Decisions
from trimtab.store.journal import Journal
from web3.types import RPCEndpoint

POLICY = Policy(cost_multiple=0)
"""Whatever the vault allows is worth it."""

START_SECONDS = 60.0
"""How long a keeper may take to be ready before the measurement is given up."""


class Stopwatch:
    """A node's transport that adds up the time spent waiting for it."""

    pins_by_hash = True

    def __init__(self, url: str) -> None:
        self._inner = HttpTransport(url)
        self.name, self.waited, self.sent_at = self._inner.name, 0.0, 0.0

    def start(self) -> None:
        """Begin anew."""
        self.waited = self.sent_at = 0.0

    def request(self, method: str, params: list[Any]) -> object:
        """The answer, and how long it took."""
        started = time.perf_counter()
        if method == "eth_sendRawTransaction":
            self.sent_at = started
        try:
            return self._inner.request(method, params)
        finally:
            self.waited += time.perf_counter() - started if not self.sent_at else 0.0


@dataclass(frozen=True, slots=True)
class OneVault:
    """A vault on anvil, what its keeper is made of, and a market that can be moved."""

    world: LocalWorld
    url: str
    database: Database

    def keeper(self, transport: Stopwatch) -> Keeper:
        """A live keeper that signs here and commits to the disk."""
        record, account = self.world.record, local_accounts().keeper
        node, fees = Node(transport), HistoryFees(10**12)
        signer = LocalSigner(account.key)
        means = Means(node, Journal(self.database), signer, fees, SystemClock())
        quoters = Quoters({record.contract("UniswapV3Venue"): self.quoter})
        charge = Charge(
            vault=record.vault,
            lens=record.contract("VaultLens"),
            caller=account.address,
            policy=POLICY,
            quoters=quoters,
        )
        instruments = Instruments(
            node=node,
            market=ChainMarket(node, fees, FixedNativePrice(2000.0)),
            decisions=Decisions(self.database),
            clock=SystemClock(),
            executor=Executor(means, Patience(poll=0.01, wait=5.0)),
        )
        return Keeper(charge, instruments)

    @property
    def quoter(self) -> ChecksumAddress:
        """Uniswap's quoter on this chain."""
        found = self.world.record.quoter
        if found is None:
            raise SystemExit("the local world has no quoter")
        return found

    def move(self, number: int) -> None:
        """Put the market ten days on, ETH up by a third or back: the buckets are full again."""
        self._mine_at_once(False)
        self.world.chain.set_next_timestamp(self.world.chain.timestamp() + 10 * DAY)
        prices = {"USDC": Fraction(1), "BTC": Fraction(30_000)}
        self.world.market.step(prices | {"ETH": Fraction(2_700 if number % 2 else 2_000)})
        self._mine_at_once(True)

    def _mine_at_once(self, wanted: bool) -> None:
        """Have anvil mine what it is sent; the market mines by itself, at a time it chooses."""
        self.world.chain.provider.make_request(RPCEndpoint("evm_setAutomine"), [wanted])


@contextmanager
def one_vault() -> Iterator[OneVault]:
    """A vault of three assets on anvil, with a journal on the disk."""
    start = GENESIS_TIMESTAMP + SETUP_SECONDS
    history = PriceHistory((start,), ("USDC", "BTC", "ETH"), ((1.0, 30_000.0, 2_000.0),))
    with (
        AnvilChain(GENESIS_TIMESTAMP) as chain,
        TemporaryDirectory() as folder,
        Database(Path(folder) / "keeper.sqlite") as database,
    ):
        world = build_local_world(chain, history, Blueprint((0.4, 0.3, 0.3)))
        yield OneVault(world, chain.url, database)


def block_to_broadcast(vault: OneVault, *, times: int = 7) -> float:
    """Median milliseconds from a new block to its transaction's broadcast, without the node's."""
    spent = []
    transport = Stopwatch(vault.url)
    keeper = vault.keeper(transport)
    for number in range(1, times + 1):
        vault.move(number)
        head = Node(transport).head()
        transport.start()
        started = time.perf_counter()
        result = keeper.step(head)
        if result.action is not Action.REBALANCE:
            raise SystemExit(f"the keeper chose to {result.action}: {result.sentence}")
        spent.append(transport.sent_at - started - transport.waited)
    return 1000 * median(spent)


def idle_cpu(vault: OneVault, *, blocks: int = 30) -> float:
    """CPU milliseconds of this process for a block on which nothing is due."""
    transport = Stopwatch(vault.url)
    keeper = vault.keeper(transport)
    spent = []
    for _ in range(blocks):
        vault.world.chain.mine()
        started = time.process_time()
        result = keeper.step(Node(transport).head())
        spent.append(time.process_time() - started)
        if result.action is not Action.HOLD:
            raise SystemExit(f"the keeper chose to {result.action}: {result.sentence}")
    return 1000 * median(spent)


def start_up(vault: OneVault) -> tuple[float, float]:
    """Seconds from starting the installed program to its saying that it is ready: all, and CPU."""
    with socket.socket() as probe, TemporaryDirectory() as folder:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
        probe.close()
        file = Path(folder) / "trimtab.toml"
        file.write_text(_settings(vault, port), encoding="utf-8")
        key = local_accounts().keeper.key.hex()
        started = time.perf_counter()
        with subprocess.Popen(  # noqa: S603 (the program beside this interpreter)
            [Path(sys.executable).parent / "trimtab", "keeper", "run", "--live", "-c", file],
            env=os.environ | {"TRIMTAB_KEY": key},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                _wait_until_ready(f"http://127.0.0.1:{port}/readyz", started)
                return time.perf_counter() - started, _cpu_seconds(process.pid)
            finally:
                process.terminate()


def _cpu_seconds(process: int) -> float:
    """What a process has used of the processor so far."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wait_until_ready(url: str, started: float) -> None:
    while time.perf_counter() - started < START_SECONDS:
        with suppress(OSError), urlopen(url, timeout=1):  # noqa: S310 (this machine)
            return
        time.sleep(0.02)
    raise SystemExit(f"the keeper was not ready after {START_SECONDS:.0f} s")


def _settings(vault: OneVault, port: int) -> str:
    record = vault.world.record
    return (
        f'[node]\nurl = "{vault.url}"\nchain_id = {record.chain_id}\n'
        f'[vault]\naddress = "{record.vault}"\nlens = "{record.contract("VaultLens")}"\n'
        f'quoter = "{vault.quoter}"\n[keys]\nkey_variable = "TRIMTAB_KEY"\n'
        f'[keeper]\nnative_price = 2000\ninterval = "1 s"\n'
        f'[monitor]\nlisten = "127.0.0.1:{port}"\nhead_age = "10000 d"\n'
    )


def measure() -> dict[str, float]:
    """Every figure of the keeper."""
    figures = bench_fleet.measure()
    with one_vault() as vault:
        figures["block_to_broadcast_ms"] = round(block_to_broadcast(vault), 1)
        figures["idle_cpu_ms"] = round(idle_cpu(vault), 2)
        starts = sorted(start_up(vault) for _ in range(3))
        figures["start_up_s"], figures["start_up_cpu_s"] = (round(part, 2) for part in starts[1])
    return figures


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
