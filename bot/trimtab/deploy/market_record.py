"""A market that was made on a testnet, as a file: where its tokens, feeds and pools are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from jsonschema import Draft202012Validator

from trimtab.deploy.mock_market import (
    MarketSpec,
    MockAsset,
    MockPool,
    market_step_data,
    pool_range,
)
from trimtab.deploy.record import write_json
from trimtab.errors import RecordError

FORMAT = 1
"""Version of the file's shape."""


@dataclass(frozen=True, slots=True)
class MarketAsset:
    """A token of the market, and the feed that prices it."""

    asset: MockAsset
    token: str
    feed: str


@dataclass(frozen=True, slots=True)
class MarketRecord:
    """A market that exists, or the one that would.

    Attributes
    ----------
    fingerprint
        Name of the specification it was made from.
    chain_id, market
        Its chain, and the contract that moves it.
    assets, pools
        What it consists of.
    """

    fingerprint: str
    chain_id: int
    market: ChecksumAddress
    assets: tuple[MarketAsset, ...]
    pools: tuple[MockPool, ...]

    def asset(self, symbol: str) -> MarketAsset | None:
        """The asset with this symbol."""
        return next((item for item in self.assets if item.asset.symbol == symbol), None)

    def move_data(self, prices: Mapping[str, Fraction]) -> bytes:
        """Calldata of the market that brings feeds and pools to these prices, by symbol."""
        ranges = tuple(
            pool_range((self._end(pool.first), self._end(pool.second)), pool.fee, prices)
            for pool in self.pools
        )
        return market_step_data(tuple(item.asset for item in self.assets), ranges, prices)

    def _end(self, position: int) -> tuple[str, MockAsset]:
        item = self.assets[position]
        return item.token, item.asset


def market_record(spec: MarketSpec, addresses: Mapping[str, str]) -> MarketRecord:
    """The record of a market whose steps created these addresses."""
    return MarketRecord(
        spec.fingerprint(),
        spec.chain_id,
        to_checksum_address(addresses["market"]),
        tuple(
            MarketAsset(asset, addresses[f"token {index}"], addresses[f"feed {index}"])
            for index, asset in enumerate(spec.assets)
        ),
        spec.pools,
    )


def market_path(record: Path) -> Path:
    """Where the market of a vault stands, beside the vault's record."""
    return record.with_name(f"{record.stem}.market.json")


def write_market(path: Path, record: MarketRecord) -> None:
    """Write the record of a market.

    Raises
    ------
    RecordError
        If it cannot be written.
    """
    content = {
        "format": FORMAT,
        "fingerprint": record.fingerprint,
        "chain_id": record.chain_id,
        "market": record.market,
        "assets": [
            {
                "symbol": item.asset.symbol,
                "token": item.token,
                "decimals": item.asset.decimals,
                "feed": item.feed,
                "description": item.asset.description,
                "price": f"{item.asset.price:f}",
            }
            for item in record.assets
        ],
        "pools": [
            {"first": pool.first, "second": pool.second, "fee": pool.fee} for pool in record.pools
        ],
    }
    write_json(path, content)


def read_market(path: Path) -> MarketRecord:
    """The market that a file records.

    Raises
    ------
    RecordError
        If there is none, or it is not what its schema says; the message names the key.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecordError(
            f"{path}: no such market; trimtab deploy --mock-market --live makes one"
        ) from None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise RecordError(f"{path}: not the record of a market: {error}") from None
    faults = [f"{path}: {e.json_path}: {e.message}" for e in _validator().iter_errors(content)]
    if faults:
        raise RecordError("\n".join(faults))
    return _parsed(path, content)


def _parsed(path: Path, content: Mapping[str, Any]) -> MarketRecord:
    assets = tuple(_asset(entry) for entry in content["assets"])
    pools = tuple(MockPool(**entry) for entry in content["pools"])
    strange = [pool for pool in pools if max(pool.first, pool.second) >= len(assets)]
    if strange:
        raise RecordError(f"{path}: a pool names an asset beyond the {len(assets)} there are")
    market = to_checksum_address(content["market"])
    return MarketRecord(content["fingerprint"], content["chain_id"], market, assets, pools)


def _asset(entry: Mapping[str, Any]) -> MarketAsset:
    asset = MockAsset(
        symbol=entry["symbol"],
        decimals=entry["decimals"],
        description=entry["description"],
        price=Decimal(entry["price"]),
        gift=0,
    )
    return MarketAsset(asset, entry["token"], entry["feed"])


@cache
def _validator() -> Draft202012Validator:
    schema = json.loads(files("trimtab.deploy").joinpath("schema/market.json").read_text())
    return Draft202012Validator(schema)
