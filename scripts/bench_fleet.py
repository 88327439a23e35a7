"""Speed of deciding for a thousand vaults of eight assets, from the bytes that a lens answers with.

Each vault is on its targets, or off them by up to a half of each. Its base asset trades with all
others, both ways, and four more pairs trade as well. Quotes are values, sampled at the sizes that
the keeper asks for.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eth_abi.abi import encode
from eth_typing import ChecksumAddress, HexStr
from eth_utils.abi import collapse_if_tuple
from eth_utils.address import to_checksum_address
from trimtab.chain.answers import Block
from trimtab.chain.contracts import interface
from trimtab.chain.many import VaultReader
from trimtab.chain.node import Node
from trimtab.chain.quotes import SIZE_FRACTIONS
from trimtab.domain.quotes import QuoteCurve
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.domain.units import PRICE_SCALE, WAD
from trimtab.executor.clock import SystemClock
from trimtab.keeper.fleet import Fleet, Ledger, Post, Squad
from trimtab.keeper.keeper import Keeper
from trimtab.keeper.result import StepResult
from trimtab.keeper.schedule import Bounds, Pauses
from trimtab.planner.plan import plan
from trimtab.planner.terms import NoPlan, PlanTerms
from trimtab.policy.decide import decide
from trimtab.policy.decision import Rebalance
from trimtab.policy.rules import Policy
from trimtab.store.database import Database
from trimtab.store.decisions import Decisions

VAULTS, ASSETS = 1000, 8
TIME = 1_800_000_000
BLOCK = Block(7, HexStr("0x" + "ab" * 32), HexStr("0x" + "00" * 32), TIME, 30_000_000, 7)
LENS = to_checksum_address("0x" + "11" * 20)
ORACLE = to_checksum_address("0x" + "22" * 20)
ROOM = 125_000 * WAD
"""Value of each asset at its target."""
DEPTH = 10**26
"""Value on each side of every pool, in WAD."""
POLICY, TERMS = Policy(cost_multiple=0), PlanTerms(gas_value=1e-6)
"""Gas at 0.5 gwei and a native coin of 2,000."""
CROSS = ((1, 2), (3, 4), (5, 6), (7, 1))
"""Pairs that trade beside those with the base asset."""


class LensNode:
    """A node whose only contract is a lens; it answers from rows that were encoded before."""

    name, pins_by_hash = "bench", True

    def __init__(self, views: list[dict[str, Any]], summaries: list[dict[str, Any]]) -> None:
        lens = interface("IVaultLens")
        self._read, self._summaries = lens.function("read"), lens.function("summaries")
        self._views, self._rows = views, summaries
        self._answers: dict[tuple[bytes, int, int], str] = {}
        self.requests = 0

    def request(self, method: str, params: list[Any]) -> object:
        """The answer; every request is counted."""
        self.requests += 1
        if method == "eth_chainId":
            return "0x1"
        if method == "eth_getBlockByNumber":
            return {
                "number": hex(BLOCK.number),
                "hash": BLOCK.hash,
                "parentHash": BLOCK.parent_hash,
                "timestamp": hex(BLOCK.timestamp),
                "gasLimit": hex(BLOCK.gas_limit),
            }
        data = bytes.fromhex(params[0]["data"][2:])
        count = int.from_bytes(data[68:100], "big")
        first = int.from_bytes(data[100:132], "big") - 1
        return self._answer(data[:4], first, count)

    def _answer(self, selector: bytes, first: int, count: int) -> str:
        key = (selector, first, count)
        if key not in self._answers:
            self._answers[key] = self._encoded(selector, slice(first, first + count))
        return self._answers[key]

    def _encoded(self, selector: bytes, which: slice) -> str:
        if selector == self._summaries.selector:
            found = (BLOCK.number, TIME, self._rows[which])
            return _hex(self._summaries.outputs, found)
        results = [{"ok": True, "failure": b"", "data": view} for view in self._views[which]]
        return _hex(self._read.outputs, (BLOCK.number, TIME, tokens(), results))


def _hex(outputs: tuple[Any, ...], values: tuple[Any, ...]) -> str:
    types = [collapse_if_tuple(dict(output)) for output in outputs]
    return "0x" + encode(types, [_plain(o, v) for o, v in zip(outputs, values, strict=True)]).hex()


def _plain(component: Any, value: Any) -> Any:
    """A dictionary as the tuple that an encoder takes."""
    kind = component["type"]
    if kind.endswith("[]"):
        inner = {**component, "type": kind[:-2]}
        return [_plain(inner, item) for item in value]
    if kind == "tuple":
        return tuple(_plain(part, value[part["name"]]) for part in component["components"])
    return value


def tokens() -> list[dict[str, Any]]:
    """Eight tokens of 18 decimals worth one unit of account each."""
    return [
        {
            "token": f"0x{0x7000 + i:040x}",
            "oracle": ORACLE,
            "symbol": f"T{i}",
            "decimals": 18,
            "price": PRICE_SCALE,
            "secondPrice": 0,
            "priceStatus": 0,
            "priceUpdatedAt": TIME - 60,
            "heartbeat": 3600,
            "deviation": WAD // 200,
        }
        for i in range(ASSETS)
    ]


def views(*, drifted: bool) -> list[dict[str, Any]]:
    """A thousand vaults, on their targets or off them."""
    rng = random.Random(7)  # noqa: S311 (a market, not a secret)
    return [_view(number, rng, drifted=drifted) for number in range(1, VAULTS + 1)]


def _view(number: int, rng: random.Random, *, drifted: bool) -> dict[str, Any]:
    held = [
        int(ROOM * (1 + (rng.uniform(-0.5, 0.5) if drifted else rng.uniform(-0.02, 0.02))))
        for _ in range(ASSETS)
    ]
    nav = sum(held)
    drift = sum(abs(value * WAD // nav - WAD // ASSETS) for value in held) // 2
    address = f"0x{number:040x}"
    words = {"vault": address, "mandate": address, "oracle": ORACLE}
    words |= {"name": f"Vault {number}", "symbol": f"V{number}"}
    numbers = {"totalSupply": nav, "nav": nav, "totalDrift": drift, "nonce": 3}
    numbers |= {"reason": int(drifted), "blocker": int(not drifted), "readyAt": 0}
    numbers |= {"lossLeft": WAD // 100, "turnoverLeft": WAD // 2}
    times = dict.fromkeys(("keeperAt", "publicAt", "pokedAt", "pausedUntil"), 0)
    times |= {"scheduleStart": 0, "scheduleEnd": 0}
    flags = {"onlyToBase": False, "isKeeper": True, "weightsFrozen": False}
    assets = [_asset(position, value) for position, value in enumerate(held)]
    return words | numbers | times | flags | {"limits": _limits(), "assets": assets}


def _asset(position: int, value: int) -> dict[str, Any]:
    return {
        "token": position,
        "writtenOff": False,
        "recorded": value,
        "owed": 0,
        "unvested": 0,
        "balance": value,
        "value": value,
        "target": WAD // ASSETS,
        "endTarget": WAD // ASSETS,
        "band": WAD * 3 // 100,
        "hardBand": WAD * 8 // 100,
    }


def _limits() -> dict[str, int]:
    parts = interface("IVaultLens").function("read").outputs[3]["components"]
    view = next(part for part in parts if part["name"] == "data")
    limits = next(part for part in view["components"] if part["name"] == "limits")
    wide = {"lossCapacity", "turnoverCapacity", "slippage", "publicSlippage"}
    return {
        part["name"]: WAD // 100 if part["name"] in wide else 0 for part in limits["components"]
    }


def summaries(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the lens says of the same vaults in brief."""
    names = ("nav", "totalSupply", "totalDrift", "reason", "blocker", "readyAt", "nonce")
    return [{"ok": True} | {name: view[name] for name in names} for view in found]


def addresses() -> list[ChecksumAddress]:
    """The vaults."""
    return [to_checksum_address(f"0x{number:040x}") for number in range(1, VAULTS + 1)]


def curves(snapshot: VaultSnapshot) -> list[QuoteCurve]:
    """What every route from a seller to a buyer pays, in pools of a fee of 5 bp."""
    pairs = [(0, i) for i in range(1, ASSETS)] + list(CROSS)
    routes = [pair for a, b in pairs for pair in ((a, b), (b, a))]
    target = snapshot.nav // ASSETS
    found = []
    for route_id, (sold, bought) in enumerate(routes):
        room = snapshot.holdings[sold].value - target
        if room > 0 > snapshot.holdings[bought].value - target:
            sizes = tuple(room * part // whole for part, whole in SIZE_FRACTIONS)
            outs = tuple(DEPTH * 9995 * x // (DEPTH * 10_000 + 9995 * x) for x in sizes)
            found.append(QuoteCurve(route_id, sold, bought, sizes, outs, 110_000))
    return found


def plans_of_a_thousand() -> float:
    """CPU seconds from the bytes of a lens's answers to plans for a thousand vaults."""
    node = LensNode(views(drifted=True), [])
    # The answers are encoded here, before the clock starts; nothing else is kept of this read.
    reader = VaultReader(Node(node), LENS, LENS)
    known = {one.vault: curves(one) for one in _snapshots(reader)}
    node.requests = 0
    started = time.process_time()
    planned = 0
    for snapshot in _snapshots(VaultReader(Node(node), LENS, LENS)):
        decision = decide(snapshot, None, POLICY)
        if isinstance(decision, Rebalance):
            answer = plan(snapshot, decision.destination, known[snapshot.vault], TERMS)
            planned += not isinstance(answer, NoPlan)
    seconds = time.process_time() - started
    if planned < VAULTS * 9 // 10:
        raise SystemExit(f"{planned} of {VAULTS} vaults got a plan, expected nearly all")
    return seconds


def _snapshots(reader: VaultReader) -> list[VaultSnapshot]:
    found = reader.snapshots(addresses(), BLOCK)
    return [one for one in found if isinstance(one, VaultSnapshot)]


def requests_of_a_block() -> int:
    """JSON-RPC calls on a block on which all thousand vaults are read and none is due."""
    node = LensNode([], summaries(views(drifted=False)))
    with Database(None) as database:
        fleet, posts = _fleet(node, database)
        for post in posts:
            post.keeper, post.bounds, post.bounds_at = _Idle(), CALM_BOUNDS, TIME
        Node(node).head()
        turn = fleet.step(BLOCK)
    if turn.looked != VAULTS or turn.failures or turn.results:
        raise SystemExit(f"{turn.looked} vaults were looked at, expected {VAULTS} calm ones")
    return node.requests


class _Idle(Keeper):
    """A keeper that must not be asked."""

    def __init__(self) -> None:
        """Without anything to work with."""

    def step(self, head: Block) -> StepResult:
        """Nothing is due, so nobody asks."""
        raise AssertionError(f"asked at block {head.number}")


CALM_BOUNDS = Bounds(band=WAD * 3 // 100, moves_until=0, speed=0, period=0, anchor=0, floor=0)


def _fleet(node: LensNode, database: Database) -> tuple[Fleet, list[Post]]:
    posts = [Post(vault, lambda _: _Idle()) for vault in addresses()]
    ledger = Ledger(Decisions(database), SystemClock(), 1)
    squad = Squad(VaultReader(Node(node), LENS, LENS), posts)
    return Fleet([squad], ledger, pauses=Pauses()), posts


def memory_of_a_thousand() -> float:
    """Resident megabytes of a process that keeps a thousand vaults, all of the keeper loaded."""
    import_module("trimtab.cli.fleet")
    found = views(drifted=False)
    node = LensNode(found, summaries(found))
    with TemporaryDirectory() as folder, Database(Path(folder) / "fleet.sqlite") as database:
        fleet, posts = _fleet(node, database)
        for _ in range(3):
            for post in posts:
                post.next_look = 0
            fleet.step(BLOCK)
    return _resident()


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def measure() -> dict[str, float]:
    """Every figure, each in a process of its own: nothing that another left is in its memory."""
    done = subprocess.run(  # noqa: S603 (this very file)
        [sys.executable, __file__, "memory"], capture_output=True, text=True, check=True
    )
    return {
        "plan_1000_s": round(plans_of_a_thousand(), 3),
        "requests_per_block": requests_of_a_block(),
        "memory_1000_mb": round(float(json.loads(done.stdout)), 1),
    }


if __name__ == "__main__":
    print(json.dumps(memory_of_a_thousand() if sys.argv[1:] == ["memory"] else measure()))
