"""`trimtab prices pull`: past prices from Chainlink feeds, or from an exchange."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from eth_utils.address import is_address, to_checksum_address

from trimtab.chain.answers import Block
from trimtab.chain.node import Node
from trimtab.chain.rounds import FeedRounds, read_rounds
from trimtab.cli.app import app, example, out, remark
from trimtab.errors import BadInput
from trimtab.research.exchange_prices import closes, open_exchange
from trimtab.research.price_table import Missing, table_of, write_prices

PULL = (
    "prices pull --rpc http://127.0.0.1:8545 --since 2024-01-01 --output prices.csv "
    "--feed ETH=0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419"
)
"""An example: Chainlink's feed of ETH / USD on Ethereum."""

prices = typer.Typer(
    no_args_is_help=True, help="Past prices.", rich_markup_mode=None, epilog=example(PULL)
)
app.add_typer(prices, name="prices")


@prices.callback()
def root() -> None:
    """Past prices, for backtests."""


@prices.command(epilog=example(PULL))
def pull(
    *,
    rpc: Annotated[str | None, typer.Option(help="Address of a node of the feeds' chain.")] = None,
    feed: Annotated[
        list[str] | None,
        typer.Option(help="ASSET=ADDRESS of its feed, the base asset first; repeat it."),
    ] = None,
    exchange: Annotated[
        str | None, typer.Option(help="An exchange that ccxt knows, in place of a node.")
    ] = None,
    pair: Annotated[
        list[str] | None,
        typer.Option(help="ASSET=PAIR on the exchange, as ETH=ETH/USD; repeat it."),
    ] = None,
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First day.")],
    output: Annotated[Path, typer.Option(help="CSV or Parquet file.")],
    interval: Annotated[int, typer.Option(min=60, help="Seconds between rows.")] = 86_400,
    multicall: Annotated[str | None, typer.Option(help="Address of Multicall3.")] = None,
) -> None:
    """Write past prices: what Chainlink's feeds held at each time, or an exchange's closes."""
    start = int(since.replace(tzinfo=UTC).timestamp())
    if exchange is not None and pair and not (rpc or feed):
        frame, source = _from_exchange(exchange, dict(map(_pair, pair)), start, interval)
    elif rpc is not None and feed and not (exchange or pair):
        frame, source = _from_feeds(Node(rpc), dict(map(_feed, feed)), start, interval, multicall)
    else:
        raise BadInput("expected --rpc with --feed, or --exchange with --pair")
    table = table_of(frame, (), Missing.TRIM)
    write_prices(table, output)
    provenance = output.with_name(output.name + ".json")
    provenance.write_text(json.dumps(source, indent=2) + "\n", encoding="utf-8")
    out.print(f"{len(table)} rows of {', '.join(table.assets)}: {output}", soft_wrap=True)


def _from_exchange(
    exchange: str, pairs: dict[str, str], start: int, interval: int
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Closes of an exchange up to now, and where they come from."""
    now = int(time.time())
    asked = open_exchange(exchange)
    frame = closes(asked, pairs, since=start, until=now, interval=interval)
    for asset in pairs:
        known = frame["time_utc"][frame[asset].notna()]
        remark(f"{asset}: closes from {known.iloc[0]} to {known.iloc[-1]} UTC")
    return frame, {"exchange": exchange, "pairs": pairs, "interval": interval, "read_at": now}


def _from_feeds(
    node: Node, feeds: dict[str, str], start: int, interval: int, multicall: str | None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """What feeds held at each time up to the newest block, and where it comes from."""
    block = node.head()
    together = to_checksum_address(multicall) if multicall else None
    found = {
        asset: read_rounds(
            node, to_checksum_address(address), since=start, block=block, multicall=together
        )
        for asset, address in feeds.items()
    }
    for asset, rounds in found.items():
        if not rounds.complete:
            first = datetime.fromtimestamp(rounds.rounds[0].updated_at, UTC)
            remark(f"{asset}: the present aggregator begins at {first:%Y-%m-%d %H:%M} UTC")
    return _sampled(found, start, block.timestamp, interval), _provenance(node, block, feeds, found)


def _pair(text: str) -> tuple[str, str]:
    asset, _, symbol = text.partition("=")
    if not asset or not symbol:
        raise BadInput(f'--pair "{text}": expected ASSET=PAIR, such as ETH=ETH/USD')
    return asset, symbol


def _feed(text: str) -> tuple[str, str]:
    asset, _, address = text.partition("=")
    if not asset or not is_address(address):
        raise BadInput(f'--feed "{text}": expected ASSET=0x… with the address of a feed')
    return asset, address


def _sampled(found: dict[str, FeedRounds], start: int, end: int, interval: int) -> pd.DataFrame:
    """The last answer at or before each time; no price before a feed's first."""
    first = -(-start // interval) * interval
    times = np.arange(first, end + 1, interval)
    columns: dict[str, Any] = {"time_utc": pd.to_datetime(times, unit="s")}
    for asset, rounds in found.items():
        updated = np.array([each.updated_at for each in rounds.rounds])
        answers = np.array([each.price for each in rounds.rounds])
        place = np.searchsorted(updated, times, side="right") - 1
        columns[asset] = np.where(place >= 0, answers[np.maximum(place, 0)], np.nan)
    return pd.DataFrame(columns)


def _provenance(
    node: Node, block: Block, feeds: dict[str, str], found: dict[str, FeedRounds]
) -> dict[str, Any]:
    return {
        "chain_id": node.chain_id(),
        "block": block.number,
        "block_hash": block.hash,
        "feeds": {
            asset: {
                "address": address,
                "description": found[asset].description,
                "rounds": len(found[asset].rounds),
                "first_round": found[asset].rounds[0].round_id,
                "last_round": found[asset].rounds[-1].round_id,
                "complete": found[asset].complete,
            }
            for asset, address in feeds.items()
        },
    }
