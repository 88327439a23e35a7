"""`trimtab market`: move a market of one's own on a testnet, and print its tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from eth_utils.address import to_checksum_address
from pydantic_core import PydanticCustomError

from trimtab.chain.contracts import encode_call
from trimtab.chain.node import Call
from trimtab.cli.app import DEFAULT_CONFIG, ConfigFile, Live, app, example, out, remark
from trimtab.cli.deploy_market import market_file
from trimtab.cli.format import amount_of
from trimtab.cli.session import Session
from trimtab.cli.settings.fields import parse_duration, parse_fraction
from trimtab.deploy.market_record import MarketRecord, read_market
from trimtab.deploy.mock_market import FEED_DECIMALS
from trimtab.deploy.questions import Chain
from trimtab.deploy.walk import walk
from trimtab.domain.phrases import amount_text
from trimtab.domain.units import WAD
from trimtab.errors import BadInput, TransientError, WrongChain
from trimtab.executor.clock import SystemClock
from trimtab.executor.executor import Executor
from trimtab.executor.intents import Intent
from trimtab.local.price_csv import load_prices
from trimtab.store.journal import Subject

market = typer.Typer(
    help="Move a market of one's own on a testnet.",
    no_args_is_help=True,
    epilog=example("market run --walk 4 --live"),
)
app.add_typer(market, name="market")

Prices = dict[str, Fraction]
"""Values of whole tokens, by symbol."""


@market.command(epilog=example("market run --walk 4 --steps 3 --live"))
def run(
    *,
    config: ConfigFile = DEFAULT_CONFIG,
    prices: Annotated[
        Path | None, typer.Option(help="CSV of prices with a column for each symbol.")
    ] = None,
    walk_seed: Annotated[
        int | None, typer.Option("--walk", help="Walk at random instead, by this seed.", min=0)
    ] = None,
    deviation: Annotated[
        str, typer.Option(help="Standard deviation of one step of the walk.")
    ] = "2 %",
    interval: Annotated[str, typer.Option(help="Time between two steps.")] = "1 min",
    steps: Annotated[
        int | None, typer.Option(help="Number of steps; unset, until stopped.", min=1)
    ] = None,
    live: Live = False,
) -> None:
    """Bring feeds and pools to new prices, step by step; without --live only the first is tried."""
    session = Session(config)
    record = _record(session)
    pause = float(_option(parse_duration, interval, "--interval"))
    size = _option(parse_fraction, deviation, "--deviation") / WAD
    path = islice(_path(session, record, prices, (walk_seed, size)), steps)
    if not live:
        first = next(path)
        session.node.call(Call(record.market, record.move_data(first), session.address()))
        out.print(f"would move to {_text(first)}", soft_wrap=True)
        remark("dry run: the node says that it would succeed; add --live to send")
        return
    clock = SystemClock()
    with session.sending() as sending:
        for count, step in enumerate(path, start=1):
            if count > 1:
                clock.sleep(pause)
            _send(sending.executor, record, step)


@market.command(epilog=example("market faucet USDC 1000 --live"))
def faucet(
    symbol: Annotated[str, typer.Argument(help="Token of the market.")],
    amount: Annotated[str, typer.Argument(help="Number of whole tokens, such as 10.5.")],
    config: ConfigFile = DEFAULT_CONFIG,
    live: Live = False,
) -> None:
    """Print AMOUNT of a token for the account that signs."""
    session = Session(config)
    item = _record(session).asset(symbol)
    if item is None:
        raise BadInput(f"the market has no {symbol}")
    holder, units = session.address(), amount_of(amount, item.asset.decimals, "AMOUNT")
    data = encode_call("mint(address,uint256)", holder, units)
    token = to_checksum_address(item.token)
    words = f"{amount_text(units, item.asset.decimals)} {symbol} for {holder}"
    session.node.call(Call(token, data, holder))
    if not live:
        out.print(f"would print {words}", soft_wrap=True)
        remark("dry run: the node says that it would succeed; add --live to send")
        return
    with session.sending() as sending:
        sending.executor.settle()
        sending.executor.submit(Intent(Subject("market faucet"), token, data)).require_success()
    out.print(f"printed {words}", soft_wrap=True)


def _send(executor: Executor, record: MarketRecord, prices: Prices) -> None:
    """Bring the market to new prices; a failure that may pass leaves it where it is."""
    intent = Intent(Subject("market step"), record.market, record.move_data(prices))
    try:
        executor.settle()
        outcome = executor.submit(intent).require_success()
    except TransientError as error:
        remark(f"this step was left out: {error}")
        return
    out.print(f"block {outcome.block_number}: {_text(prices)}", soft_wrap=True)


def _record(session: Session) -> MarketRecord:
    record = read_market(market_file(session))
    if record.chain_id != session.settings.node.chain_id:
        raise WrongChain(record.chain_id, session.settings.node.chain_id)
    return record


def _path(
    session: Session, record: MarketRecord, file: Path | None, random: tuple[int | None, float]
) -> Iterator[Prices]:
    """Prices to move through: those of a file, or a walk from where the feeds stand now."""
    seed, deviation = random
    if (file is None) == (seed is None):
        raise BadInput("expected either --prices with a file or --walk with a seed")
    symbols = tuple(item.asset.symbol for item in record.assets)
    if file is not None:
        history = load_prices(file, symbols)
        return (history.exact(row) for row in range(len(history)))
    return walk(_standing(session, record), deviation=deviation, seed=seed or 0)


def _standing(session: Session, record: MarketRecord) -> Prices:
    """What the feeds of the market answer now."""
    chain = Chain(session.node, session.node.head())
    found: Prices = {}
    for item in record.assets:
        kinds = ["uint80", "int256", "uint256", "uint256", "uint80"]
        answer = chain.ask_all(item.feed, "latestRoundData()", kinds)
        if answer is None or answer[1] <= 0:
            raise BadInput(f"{item.asset.symbol}: its feed {item.feed} answers no price")
        found[item.asset.symbol] = Fraction(int(answer[1]), 10**FEED_DECIMALS)
    return found


def _option(parse: Callable[[object], int], text: str, name: str) -> int:
    try:
        return parse(text)
    except PydanticCustomError as error:
        raise BadInput(f'{name} is "{text}", {error.message()}') from None


def _text(prices: Prices) -> str:
    return ", ".join(f"{symbol} {float(price):,.6g}" for symbol, price in prices.items())
