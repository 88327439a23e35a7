"""One token in, shares out, and back: swaps over the vault's own routes, then the door in kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.contracts import interface
from trimtab.cli.format import SHARE_DECIMALS
from trimtab.cli.hold_grant import Transaction
from trimtab.cli.hold_market import Pair, Quote, RouteMarket
from trimtab.cli.hold_permit import PERMIT_SECONDS
from trimtab.cli.holder import Action, Asked, Wallet, require_shares, share_text
from trimtab.domain.phrases import amount_text, percent
from trimtab.domain.snapshot import Holding, VaultSnapshot
from trimtab.domain.units import PRICE_SCALE, WAD
from trimtab.errors import BadInput
from trimtab.executor.signer import Signature

ROUNDS = 3
"""How often the split of a payment is corrected by what its parts really buy: prices move little
with size, so the second correction changes parts by less than a swap's rounding."""

ALL = 2**256 - 1
"""As the amount of a swap: all that the zapper has."""


@dataclass(frozen=True, slots=True)
class Zap:
    """Everything a zap is worked out from.

    Attributes
    ----------
    zapper
        Address of the contract that swaps and mints or redeems.
    market
        Quotes of the vault's routes.
    token
        Position of the asset paid with, or received.
    tolerance
        How far amounts may move before the transaction is mined, in WAD.
    receiver
        Who gets shares or tokens.
    limit
        Least to receive, as the holder states it, or None.
    """

    snapshot: VaultSnapshot
    wallet: Wallet
    zapper: ChecksumAddress
    market: RouteMarket
    token: int
    tolerance: int
    receiver: ChecksumAddress
    limit: int | None = None

    @property
    def vault(self) -> ChecksumAddress:
        """The vault."""
        return to_checksum_address(self.snapshot.vault)

    @property
    def asset(self) -> Holding:
        """The asset paid with, or received."""
        return self.snapshot.holdings[self.token]

    @property
    def deadline(self) -> int:
        """Last timestamp at which the zap may run, in seconds."""
        return self.wallet.timestamp + PERMIT_SECONDS

    def floor(self, amount: int) -> int:
        """Least of an amount that is expected, rounded down."""
        return amount * (WAD - self.tolerance) // WAD

    def least(self, amount: int) -> int:
        """Least to receive of the whole, unless the holder states it."""
        return self.floor(amount) if self.limit is None else self.limit

    def text(self, amount: int) -> str:
        """An amount of the token in words."""
        return _text(amount, self.asset)


def zap_in(zap: Zap, amount: int) -> Action:
    """`amount` of one token, in its smallest unit, for shares.

    Raises
    ------
    BadInput
        If no route leads to an asset, a pool cannot take its part, or the holder has too little.
    """
    if not zap.snapshot.total_supply:
        raise BadInput(f"the vault {zap.vault} was never seeded: its deployer must seed it first")
    balance = zap.wallet.balance(zap.asset.token)
    if balance < amount:
        raise BadInput(
            f"{zap.wallet.holder} has {zap.text(balance)}, asked to zap {zap.text(amount)}"
        )
    recorded = zap.wallet.view(zap.vault, "holdings")
    quotes = split(zap.market, zap.token, amount, recorded)
    bought = {pair[1]: quote.amount_out for pair, quote in quotes.items()}
    bought[zap.token] = amount - sum(quote.amount_in for quote in quotes.values())
    shares = affordable(bought, recorded, zap.snapshot.total_supply)
    least = zap.least(shares)
    _require_floor(shares, least, lambda value: share_text(zap.snapshot, value))
    swaps = [_swap(zap, pair, quote, quote.amount_in) for pair, quote in quotes.items()]
    order = (zap.vault, zap.asset.token, amount, least, zap.receiver, zap.deadline, swaps)
    title = f"zap {zap.text(amount)} into {zap.snapshot.symbol}"
    expected = f"receives {share_text(zap.snapshot, shares)}"
    lines = (
        f"pays {zap.text(amount)}; holder has {amount_text(balance, zap.asset.decimals)}",
        *_swap_lines(zap, quotes),
        f"{expected}, at least {amount_text(least, SHARE_DECIMALS)}; what is left over comes back",
        _cost(zap, _value(zap.asset, amount), _share_value(zap, shares)),
    )
    asked = Asked(zap.asset.token, zap.zapper, amount, zap.text(amount), "the zapper")
    return _action(zap, ("zapIn", title, order), lines, asked)


def zap_out(zap: Zap, shares: int, *, keep: frozenset[int], skip: frozenset[int]) -> Action:
    """`shares`, in share wei, for one token.

    Parameters
    ----------
    keep
        Positions of assets that are received as they are, not sold.
    skip
        Positions of assets that are set aside in the vault, if they cannot be transferred.

    Raises
    ------
    BadInput
        If the holder has too few shares, an asset cannot be sold, or `keep` contradicts the rest.
    """
    require_shares(zap.wallet, zap.vault, shares)
    _require_apart(zap, keep, skip)
    amounts = zap.wallet.view(zap.vault, "previewRedeemInKind", shares)
    out_of_it = keep | skip | {zap.token}
    sold = {(i, zap.token): a for i, a in enumerate(amounts) if a and i not in out_of_it}
    quotes = zap.market.best(sold)
    received = 0 if zap.token in skip else amounts[zap.token]
    received += sum(quote.amount_out for quote in quotes.values())
    least = zap.least(received)
    _require_floor(received, least, zap.text)
    swaps = [_swap(zap, pair, quote, ALL) for pair, quote in quotes.items()]
    bitmap = sum(1 << position for position in skip)
    token = zap.asset.token
    order = (zap.vault, shares, token, least, zap.receiver, zap.deadline, bitmap, swaps)
    title = f"zap {share_text(zap.snapshot, shares)} into {zap.asset.label}"
    unsold = sum(_value(zap.snapshot.holdings[i], amounts[i]) for i in keep | skip)
    text = share_text(zap.snapshot, shares)
    lines = (
        f"gives back {text}",
        *_swap_lines(zap, quotes),
        *_aside(zap, amounts, keep, "receives as it is"),
        *_aside(zap, amounts, skip, "sets aside"),
        f"receives {zap.text(received)}, at least {amount_text(least, zap.asset.decimals)}",
        _cost(zap, _share_value(zap, shares) - unsold, _value(zap.asset, received)),
    )
    asked = Asked(zap.vault, zap.zapper, shares, text, "the zapper")
    return _action(zap, ("zapOut", title, order), lines, asked)


def split(
    market: RouteMarket, token: int, amount: int, recorded: Iterable[int]
) -> dict[Pair, Quote]:
    """What to sell of `amount` for each other asset, so that all pay for the same shares.

    Begins with equal parts and corrects them by what they buy; needs no oracle.

    Parameters
    ----------
    market
        Where quotes come from.
    token, amount
        Position of the asset to sell, and how much, in its smallest unit.
    recorded
        What the vault holds of each asset, in its smallest unit.
    """
    held = {position: units for position, units in enumerate(recorded) if units}
    others = [position for position in held if position != token]
    parts = {(token, other): amount // len(held) for other in others}
    quotes = market.best(parts)
    for _ in range(ROUNDS):
        # What one vault's worth of each asset costs, in the token.
        costs = {
            pair: Fraction(quote.amount_in, quote.amount_out) * held[pair[1]]
            for pair, quote in quotes.items()
        }
        whole = sum(costs.values()) + held.get(token, 0)
        parts = {pair: int(amount * cost / whole) for pair, cost in costs.items()}
        quotes = market.best(parts)
    return quotes


def affordable(bought: Mapping[int, int], recorded: Iterable[int], supply: int) -> int:
    """The most shares that amounts by position pay for in kind, in share wei, rounded down."""
    return min(
        bought.get(position, 0) * supply // units
        for position, units in enumerate(recorded)
        if units
    )


def _require_apart(zap: Zap, keep: frozenset[int], skip: frozenset[int]) -> None:
    """Refuse to keep what is received anyway, or what is set aside."""
    for position in sorted(keep & (skip | {zap.token})):
        label = zap.snapshot.holdings[position].label
        other = "what the zap pays out" if position == zap.token else "named by --skip as well"
        raise BadInput(f"--keep {label}: it is {other}; leave --keep {label} out")


def _swap(zap: Zap, pair: Pair, quote: Quote, amount: int) -> tuple[Any, ...]:
    sold, bought = (zap.snapshot.holdings[position].token for position in pair)
    route = quote.way.route
    return (route.venue, sold, bought, amount, zap.floor(quote.amount_out), route.data)


def _swap_lines(zap: Zap, quotes: Mapping[Pair, Quote]) -> Iterable[str]:
    for (sold, bought), quote in quotes.items():
        paid, paid_for = zap.snapshot.holdings[sold], zap.snapshot.holdings[bought]
        floor = amount_text(zap.floor(quote.amount_out), paid_for.decimals)
        yield (
            f"{quote.way.text} {_text(quote.amount_in, paid)} for "
            f"{_text(quote.amount_out, paid_for)}, at least {floor}"
        )


def _aside(
    zap: Zap, amounts: tuple[int, ...], positions: frozenset[int], verb: str
) -> tuple[str, ...]:
    holdings = zap.snapshot.holdings
    return tuple(f"{verb} {_text(amounts[i], holdings[i])}" for i in sorted(positions))


def _cost(zap: Zap, given: int, received: int) -> str:
    """What swapping costs against the oracle; values in WAD, 0 where a price is missing."""
    if not all(holding.counts_rightly for holding in zap.snapshot.holdings):
        return "no cost against the oracle can be told: a price is missing"
    lost = max(0, given - received)
    base = zap.snapshot.holdings[0]
    assets = lost * PRICE_SCALE // base.price
    part = percent(lost * WAD // given) if given else percent(0)
    return (
        f"costs {_text(assets, base)} ({part}) against the oracle's prices: the pools' fees and "
        "price impact, paid by the holder alone"
    )


def _value(holding: Holding, amount: int) -> int:
    return amount * holding.price // PRICE_SCALE


def _share_value(zap: Zap, shares: int) -> int:
    return zap.snapshot.nav * shares // zap.snapshot.total_supply


def _text(amount: int, holding: Holding) -> str:
    return f"{amount_text(amount, holding.decimals)} {holding.label}"


def _require_floor(amount: int, least: int, text: Any) -> None:
    if not amount or amount < least:
        raise BadInput(f"the zap brings {text(amount)}, less than the limit of {text(least)}")


def _action(
    zap: Zap, work: tuple[str, str, tuple[Any, ...]], lines: tuple[str, ...], asked: Asked
) -> Action:
    function, title, order = work
    kind = "hold zap in" if function == "zapIn" else "hold zap out"
    abi = interface("Zapper")

    def with_permit(signature: Signature) -> Transaction:
        data = abi.encode(f"{function}WithPermit", order, signature)
        return Transaction(kind, f"{title}, with its permit", zap.zapper, data)

    return Action(
        title=title,
        lines=lines,
        grants=zap.wallet.grant(asked),
        transaction=Transaction(kind, title, zap.zapper, abi.encode(function, order)),
        deadline=zap.deadline,
        with_permit=with_permit,
    )
