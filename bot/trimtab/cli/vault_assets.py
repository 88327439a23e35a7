"""Operations on assets and routes: list, remove, write off; and the streaming fee."""

from __future__ import annotations

from typing import Annotated

import typer
from eth_utils.address import is_address, to_checksum_address

from trimtab.chain.quotes import FEE_BYTES, HOP_BYTES
from trimtab.cli.holder import position_of
from trimtab.cli.vault_operation import (
    AN_ADDRESS,
    GUARDED,
    OWNER,
    Arguments,
    Change,
    fraction_change,
    moved,
    operation,
)
from trimtab.cli.vault_rules import Rules
from trimtab.cli.vault_weights import Least, Most
from trimtab.cli.vault_words import Symbol, Who, address, fraction, whole
from trimtab.deploy.spec import RouteSpec
from trimtab.domain.phrases import percentage
from trimtab.domain.units import WAD
from trimtab.errors import BadInput

FEE_UNIT = 1_000_000
"""Fees of pools are in hundredths of a basis point: so many make one whole."""


def _add_route_words(rules: Rules, given: Arguments) -> list[Change]:
    config = given["config"]
    sold, bought = rules.label(config["tokenIn"]), rules.label(config["tokenOut"])
    way = _way(rules, config["data"])
    return [Change(f"register a route: {sold} to {bought}{way}, venue {config['venue']}")]


def _way(rules: Rules, data: bytes) -> str:
    """A path over Uniswap V3 pools in words, or the data as they are."""
    if len(data) % HOP_BYTES != FEE_BYTES:
        return f" with 0x{data.hex()}"
    fees = [
        percentage(int.from_bytes(data[i : i + FEE_BYTES], "big") / FEE_UNIT)
        for i in range(0, len(data), HOP_BYTES)
    ]
    tokens = [
        rules.token_label(to_checksum_address(data[i - 20 : i]))
        for i in range(HOP_BYTES, len(data), HOP_BYTES)
    ]
    through = f" through {', '.join(tokens)}" if tokens else ""
    return f"{through} over pools of {', '.join(fees)}"


@operation(
    "add-route ETH BTC --fee 500 --fee 500 --through USDC",
    ("Mandate", "addRoute"),
    OWNER,
    _add_route_words,
)
def add_route(
    rules: Rules,
    sell: Symbol,
    buy: Symbol,
    *,
    fee: Annotated[
        list[str], typer.Option(help="Fee of each pool, in hundredths of a basis point.")
    ],
    through: Annotated[
        list[str] | None, typer.Option(help="Token between two pools: symbol or address.")
    ] = None,
    venue: Annotated[
        str | None, typer.Option(help="Venue; unset, that of the routes there are.")
    ] = None,
) -> tuple[tuple[str, int, int, bytes]]:
    """Register a way over Uniswap V3 pools from one asset to another."""
    between = tuple(_token(rules, name) for name in through or [])
    if len(fee) != len(between) + 1:
        raise BadInput(f"{len(fee)} fees for {len(between) + 1} pools: expected one --fee for each")
    ends = position_of(sell, rules.snapshot), position_of(buy, rules.snapshot)
    route = RouteSpec(*ends, tuple(whole(text, "--fee") for text in fee), between)
    return ((_venue(rules, venue), *ends, route.data()),)


def _token(rules: Rules, name: str) -> str:
    if is_address(name):
        return address(name, "--through")
    return rules.snapshot.holdings[position_of(name, rules.snapshot)].token


def _venue(rules: Rules, text: str | None) -> str:
    if text is not None:
        return address(text, "--venue")
    venues = sorted({route.venue for route in rules.routes})
    if len(venues) != 1:
        raise BadInput(
            f"the routes use {len(venues)} venues: name one with --venue: {', '.join(venues)}"
        )
    return venues[0]


def _remove_route_words(rules: Rules, given: Arguments) -> list[Change]:
    return [Change(f"remove {rules.route_text(given['routeId'])} for ever")]


@operation("remove-route 2", ("Mandate", "removeRoute"), GUARDED, _remove_route_words)
def remove_route(
    _rules: Rules, route: Annotated[str, typer.Argument(help="Id of the route.")]
) -> tuple[int]:
    """Remove a route for ever."""
    return (whole(route, "ROUTE"),)


def _add_asset_words(rules: Rules, given: Arguments) -> list[Change]:
    config = given["config"]
    name = rules.token_label(config["token"])
    return [
        Change(f"list {name} with a target of 0 %"),
        *(
            fraction_change(f"{name}'s {what}", 0, config[key])
            for what, key in (
                ("band", "band"),
                ("hard band", "hardBand"),
                ("least target", "minWeight"),
                ("greatest target", "maxWeight"),
            )
        ),
    ]


@operation(
    f"add-asset {AN_ADDRESS} --band '1 %' --hard-band '5 %'",
    ("Mandate", "addAsset"),
    OWNER,
    _add_asset_words,
)
def add_asset(
    _rules: Rules,
    token: Who,
    *,
    band: Annotated[str, typer.Option(help="Distance from target at which keepers may act.")],
    hard_band: Annotated[str, typer.Option(help="Distance at which anyone may.")],
    least: Least = None,
    most: Most = None,
) -> tuple[tuple[str, int, int, int, int, int]]:
    """List a token that has a feed, with a target of 0 %."""
    low = 0 if least is None else fraction(least, "--min")
    high = WAD if most is None else fraction(most, "--max")
    bands = fraction(band, "--band"), fraction(hard_band, "--hard-band")
    return ((address(token, "TOKEN"), 0, low, high, *bands),)


def _remove_asset_words(rules: Rules, given: Arguments) -> list[Change]:
    label, last = rules.label(given["asset"]), len(rules.snapshot.holdings) - 1
    place = "" if given["asset"] == last else f"; {rules.label(last)} takes its place in every list"
    return [Change(f"remove {label} from the list of assets, and all its routes{place}")]


@operation("remove-asset LINK", ("Mandate", "removeAsset"), OWNER, _remove_asset_words)
def remove_asset(rules: Rules, symbol: Symbol) -> tuple[int]:
    """Remove an asset without target of which the vault holds nothing."""
    return (position_of(symbol, rules.snapshot),)


def _write_off_words(rules: Rules, given: Arguments) -> list[Change]:
    label = rules.label(given["asset"])
    return [
        Change(
            f"write {label} off for ever: worth nothing, never traded or listed again, still paid "
            "out in kind; deposits stay closed while any is held, its routes end, and the other "
            "targets take its place"
        )
    ]


@operation("write-off LINK", ("Mandate", "writeOff"), OWNER, _write_off_words)
def write_off(rules: Rules, symbol: Symbol) -> tuple[int]:
    """Count an asset as worth nothing, for ever."""
    return (position_of(symbol, rules.snapshot),)


def _fee_words(rules: Rules, given: Arguments) -> list[Change]:
    now = rules.view("Vault", "fee")
    return moved(
        [
            fraction_change("the streaming fee a year", now["rate"], given["newRate"]),
            Change("the fee's recipient", now["recipient"], given["newRecipient"]),
        ]
    )


@operation(
    f"set-fee '50 bp' {AN_ADDRESS}",
    ("Mandate", "setFee"),
    OWNER,
    _fee_words,
)
def set_fee(
    _rules: Rules,
    rate: Annotated[str, typer.Argument(help='Shares created a year: "50 bp", at most "5 %".')],
    recipient: Who,
) -> tuple[int, str]:
    """Replace the streaming fee."""
    return fraction(rate, "RATE"), address(recipient, "RECIPIENT")
