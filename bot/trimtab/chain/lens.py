"""Vaults at one pinned block, read through the lens contract in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeVar

from eth_typing import ChecksumAddress

from trimtab.chain.answers import MAX_TEXT, MAX_TIME, Block, shown
from trimtab.chain.contracts import Interface, interface
from trimtab.chain.node import Call, Node
from trimtab.chain.reverts import decode_revert
from trimtab.domain.snapshot import (
    Blocker,
    Holding,
    Limits,
    PriceStatus,
    Reason,
    Route,
    VaultSnapshot,
    VaultSummary,
)
from trimtab.domain.units import PRICE_SCALE, WAD
from trimtab.errors import CallReverted, NodeAnsweredWrongly

MAX_ASSETS = 16
"""Most assets a vault can hold (`MAX_ASSETS` in Types.sol)."""

MAX_DECIMALS = 77
"""Largest decimals an amount in 256 bits can have."""

MAX_ROUTES = 4096
"""Most routes that are believed of one mandate."""

BYTES_PER_VAULT = 64 * 1024
"""Longest answer that is decoded for one vault: sixteen assets need a fifth of it."""

E = TypeVar("E", bound=IntEnum)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A vault that could not be read, and why."""

    vault: ChecksumAddress
    sentence: str


def read_snapshot(
    node: Node,
    lens: ChecksumAddress,
    *,
    vault: ChecksumAddress,
    caller: ChecksumAddress,
    block: Block,
) -> VaultSnapshot:
    """One vault at one block.

    Parameters
    ----------
    node, lens
        The node, and the lens contract on its chain.
    vault
        The vault.
    caller
        Whose right to rebalance is reported.
    block
        The block that is read.

    Raises
    ------
    NoContract
        If the lens or the vault has no code.
    CallReverted
        If the vault cannot be read.
    BlockMoved
        If the block left the chain meanwhile.
    NodeAnsweredWrongly
        If the answer is not a view of this vault.
    """
    view = interface("IVaultLens")
    try:
        data = _ask(node, lens, view.encode("readOne", vault, caller), block)
    except CallReverted:
        node.require_code(vault, "the vault", at=block)
        raise
    _require_length(data, 1)
    node.confirm(block)
    found = view.decode("readOne", data)
    where = _Where(node.chain_id(), block, caller)
    return _snapshot(found["found"], found["tokens"], vault, where)


def read_snapshots(
    node: Node,
    lens: ChecksumAddress,
    *,
    vaults: Sequence[ChecksumAddress],
    caller: ChecksumAddress,
    block: Block,
) -> list[VaultSnapshot | Unreadable]:
    """Many vaults at one block, in the order given, in one call.

    A vault that cannot be read, or whose view contradicts itself, does not spoil the others.

    Raises
    ------
    NoContract, BlockMoved, NodeAnsweredWrongly
        As `read_snapshot`.
    """
    view = interface("IVaultLens")
    chain_id = node.chain_id()
    data = _ask(node, lens, view.encode("read", list(vaults), caller), block)
    _require_length(data, len(vaults) + 1)
    found = view.decode("read", data)
    node.confirm(block)
    if found["timestamp"] != block.timestamp:
        raise NodeAnsweredWrongly("the time in the lens", found["timestamp"], block.timestamp)
    results = found["results"]
    if len(results) != len(vaults):
        raise NodeAnsweredWrongly("number of vault views", len(results), len(vaults))
    where = _Where(chain_id, block, caller)
    return [
        _result(item, found["tokens"], vault, where)
        for item, vault in zip(results, vaults, strict=True)
    ]


def read_summaries(
    node: Node,
    lens: ChecksumAddress,
    *,
    vaults: Sequence[ChecksumAddress],
    caller: ChecksumAddress,
    block: Block,
) -> list[VaultSummary | Unreadable]:
    """What is due for many vaults at one block, in the order given.

    A vault that cannot be read, or whose summary contradicts itself, does not spoil the others.
    Takes less than half of the gas of `read_snapshots`: enough to choose where to look closer.

    Raises
    ------
    NoContract, BlockMoved, NodeAnsweredWrongly
        As `read_snapshot`.
    """
    view = interface("IVaultLens")
    data = _ask(node, lens, view.encode("summaries", list(vaults), caller), block)
    _require_length(data, len(vaults) + 1)
    found = view.decode("summaries", data)
    node.confirm(block)
    if found["timestamp"] != block.timestamp:
        raise NodeAnsweredWrongly("the time in the lens", found["timestamp"], block.timestamp)
    if len(found["found"]) != len(vaults):
        raise NodeAnsweredWrongly("number of summaries", len(found["found"]), len(vaults))
    return [
        _summary_or_why(item, vault) for item, vault in zip(found["found"], vaults, strict=True)
    ]


def _summary_or_why(item: dict[str, Any], vault: ChecksumAddress) -> VaultSummary | Unreadable:
    if not item["ok"]:
        return Unreadable(vault, f"the vault {vault} cannot be read")
    try:
        return _summary(item, vault)
    except NodeAnsweredWrongly as fault:
        return Unreadable(vault, f"the vault {vault} contradicts itself: {fault}")


def _summary(view: dict[str, Any], vault: ChecksumAddress) -> VaultSummary:
    return VaultSummary(
        vault=vault,
        nav=view["nav"],
        total_supply=view["totalSupply"],
        total_drift=_at_most(view["totalDrift"], WAD, "total drift"),
        reason=_member(Reason, view["reason"]),
        blocker=_member(Blocker, view["blocker"]),
        ready_at=view["readyAt"],
        nonce=view["nonce"],
    )


def read_routes(
    node: Node, lens: ChecksumAddress, *, vault: ChecksumAddress, block: Block
) -> tuple[Route, ...]:
    """All routes of a vault's mandate at one block, removed ones included; position is id.

    Raises
    ------
    NoContract, CallReverted, BlockMoved, NodeAnsweredWrongly
        As `read_snapshot`.
    """
    view = interface("IVaultLens")
    data = _ask(node, lens, view.encode("routes", vault), block)
    node.confirm(block)
    _require_length(data, 64)
    found = _only(view, "routes", data)
    if len(found) > MAX_ROUTES:
        raise NodeAnsweredWrongly("number of routes", len(found), f"at most {MAX_ROUTES}")
    return tuple(_route(route_id, item) for route_id, item in enumerate(found))


@dataclass(frozen=True, slots=True)
class _Where:
    chain_id: int
    block: Block
    caller: ChecksumAddress


def _ask(node: Node, lens: ChecksumAddress, calldata: bytes, block: Block) -> bytes:
    data = node.call(Call(lens, calldata), at=block)
    if not data:
        node.require_code(lens, "the vault lens", at=block)
    return data


def _require_length(data: bytes, vaults: int) -> None:
    """Refuse an answer that is longer than so many views can be, before it is decoded."""
    limit = BYTES_PER_VAULT * vaults
    if len(data) > limit:
        raise NodeAnsweredWrongly("vault views", f"{len(data)} bytes", f"at most {limit} bytes")


def _only(view: Interface, function: str, data: bytes) -> Any:
    return next(iter(view.decode(function, data).values()))


def _result(
    item: dict[str, Any], tokens: Sequence[dict[str, Any]], vault: ChecksumAddress, where: _Where
) -> VaultSnapshot | Unreadable:
    if not item["ok"]:
        revert = decode_revert(item["failure"])
        return Unreadable(vault, f"the vault {vault} cannot be read: {revert.sentence}")
    try:
        return _snapshot(item["data"], tokens, vault, where)
    except NodeAnsweredWrongly as fault:
        return Unreadable(vault, f"the vault {vault} contradicts itself: {fault}")


def _snapshot(
    view: dict[str, Any],
    tokens: Sequence[dict[str, Any]],
    vault: ChecksumAddress,
    where: _Where,
) -> VaultSnapshot:
    if view["vault"] != vault:
        raise NodeAnsweredWrongly("address in the vault view", view["vault"], vault)
    assets = view["assets"]
    if not 2 <= len(assets) <= MAX_ASSETS:
        raise NodeAnsweredWrongly("number of assets", len(assets), f"2 to {MAX_ASSETS}")
    snapshot = VaultSnapshot(
        chain_id=where.chain_id,
        block_number=where.block.number,
        block_hash=where.block.hash,
        timestamp=where.block.timestamp,
        vault=view["vault"],
        mandate=view["mandate"],
        oracle=view["oracle"],
        name=_line(view["name"]),
        symbol=_line(view["symbol"]),
        total_supply=view["totalSupply"],
        nav=view["nav"],
        total_drift=_at_most(view["totalDrift"], WAD, "total drift"),
        reason=_member(Reason, view["reason"]),
        blocker=_member(Blocker, view["blocker"]),
        ready_at=view["readyAt"],
        is_keeper=view["isKeeper"],
        nonce=view["nonce"],
        loss_left=_at_most(view["lossLeft"], WAD, "loss bucket"),
        turnover_left=_at_most(view["turnoverLeft"], WAD, "turnover bucket"),
        keeper_at=_time(view["keeperAt"], "keeperAt"),
        public_at=_time(view["publicAt"], "publicAt"),
        poked_at=_time(view["pokedAt"], "pokedAt"),
        paused_until=view["pausedUntil"],
        weights_frozen=view["weightsFrozen"],
        schedule_start=_time(view["scheduleStart"], "scheduleStart"),
        schedule_end=_time(view["scheduleEnd"], "scheduleEnd"),
        limits=_limits(view["limits"]),
        caller=where.caller,
        holdings=tuple(_holding(asset, _token_of(asset, tokens, view)) for asset in assets),
        only_to_base=view["onlyToBase"],
    )
    _check_sums(snapshot)
    return snapshot


def _limits(view: dict[str, Any]) -> Limits:
    return Limits(
        slippage=_at_most(view["slippage"], WAD, "slippage"),
        public_slippage=_at_most(view["publicSlippage"], WAD, "publicSlippage"),
        loss_capacity=view["lossCapacity"],
        loss_rate=view["lossRate"],
        turnover_capacity=view["turnoverCapacity"],
        turnover_rate=view["turnoverRate"],
        calendar_floor=view["calendarFloor"],
        weight_speed=view["weightSpeed"],
        cooldown=view["cooldown"],
        public_cooldown=view["publicCooldown"],
        calendar_period=view["calendarPeriod"],
        calendar_anchor=view["calendarAnchor"],
        notice=view["notice"],
        flow_capacity=_at_most(view["flowCapacity"], WAD, "flowCapacity"),
        drawdown=_at_most(view["drawdown"], WAD, "drawdown"),
    )


def _token_of(
    asset: dict[str, Any], tokens: Sequence[dict[str, Any]], view: dict[str, Any]
) -> dict[str, Any]:
    """The token that an asset refers to by position, priced by the vault's oracle."""
    position = _at_most(asset["token"], len(tokens) - 1, "position of a token")
    token = tokens[position]
    if token["oracle"] != view["oracle"]:
        raise NodeAnsweredWrongly("oracle of a token", token["oracle"], view["oracle"])
    return token


def _holding(view: dict[str, Any], token: dict[str, Any]) -> Holding:
    symbol = _line(token["symbol"])
    what = f"asset {symbol or token['token']}"
    written_off = view["writtenOff"]
    return Holding(
        token=token["token"],
        symbol=symbol,
        decimals=_at_most(token["decimals"], MAX_DECIMALS, f"{what}: decimals"),
        recorded=view["recorded"],
        owed=view["owed"],
        unvested=view["unvested"],
        balance=view["balance"],
        price=0 if written_off else token["price"],
        price_status=_member(PriceStatus, token["priceStatus"]),
        price_updated_at=token["priceUpdatedAt"],
        heartbeat=token["heartbeat"],
        deviation=token["deviation"],
        value=view["value"],
        target=_at_most(view["target"], WAD, f"{what}: target"),
        end_target=_at_most(view["endTarget"], WAD, f"{what}: end target"),
        band=_at_most(view["band"], WAD, f"{what}: band"),
        hard_band=_at_most(view["hardBand"], WAD, f"{what}: hard band"),
        second_price=0 if written_off else token["secondPrice"],
        written_off=written_off,
    )


def _check_sums(snapshot: VaultSnapshot) -> None:
    """Refuse a view that contradicts itself: no contract of ours answers so."""
    holdings = snapshot.holdings
    if sum(holding.target for holding in holdings) != WAD:
        targets = [holding.target for holding in holdings]
        raise NodeAnsweredWrongly("target weights", targets, f"a sum of {WAD}")
    counting = [holding for holding in holdings if not holding.written_off]
    if any(holding.price_status is not PriceStatus.OK for holding in counting):
        return
    for holding in holdings:
        value = holding.recorded * holding.price // PRICE_SCALE
        if not holding.counts_rightly or holding.value != value:
            raise NodeAnsweredWrongly(f"value of {holding.symbol}", holding.value, value)
    total = sum(holding.value for holding in holdings)
    if snapshot.nav != total:
        raise NodeAnsweredWrongly("the vault's value", snapshot.nav, total)


def _route(route_id: int, view: dict[str, Any]) -> Route:
    what = f"route {route_id}"
    return Route(
        route_id=route_id,
        venue=view["venue"],
        token_in=_at_most(view["tokenIn"], MAX_ASSETS - 1, f"{what}: tokenIn"),
        token_out=_at_most(view["tokenOut"], MAX_ASSETS - 1, f"{what}: tokenOut"),
        active=view["active"],
        payee=view["payee"],
        data=view["data"],
    )


def _at_most(value: int, maximum: int, what: str) -> int:
    if value > maximum:
        raise NodeAnsweredWrongly(what, value, f"at most {maximum}")
    return value


def _time(value: int, what: str) -> int:
    return _at_most(value, MAX_TIME, what)


def _member(enum: type[E], number: int) -> E:
    try:
        return enum(number)
    except ValueError:
        members = ", ".join(str(int(member)) for member in enum)
        raise NodeAnsweredWrongly(enum.__name__, shown(number), f"one of {members}") from None


def _line(text: str) -> str:
    """A name from a contract, as one printable line of bounded length."""
    return "".join(letter for letter in text[:MAX_TEXT] if letter.isprintable())
