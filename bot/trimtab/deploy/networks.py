"""Public networks: where Uniswap, tokens and price feeds live on each."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

from trimtab.domain.units import WAD
from trimtab.errors import BadInput, InvariantError

LATENESS = 24
"""Part of its heartbeat by which a feed may be late before its price is refused."""

LEAST_LATENESS = 300
"""Seconds by which any feed may be late: a transaction of its network can wait for blocks."""


@dataclass(frozen=True, slots=True)
class FeedPreset:
    """A price feed.

    Attributes
    ----------
    description
        What it calls itself.
    address, decimals
        Its proxy, and the decimals of its answers.
    heartbeat
        Longest time between two answers, in seconds, or None if unknown.
    deviation
        Move at which it updates, in WAD, or None if unknown.
    min_price, max_price
        Plausible answers lie strictly between these, in units of account.
    """

    description: str
    address: str
    decimals: int
    heartbeat: int | None
    deviation: int | None
    min_price: Decimal
    max_price: Decimal

    @property
    def oldest_answer(self) -> int | None:
        """Age at which an answer is refused, in seconds: the heartbeat and some lateness."""
        if self.heartbeat is None:
            return None
        return self.heartbeat + max(LEAST_LATENESS, self.heartbeat // LATENESS)


@dataclass(frozen=True, slots=True)
class TokenPreset:
    """A token, and the feed that prices it, if there is one."""

    symbol: str
    address: str
    decimals: int
    feed: FeedPreset | None


@dataclass(frozen=True, slots=True)
class UniswapPreset:
    """Uniswap V3's factory, SwapRouter02, QuoterV2 and position manager; V4's PoolManager."""

    factory: str
    router: str
    quoter: str
    positions: str
    pool_manager: str | None = None


@dataclass(frozen=True, slots=True)
class L1Fee:
    """How a rollup charges for data on Ethereum.

    Attributes
    ----------
    model
        `optimism`: beside gas, as the contract says; `arbitrum`: inside the gas of an estimate.
    contract
        The contract that knows the fee.
    """

    model: str
    contract: str


@dataclass(frozen=True, slots=True)
class Network:
    """A public network.

    Attributes
    ----------
    name, title
        What it is called on the command line, and in words.
    chain_id, testnet
        Its id, and whether its money is worth nothing.
    native, wrapped_native
        Symbols of its currency and of the token that wraps it.
    confirmations
        Blocks after which a transaction is taken for lasting.
    explorer, explorer_api
        Addresses of a block explorer and of its API.
    sequencer_feed
        Uptime feed of a rollup's sequencer, or None.
    uniswap, l1_fee
        Uniswap; and what a rollup charges for data, or None.
    tokens
        By symbol.
    """

    name: str
    title: str
    chain_id: int
    testnet: bool
    native: str
    wrapped_native: str
    confirmations: int
    explorer: str
    explorer_api: str
    sequencer_feed: str | None
    uniswap: UniswapPreset
    l1_fee: L1Fee | None
    tokens: Mapping[str, TokenPreset]


def network_names() -> tuple[str, ...]:
    """Names of all networks that are known, sorted."""
    folder = files("trimtab.deploy").joinpath("networks")
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir()))


def load_network(name: str) -> Network:
    """The network called `name`.

    Raises
    ------
    BadInput
        If none is; the message lists those that are.
    """
    if name not in network_names():
        raise BadInput(f'no network "{name}"; expected one of {", ".join(network_names())}')
    text = files("trimtab.deploy").joinpath(f"networks/{name}.toml").read_text(encoding="utf-8")
    return parse_network(name, text)


def network_of(chain_id: int) -> Network | None:
    """The network with this chain id, if it is known."""
    found = (load_network(name) for name in network_names())
    return next((network for network in found if network.chain_id == chain_id), None)


def parse_network(name: str, text: str) -> Network:
    """A network from the text of its file.

    Raises
    ------
    InvariantError
        If the text is not what the schema says.
    """
    content = tomllib.loads(text, parse_float=Decimal)
    faults = [f"{error.json_path}: {error.message}" for error in _validator().iter_errors(content)]
    if faults:
        raise InvariantError(f"network {name}: " + "; ".join(faults))
    feeds = {words: _feed(words, entry) for words, entry in content.pop("feeds").items()}
    uniswap = UniswapPreset(**content.pop("uniswap"))
    l1_fee = L1Fee(**content.pop("l1_fee")) if "l1_fee" in content else None
    tokens = {symbol: _token(symbol, e, feeds) for symbol, e in content.pop("tokens").items()}
    sequencer = content.pop("sequencer_feed", None)
    return Network(
        name=name,
        sequencer_feed=sequencer,
        uniswap=uniswap,
        l1_fee=l1_fee,
        tokens=tokens,
        **content,
    )


def _token(symbol: str, entry: Mapping[str, Any], feeds: Mapping[str, FeedPreset]) -> TokenPreset:
    feed = entry.get("feed")
    if feed is not None and feed not in feeds:
        raise InvariantError(f"tokens.{symbol}.feed: there is no feed {feed}")
    return TokenPreset(symbol, entry["address"], entry["decimals"], feeds.get(str(feed)))


def _feed(description: str, entry: Mapping[str, Any]) -> FeedPreset:
    deviation = entry.get("deviation_percent")
    return FeedPreset(
        description=description,
        address=entry["address"],
        decimals=entry["decimals"],
        heartbeat=entry.get("heartbeat_seconds"),
        deviation=None if deviation is None else int(Decimal(deviation) * (WAD // 100)),
        min_price=Decimal(entry["min_price"]),
        max_price=Decimal(entry["max_price"]),
    )


@cache
def _validator() -> Draft202012Validator:
    schema = json.loads(files("trimtab.deploy").joinpath("schema/network.json").read_text())
    return Draft202012Validator(schema)
