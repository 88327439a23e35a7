"""What a holder's action would do, worked out before anything is signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.answers import Block
from trimtab.chain.contracts import decode_result, encode_call, interface
from trimtab.chain.node import Call, Node
from trimtab.cli.format import SHARE_DECIMALS, amount_of, value_text
from trimtab.cli.hold_grant import Grant, Transaction
from trimtab.cli.hold_permit import PERMIT_SECONDS, permit_domain
from trimtab.deploy.questions import Chain
from trimtab.domain.phrases import amount_text
from trimtab.domain.snapshot import Holding, VaultSnapshot
from trimtab.domain.units import PRICE_SCALE, WAD
from trimtab.errors import BadInput
from trimtab.executor.signer import Signature


@dataclass(frozen=True, slots=True)
class Line:
    """One asset of an action in kind; amounts in its smallest unit.

    Attributes
    ----------
    holding
        The asset.
    amount
        What the vault previews at this block.
    limit
        Most to pay, or least to receive.
    skipped
        Whether the amount is set aside instead of sent.
    """

    holding: Holding
    amount: int
    limit: int
    skipped: bool = False

    def text(self, amount: int) -> str:
        """An amount with the asset's symbol."""
        return f"{amount_text(amount, self.holding.decimals)} {self.holding.label}"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a holder does, ready to be sent.

    Attributes
    ----------
    title
        What it does.
    lines
        What comes of it, in words.
    grants
        Allowances that it needs first.
    transaction
        The action itself.
    with_permit
        The action handing over a signature of its one grant, where it can; the permit must have
        the deadline of the action.
    deadline
        Last timestamp at which a permit is good, in seconds.
    """

    title: str
    lines: tuple[str, ...]
    grants: tuple[Grant, ...]
    transaction: Transaction
    deadline: int
    with_permit: Callable[[Signature], Transaction] | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a holder asks for.

    Attributes
    ----------
    shares
        Shares, in share wei.
    tolerance
        How far amounts may move before the transaction is mined, in WAD.
    limits
        Limits that the holder states, by the position of the asset, in its smallest unit.
    receiver
        Who gets shares or assets.
    skip
        Positions of assets to set aside.
    """

    shares: int
    tolerance: int
    limits: Mapping[int, int]
    receiver: ChecksumAddress
    skip: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """An allowance that an action needs: how much of a token, for whom, and both in words."""

    token: str
    spender: ChecksumAddress
    amount: int
    text: str
    whom: str


class Wallet:
    """A holder's balances and allowances at one block."""

    def __init__(self, node: Node, block: Block, holder: ChecksumAddress) -> None:
        self._chain = Chain(node, block)
        self._node = node
        self.block = block
        self.holder = holder

    @property
    def timestamp(self) -> int:
        """Time of the block that is read, in seconds."""
        return self.block.timestamp

    def balance(self, token: str) -> int:
        """What the holder has of a token, in its smallest unit."""
        return self._number(token, "balanceOf(address)", self.holder)

    def owed(self, vault: ChecksumAddress, token: str) -> int:
        """What a vault has set aside of a token for the holder, in its smallest unit."""
        return self._number(vault, "owedTo(address,address)", self.holder, token)

    def view(self, vault: ChecksumAddress, function: str, *arguments: object) -> Any:
        """What a view of the vault answers."""
        abi = interface("Vault")
        data = self._node.call(Call(vault, abi.encode(function, *arguments)), at=self.block)
        return next(iter(abi.decode(function, data).values()))

    def grant(self, asked: Asked) -> tuple[Grant, ...]:
        """The allowance that is asked for, unless one that suffices stands."""
        standing = self._number(
            asked.token, "allowance(address,address)", self.holder, asked.spender
        )
        if standing >= asked.amount:
            return ()
        token = to_checksum_address(asked.token)
        domain = permit_domain(self._chain, token, self.holder)
        return (
            Grant(
                token=token,
                owner=self.holder,
                spender=asked.spender,
                amount=asked.amount,
                standing=standing,
                text=asked.text,
                whom=asked.whom,
                domain=domain,
            ),
        )

    def _number(self, to: str, signature: str, *arguments: object) -> int:
        call = Call(to_checksum_address(to), encode_call(signature, *arguments))
        data = self._node.call(call, at=self.block)
        return int(decode_result(["uint256"], data, signature)[0])


def mint(snapshot: VaultSnapshot, wallet: Wallet, wish: Wish) -> Action:
    """A mint in kind: every asset in proportion, for shares.

    Raises
    ------
    BadInput
        If the holder has too little of an asset, or allows less than is asked.
    """
    vault = to_checksum_address(snapshot.vault)
    amounts = wallet.view(vault, "previewMintInKind", wish.shares)
    lines = _lines(snapshot, amounts, _ceilings(amounts, wish))
    balances = [wallet.balance(line.holding.token) for line in lines]
    _check_mint(lines, balances)
    asked = [
        Asked(line.holding.token, vault, line.limit, line.text(line.limit), "the vault")
        for line in lines
    ]
    data = interface("Vault").encode(
        "mintInKind", wish.shares, [line.limit for line in lines], wish.receiver
    )
    title = f"mint {share_text(snapshot, wish.shares)} in kind"
    return Action(
        title=title,
        lines=(*map(_payment, lines, balances), _worth(snapshot, lines, wish.shares)),
        grants=tuple(grant for item in asked for grant in wallet.grant(item)),
        transaction=Transaction("hold mint", title, vault, data),
        deadline=wallet.timestamp + PERMIT_SECONDS,
    )


def redeem(snapshot: VaultSnapshot, wallet: Wallet, wish: Wish) -> Action:
    """A redemption in kind: shares, for every asset in proportion.

    Raises
    ------
    BadInput
        If the holder has too few shares, or demands more than is paid.
    """
    vault = to_checksum_address(snapshot.vault)
    require_shares(wallet, vault, wish.shares)
    amounts = wallet.view(vault, "previewRedeemInKind", wish.shares)
    lines = _lines(snapshot, amounts, _floors(amounts, wish), skip=wish.skip)
    _check_redeem(lines)
    limits = [line.limit for line in lines]
    bitmap = sum(1 << position for position in wish.skip)
    arguments = (wish.shares, limits, wish.receiver, wallet.holder, bitmap)
    data = interface("Vault").encode("redeemInKind", *arguments)
    title = f"redeem {share_text(snapshot, wish.shares)} in kind"
    return Action(
        title=title,
        lines=(*map(_receipt, lines), _worth(snapshot, lines, wish.shares)),
        grants=(),
        transaction=Transaction("hold redeem", title, vault, data),
        deadline=wallet.timestamp + PERMIT_SECONDS,
    )


def require_shares(wallet: Wallet, vault: ChecksumAddress, shares: int) -> None:
    """Refuse to give back more shares than the holder has.

    Raises
    ------
    BadInput
        If the holder has fewer than `shares`, in share wei.
    """
    held = wallet.balance(vault)
    if held < shares:
        raise BadInput(
            f"{wallet.holder} holds {amount_text(held, SHARE_DECIMALS)} shares, asked to give back "
            f"{amount_text(shares, SHARE_DECIMALS)}"
        )


def position_of(symbol: str, snapshot: VaultSnapshot) -> int:
    """Position of the asset that a person means by a symbol or an address.

    Raises
    ------
    BadInput
        If no asset, or more than one, is called so.
    """
    found = [
        position
        for position, holding in enumerate(snapshot.holdings)
        if symbol in (holding.symbol, holding.token)
    ]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(holding.label for holding in snapshot.holdings)
    what = "names more than one asset; use its address" if found else "is not an asset"
    raise BadInput(f'"{symbol}" {what}, expected one of {listed}')


def stated_limits(pairs: Sequence[str], snapshot: VaultSnapshot) -> dict[int, int]:
    """Limits given as `SYMBOL=AMOUNT`, by position of the asset, in its smallest unit."""
    limits: dict[int, int] = {}
    for pair in pairs:
        symbol, equals, text = pair.partition("=")
        if not equals:
            raise BadInput(f'"{pair}": expected SYMBOL=AMOUNT, such as USDC=1000')
        position = position_of(symbol, snapshot)
        limits[position] = amount_of(text, snapshot.holdings[position].decimals, symbol)
    return limits


def _lines(
    snapshot: VaultSnapshot,
    amounts: Sequence[int],
    limits: Sequence[int],
    *,
    skip: frozenset[int] = frozenset(),
) -> tuple[Line, ...]:
    return tuple(
        Line(holding, amounts[position], limits[position], position in skip)
        for position, holding in enumerate(snapshot.holdings)
    )


def _payment(line: Line, balance: int) -> str:
    decimals = line.holding.decimals
    return (
        f"pays {line.text(line.amount)}, at most {amount_text(line.limit, decimals)}; holder has "
        f"{amount_text(balance, decimals)}"
    )


def _receipt(line: Line) -> str:
    verb = "sets aside" if line.skipped else "receives"
    floor = amount_text(line.limit, line.holding.decimals)
    return f"{verb} {line.text(line.amount)}, at least {floor}"


def _worth(snapshot: VaultSnapshot, lines: Sequence[Line], shares: int) -> str:
    """What the amounts and the shares are worth at the oracle's prices, where there are prices."""
    if not all(line.holding.counts_rightly for line in lines) or not snapshot.total_supply:
        return "a price is missing, so no worth can be told; in kind needs none"
    amounts = sum(line.amount * line.holding.price // PRICE_SCALE for line in lines)
    whole = snapshot.nav * shares // snapshot.total_supply
    return (
        f"worth {value_text(amounts)} at the oracle's prices, the shares {value_text(whole)}: in "
        "kind costs nothing"
    )


def _ceilings(amounts: Sequence[int], wish: Wish) -> list[int]:
    return [
        wish.limits.get(position, -(-amount * (WAD + wish.tolerance) // WAD))
        for position, amount in enumerate(amounts)
    ]


def _floors(amounts: Sequence[int], wish: Wish) -> list[int]:
    return [
        wish.limits.get(position, amount * (WAD - wish.tolerance) // WAD)
        for position, amount in enumerate(amounts)
    ]


def _check_mint(lines: Sequence[Line], balances: Sequence[int]) -> None:
    faults = [
        f"{line.holding.label}: the vault asks for {line.text(line.amount)}, more than the limit "
        f"of {line.text(line.limit)}"
        for line in lines
        if line.amount > line.limit
    ]
    faults += [
        f"{line.holding.label}: the vault asks for {line.text(line.amount)}, the holder has "
        f"{line.text(balance)}"
        for line, balance in zip(lines, balances, strict=True)
        if line.amount > balance
    ]
    if faults:
        advice = "get the rest, take fewer shares, or join with one token: trimtab hold zap in"
        raise BadInput("\n".join([*faults, advice]))


def _check_redeem(lines: Sequence[Line]) -> None:
    faults = [
        f"{line.holding.label}: the vault pays {line.text(line.amount)}, less than the limit of "
        f"{line.text(line.limit)}"
        for line in lines
        if line.amount < line.limit
    ]
    if faults:
        raise BadInput("\n".join(faults))


def share_text(snapshot: VaultSnapshot, shares: int) -> str:
    """A number of shares with their symbol."""
    return f"{amount_text(shares, SHARE_DECIMALS)} {snapshot.symbol}"
