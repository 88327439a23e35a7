"""Deposits and withdrawals in the base asset, at oracle prices less a spread (ERC-4626)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.contracts import encode_call
from trimtab.cli.format import SHARE_DECIMALS
from trimtab.cli.hold_grant import Transaction
from trimtab.cli.hold_permit import PERMIT_SECONDS
from trimtab.cli.holder import Action, Asked, Wallet, require_shares, share_text
from trimtab.domain.phrases import amount_text, moment, percent, words
from trimtab.domain.snapshot import Holding, VaultSnapshot
from trimtab.domain.units import DAY, PRICE_SCALE, WAD
from trimtab.errors import BadInput

IN_KIND = "in kind one can always leave: trimtab hold redeem"


@dataclass(frozen=True, slots=True)
class DoorWish:
    """What a holder asks of a base-asset door.

    Attributes
    ----------
    amount
        Base asset, in asset wei, or shares, in share wei.
    tolerance
        How far the other amount may move before the transaction is mined, in WAD.
    limit
        The limit of the other amount that the holder states, or None.
    receiver
        Who gets shares or assets.
    """

    amount: int
    tolerance: int
    limit: int | None
    receiver: ChecksumAddress

    def floor(self, amount: int) -> int:
        """Least to receive where `amount` is previewed, rounded down."""
        return amount * (WAD - self.tolerance) // WAD if self.limit is None else self.limit

    def ceiling(self, amount: int) -> int:
        """Most to give where `amount` is previewed, rounded up."""
        raised = -(-amount * (WAD + self.tolerance) // WAD)
        return raised if self.limit is None else self.limit


@dataclass(frozen=True, slots=True)
class Door:
    """The base-asset doors of a vault as one holder finds them at one block.

    Attributes
    ----------
    terms
        What the vault's `doorTerms` answers.
    """

    snapshot: VaultSnapshot
    wallet: Wallet
    vault: ChecksumAddress
    terms: dict[str, Any]

    @property
    def base(self) -> Holding:
        """The base asset."""
        return self.snapshot.holdings[0]

    def view(self, function: str, *arguments: object) -> int:
        """What a view of the vault answers: one number."""
        return int(self.wallet.view(self.vault, function, *arguments))

    def text(self, assets: int) -> str:
        """An amount of the base asset in words."""
        return f"{amount_text(assets, self.base.decimals)} {self.base.label}"

    def shares(self, shares: int) -> str:
        """A number of shares in words."""
        return share_text(self.snapshot, shares)

    def cost(self, given: int, received: int) -> str:
        """What passing costs against the oracle; both in base asset at its prices."""
        lost = max(0, given - received)
        part = percent(lost * WAD // given) if given else percent(0)
        return (
            f"costs {self.text(lost)} ({part}) against the oracle's prices; the spread of "
            f"{percent(self.terms['spread'])} stays with all holders"
        )

    def room(self, most: int, verb: str) -> str:
        """What the door lets through now."""
        capacity = percent(self.snapshot.limits.flow_capacity)
        return f"the door {verb} up to {self.text(most)} now; {capacity} of the vault pass in a day"

    def wait(self, assets: int, left: int) -> str:
        """When the bucket will have room for an amount, or that it never will."""
        needed = -(-assets * self.base.price * WAD // (PRICE_SCALE * self.terms["nav"]))
        capacity = self.snapshot.limits.flow_capacity
        if needed > capacity:
            return (
                f"more than {percent(capacity)} of the vault never passes at once: go in parts, in "
                "kind, or by trimtab hold zap"
            )
        if needed <= left:
            return "try a smaller amount, or go in kind or by trimtab hold zap"
        seconds = -(-(needed - left) * DAY // capacity)
        when = moment(self.wallet.timestamp + seconds)
        return f"the bucket will have room for it at {when}"


def open_door(snapshot: VaultSnapshot, wallet: Wallet, *, entry: bool) -> Door:
    """The doors, if they are open.

    Raises
    ------
    BadInput
        If they are shut; it says why, and what else one can do.
    """
    reason = _shut(snapshot, entry=entry)
    if reason:
        raise BadInput(f"the base-asset doors are shut: {reason}; {IN_KIND}")
    vault = to_checksum_address(snapshot.vault)
    return Door(snapshot, wallet, vault, wallet.view(vault, "doorTerms"))


def deposit(door: Door, wish: DoorWish) -> Action:
    """Base asset in, shares out.

    Raises
    ------
    BadInput
        If the door does not let so much in, or the holder has too little or demands too much.
    """
    most = door.view("maxDeposit", door.wallet.holder)
    if wish.amount > most:
        _too_much(door, wish.amount, most, door.terms["depositLeft"], "takes")
    balance = door.wallet.balance(door.base.token)
    if balance < wish.amount:
        raise BadInput(
            f"{door.wallet.holder} has {door.text(balance)}, asked to deposit "
            f"{door.text(wish.amount)}"
        )
    shares = door.view("previewDeposit", wish.amount)
    floor = wish.floor(shares)
    if not shares or shares < floor:
        raise BadInput(
            f"the deposit gives {door.shares(shares)}, less than the limit of {door.shares(floor)}"
        )
    title = f"deposit {door.text(wish.amount)}"
    data = encode_call("deposit(uint256,address,uint256)", wish.amount, wish.receiver, floor)
    asked = Asked(door.base.token, door.vault, wish.amount, door.text(wish.amount), "the vault")
    lines = (
        f"pays {door.text(wish.amount)}; holder has {amount_text(balance, door.base.decimals)}",
        f"receives {door.shares(shares)}, at least {amount_text(floor, SHARE_DECIMALS)}",
        door.cost(wish.amount, door.view("convertToAssets", shares)),
        door.room(most, "takes"),
    )
    transaction = Transaction("hold deposit", title, door.vault, data)
    return Action(title, lines, door.wallet.grant(asked), transaction, _deadline(door))


def withdraw(door: Door, wish: DoorWish) -> Action:
    """A stated amount of base asset out, for as many shares as it takes.

    Raises
    ------
    BadInput
        If the door does not let so much out, or it takes more shares than the holder has or allows.
    """
    shares = door.view("previewWithdraw", wish.amount)
    require_shares(door.wallet, door.vault, shares)
    most = door.view("maxWithdraw", door.wallet.holder)
    if wish.amount > most:
        _too_much(door, wish.amount, most, door.terms["withdrawLeft"], "pays")
    ceiling = wish.ceiling(shares)
    if shares > ceiling:
        raise BadInput(
            f"the withdrawal takes {door.shares(shares)}, more than the limit of "
            f"{door.shares(ceiling)}"
        )
    signature = "withdraw(uint256,address,address,uint256)"
    data = encode_call(signature, wish.amount, wish.receiver, door.wallet.holder, ceiling)
    lines = (
        f"receives {door.text(wish.amount)}",
        f"gives back {door.shares(shares)}, at most {amount_text(ceiling, SHARE_DECIMALS)}",
        door.cost(door.view("convertToAssets", shares), wish.amount),
        door.room(most, "pays"),
    )
    return _leaving(door, f"withdraw {door.text(wish.amount)}", lines, data)


def withdraw_shares(door: Door, wish: DoorWish) -> Action:
    """A stated number of shares back, for base asset.

    Raises
    ------
    BadInput
        If the holder has too few shares, the door does not let so much out, or too little is paid.
    """
    require_shares(door.wallet, door.vault, wish.amount)
    assets = door.view("previewRedeem", wish.amount)
    most = door.view("maxRedeem", door.wallet.holder)
    paid = door.view("previewRedeem", most)
    if wish.amount > most:
        _too_much(door, assets, paid, door.terms["withdrawLeft"], "pays")
    floor = wish.floor(assets)
    if not assets or assets < floor:
        raise BadInput(
            f"the withdrawal pays {door.text(assets)}, less than the limit of {door.text(floor)}"
        )
    signature = "redeem(uint256,address,address,uint256)"
    data = encode_call(signature, wish.amount, wish.receiver, door.wallet.holder, floor)
    lines = (
        f"gives back {door.shares(wish.amount)}",
        f"receives {door.text(assets)}, at least {amount_text(floor, door.base.decimals)}",
        door.cost(door.view("convertToAssets", wish.amount), assets),
        door.room(paid, "pays this holder"),
    )
    return _leaving(door, f"withdraw {door.shares(wish.amount)}", lines, data)


def _leaving(door: Door, title: str, lines: tuple[str, ...], data: bytes) -> Action:
    transaction = Transaction("hold withdraw", title, door.vault, data)
    return Action(title, lines, (), transaction, _deadline(door))


def _deadline(door: Door) -> int:
    return door.wallet.timestamp + PERMIT_SECONDS


def _too_much(door: Door, assets: int, most: int, left: int, verb: str) -> None:
    held = door.base.recorded
    if verb != "takes" and assets > held:
        raise BadInput(
            f"the vault has {door.text(held)} of its base asset, asked for {door.text(assets)}; "
            f"{IN_KIND}"
        )
    raise BadInput(
        f"the door {verb} up to {door.text(most)} now, asked for {door.text(assets)}: "
        f"{door.wait(assets, left)}"
    )


def _shut(snapshot: VaultSnapshot, *, entry: bool) -> str:
    """Why the doors are shut; empty if they are open."""
    if not snapshot.total_supply:
        return "the vault was never seeded"
    if snapshot.paused_until > snapshot.timestamp:
        return f"trading is paused until {moment(snapshot.paused_until)}"
    for holding in snapshot.holdings:
        if not holding.counts_rightly:
            return (
                f"the price of {holding.label} cannot be used: {words(holding.price_status)} "
                f"(answered {moment(holding.price_updated_at)})"
            )
        if entry and holding.written_off and holding.recorded + holding.unvested:
            return f"the vault still holds {holding.label}, which is written off"
    if not snapshot.limits.flow_capacity:
        return "the owner set flow_capacity to 0 %"
    return ""
