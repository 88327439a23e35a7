"""Operations on the oracle: feeds of one or two legs, and the second source beside them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import typer
from eth_typing import ChecksumAddress
from eth_utils.address import is_address
from pydantic_core import PydanticCustomError

from trimtab.cli.holder import position_of
from trimtab.cli.settings.fields import parse_amount
from trimtab.cli.settings.units import fraction_text, seconds_text
from trimtab.cli.vault_operation import (
    AN_ADDRESS,
    OWNER,
    Arguments,
    Change,
    fraction_change,
    moved,
    operation,
    seconds_change,
)
from trimtab.cli.vault_rules import Rules
from trimtab.cli.vault_words import Who, address, fraction, seconds
from trimtab.deploy.spec import NO_ADDRESS
from trimtab.domain.phrases import amount_text
from trimtab.errors import BadInput

MAX_DESCRIPTION = 60
"""Characters of a feed's description that are shown."""

Token = Annotated[str, typer.Argument(help="Asset of the vault, or the address of a token.")]
Heartbeat = Annotated[str, typer.Option(help='Oldest accepted price: "25 h".')]
Deviation = Annotated[str, typer.Option(help='Move at which the feed updates: "0.5 %".')]
Lowest = Annotated[str, typer.Option(help="Prices must be above this.")]
Highest = Annotated[str, typer.Option(help="Prices must be below this.")]

LIMITS = "--heartbeat '25 h' --deviation '1 %' --min-price 1 --max-price 1000000"
"""Limits of a feed as the examples write them."""

QUOTE_LIMITS = LIMITS.replace("--", "--quote-")
"""Those of the feed that prices what another feed prices in."""

Feed = tuple[str, str, int, int, int, int]
"""A feed as the oracle takes it."""


def _feed_words(rules: Rules, given: Arguments) -> list[Change]:
    config = given["config"]
    label = rules.token_label(config["token"])
    now = rules.view("PriceOracle", "feedOf", config["token"])
    quote = rules.view("PriceOracle", "quoteFeedOf", config["token"])["feed"]
    dropped = [] if quote == NO_ADDRESS else [Change(f"drop {label}'s quote feed {quote}")]
    return [*_leg_words(rules, f"{label}'s feed", now, config), *dropped]


def _leg_words(rules: Rules, what: str, now: Arguments, then: Arguments) -> list[Change]:
    decimals = int(rules.chain.ask(then["feed"], "decimals()", "uint8") or 0)
    before = "none" if now["feed"] == NO_ADDRESS else now["feed"]
    changes = [
        Change(what, before, f"{then['feed']} ({_description(rules, then['feed'])})"),
        seconds_change(
            f"the oldest accepted answer of {what}", now["heartbeat"], then["heartbeat"]
        ),
        fraction_change(f"the deviation of {what}", now["deviation"], then["deviation"]),
    ]
    if now["feed"] == then["feed"]:
        changes[0] = Change(what, before, before)
    for name, key in (("lower bound", "minAnswer"), ("upper bound", "maxAnswer")):
        texts = amount_text(now[key], decimals), amount_text(then[key], decimals)
        changes.append(Change(f"the {name} of {what}", *texts, then[key] > now[key]))
    return moved(changes)


def _description(rules: Rules, feed: str) -> str:
    """What a feed says of itself: anybody's words."""
    text = rules.chain.ask(feed, "description()", "string")
    if text is None:
        return "describes itself not at all"
    shown = "".join(letter for letter in str(text) if letter.isprintable())
    return f"describes itself as “{shown[:MAX_DESCRIPTION]}”"


@operation(
    f"set-feed ETH {AN_ADDRESS} {LIMITS}",
    ("PriceOracle", "setFeed"),
    OWNER,
    _feed_words,
)
def set_feed(
    rules: Rules,
    token: Token,
    feed: Who,
    *,
    heartbeat: Heartbeat,
    deviation: Deviation,
    min_price: Lowest,
    max_price: Highest,
) -> tuple[Feed]:
    """Set or replace the feed of a token."""
    limits = heartbeat, deviation, min_price, max_price
    return (_feed(rules, _token_of(rules, token), feed, limits),)


def _composed_words(rules: Rules, given: Arguments) -> list[Change]:
    config = given["config"]
    token = config["base"]["token"]
    label = rules.token_label(token)
    base = rules.view("PriceOracle", "feedOf", token)
    quote = rules.view("PriceOracle", "quoteFeedOf", token)
    return [
        *_leg_words(rules, f"{label}'s feed", base, config["base"]),
        *_leg_words(rules, f"{label}'s quote feed", quote, config["quote"]),
    ]


@operation(
    f"set-composed-feed WSTETH {AN_ADDRESS} {AN_ADDRESS} {LIMITS} {QUOTE_LIMITS}",
    ("PriceOracle", "setComposedFeed"),
    OWNER,
    _composed_words,
)
def set_composed_feed(
    rules: Rules,
    token: Token,
    feed: Who,
    quote: Annotated[str, typer.Argument(help="Feed that prices what FEED prices the token in.")],
    *,
    heartbeat: Heartbeat,
    deviation: Deviation,
    min_price: Lowest,
    max_price: Highest,
    quote_heartbeat: Heartbeat,
    quote_deviation: Deviation,
    quote_min_price: Lowest,
    quote_max_price: Highest,
) -> tuple[tuple[Feed, Feed]]:
    """Price a token by two feeds that are multiplied, such as wstETH / ETH and ETH / USD."""
    priced = _token_of(rules, token)
    limits = heartbeat, deviation, min_price, max_price
    quote_limits = quote_heartbeat, quote_deviation, quote_min_price, quote_max_price
    return ((_feed(rules, priced, feed, limits), _feed(rules, priced, quote, quote_limits)),)


def _second_words(rules: Rules, given: Arguments) -> list[Change]:
    config = given["config"]
    label = rules.token_label(config["token"])
    now = rules.view("PriceOracle", "secondSourceOf", config["token"])
    before = "none" if now["pool"] == NO_ADDRESS else now["pool"]
    what = f"{label}'s second source"
    return moved(
        [
            Change(what, before, config["pool"]),
            seconds_change(f"the window of {what}", now["window"], config["window"]),
            fraction_change(
                f"the largest divergence of {what}", now["maxDivergence"], config["maxDivergence"]
            ),
        ]
    )


@operation(
    f"set-second-source ETH {AN_ADDRESS} --window '30 min' --max-divergence '3 %'",
    ("PriceOracle", "setSecondSource"),
    OWNER,
    _second_words,
)
def set_second_source(
    rules: Rules,
    token: Token,
    pool: Who,
    *,
    window: Annotated[str, typer.Option(help='Length of the mean: "30 min".')],
    max_divergence: Annotated[str, typer.Option(help='Largest distance from the feed: "3 %".')],
) -> tuple[tuple[str, str, int, int]]:
    """Check a token's feed against the mean price of a Uniswap V3 pool."""
    return (
        (
            _token_of(rules, token),
            address(pool, "POOL"),
            seconds(window, "--window"),
            fraction(max_divergence, "--max-divergence"),
        ),
    )


def _no_second_words(rules: Rules, given: Arguments) -> list[Change]:
    label = rules.token_label(given["token"])
    now = rules.view("PriceOracle", "secondSourceOf", given["token"])
    if now["pool"] == NO_ADDRESS:
        return [Change(f"remove {label}'s second source (there is none)")]
    text = (
        f"{now['pool']}, {seconds_text(now['window'])}, at most "
        f"{fraction_text(now['maxDivergence'])}"
    )
    return [Change(f"remove {label}'s second source ({text}): its feed alone decides")]


@operation(
    "remove-second-source ETH", ("PriceOracle", "removeSecondSource"), OWNER, _no_second_words
)
def remove_second_source(rules: Rules, token: Token) -> tuple[str]:
    """Leave a token's price to its feed alone."""
    return (_token_of(rules, token),)


def _token_of(rules: Rules, text: str) -> ChecksumAddress:
    if is_address(text):
        return address(text, "TOKEN")
    holding = rules.snapshot.holdings[position_of(text, rules.snapshot)]
    return address(holding.token, "TOKEN")


def _feed(rules: Rules, token: str, feed: str, limits: tuple[str, str, str, str]) -> Feed:
    where = address(feed, "FEED")
    decimals = rules.chain.ask(where, "decimals()", "uint8")
    if decimals is None:
        raise BadInput(f"{where} does not say how many decimals it has: it is no feed")
    heartbeat, deviation, lowest, highest = limits
    return (
        token,
        where,
        seconds(heartbeat, "--heartbeat"),
        fraction(deviation, "--deviation"),
        _answer(lowest, "--min-price", decimals),
        _answer(highest, "--max-price", decimals),
    )


def _answer(text: str, option: str, decimals: int) -> int:
    """A price as the feed writes it, rounded down."""
    try:
        price = parse_amount(text)
    except PydanticCustomError as error:
        raise BadInput(f'{option} is "{text}", {error.message()}') from None
    return int(price * Decimal(10) ** decimals)
