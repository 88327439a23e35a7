"""What a holder's action would do, worked out before anything is signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.answers import Block
from trimtab.chain.contracts import decode_result, encode_call, interface
from trimtab.chain.node import Call, Node
from trimtab.cli.format import SHARE_DECIMALS, amount_of
from trimtab.domain.phrases import amount_text
from trimtab.domain.snapshot import Holding, VaultSnapshot
from trimtab.domain.units import WAD
from trimtab.errors import BadInput


@dataclass(frozen=True, slots=True)
class Line:
    """One asset of an action; amounts in its smallest unit.

    Attributes
    ----------
    holding
        The asset.
    amount
        What the vault previews at this block.
    limit
        Most to pay, or least to receive.
    balance, allowance
        What the holder has, and what the vault may take of it.
    skipped
        Whether the amount is set aside instead of sent.
    """

    holding: Holding
    amount: int
    limit: int
    balance: int
    allowance: int
    skipped: bool = False

    def text(self, amount: int) -> str:
        """An amount with the asset's symbol."""
        return f"{amount_text(amount, self.holding.decimals)} {self.holding.label}"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction of an action."""

    kind: str
    title: str
    to: ChecksumAddress
    data: bytes


@dataclass(frozen=True, slots=True)
class Action:
    """A mint or a redemption, ready to be sent.

    Attributes
    ----------
    title
        What it does.
    lines
        One for each asset.
    transactions
        In the order in which they have to be sent; the last one is the action itself.
    """

    title: str
    lines: tuple[Line, ...]
    transactions: tuple[Transaction, ...]


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


class Wallet:
    """A holder's balances and allowances at one block."""

    def __init__(self, node: Node, block: Block, holder: ChecksumAddress) -> None:
        self._node = node
        self._block = block
        self.holder = holder

    def balance(self, token: str) -> int:
        """What the holder has of a token, in its smallest unit."""
        return self._number(token, "balanceOf(address)", self.holder)

    def allowance(self, token: str, spender: str) -> int:
        """What `spender` may take of a token, in its smallest unit."""
        return self._number(token, "allowance(address,address)", self.holder, spender)

    def owed(self, vault: ChecksumAddress, token: str) -> int:
        """What a vault has set aside of a token for the holder, in its smallest unit."""
        return self._number(vault, "owedTo(address,address)", self.holder, token)

    def amounts(self, vault: ChecksumAddress, view: str, shares: int) -> tuple[int, ...]:
        """What a preview of the vault answers, one amount for each asset."""
        abi = interface("Vault")
        data = self._node.call(Call(vault, abi.encode(view, shares)), at=self._block)
        found: tuple[int, ...] = next(iter(abi.decode(view, data).values()))
        return found

    def _number(self, to: str, signature: str, *arguments: object) -> int:
        call = Call(to_checksum_address(to), encode_call(signature, *arguments))
        data = self._node.call(call, at=self._block)
        return int(decode_result(["uint256"], data, signature)[0])


def mint(snapshot: VaultSnapshot, wallet: Wallet, wish: Wish) -> Action:
    """A mint in kind: every asset in proportion, for shares.

    Raises
    ------
    BadInput
        If the holder has too little of an asset, or allows less than is asked.
    """
    vault = to_checksum_address(snapshot.vault)
    amounts = wallet.amounts(vault, "previewMintInKind", wish.shares)
    lines = _lines(snapshot, wallet, amounts, _ceilings(amounts, wish))
    _check_mint(lines)
    approvals = [step for line in lines for step in _approvals(line, vault)]
    limits = [line.limit for line in lines]
    data = interface("Vault").encode("mintInKind", wish.shares, limits, wish.receiver)
    title = f"mint {_shares(snapshot, wish)} in kind"
    return Action(title, lines, (*approvals, Transaction("hold mint", title, vault, data)))


def redeem(snapshot: VaultSnapshot, wallet: Wallet, wish: Wish) -> Action:
    """A redemption in kind: shares, for every asset in proportion.

    Raises
    ------
    BadInput
        If the holder has too few shares, or demands more than is paid.
    """
    vault = to_checksum_address(snapshot.vault)
    held = wallet.balance(vault)
    if held < wish.shares:
        raise BadInput(
            f"{wallet.holder} holds {amount_text(held, SHARE_DECIMALS)} shares, asked to redeem "
            f"{amount_text(wish.shares, SHARE_DECIMALS)}"
        )
    amounts = wallet.amounts(vault, "previewRedeemInKind", wish.shares)
    lines = _lines(snapshot, wallet, amounts, _floors(amounts, wish), skip=wish.skip)
    _check_redeem(lines)
    limits = [line.limit for line in lines]
    bitmap = sum(1 << position for position in wish.skip)
    arguments = (wish.shares, limits, wish.receiver, wallet.holder, bitmap)
    data = interface("Vault").encode("redeemInKind", *arguments)
    title = f"redeem {_shares(snapshot, wish)} in kind"
    return Action(title, lines, (Transaction("hold redeem", title, vault, data),))


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
    wallet: Wallet,
    amounts: Sequence[int],
    limits: Sequence[int],
    *,
    skip: frozenset[int] = frozenset(),
) -> tuple[Line, ...]:
    return tuple(
        Line(
            holding=holding,
            amount=amounts[position],
            limit=limits[position],
            balance=wallet.balance(holding.token),
            allowance=wallet.allowance(holding.token, snapshot.vault),
            skipped=position in skip,
        )
        for position, holding in enumerate(snapshot.holdings)
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


def _check_mint(lines: Sequence[Line]) -> None:
    faults = [
        f"{line.holding.label}: the vault asks for {line.text(line.amount)}, more than the limit "
        f"of {line.text(line.limit)}"
        for line in lines
        if line.amount > line.limit
    ]
    faults += [
        f"{line.holding.label}: the vault asks for {line.text(line.amount)}, the holder has "
        f"{line.text(line.balance)}"
        for line in lines
        if line.amount > line.balance
    ]
    if faults:
        raise BadInput("\n".join(faults))


def _check_redeem(lines: Sequence[Line]) -> None:
    faults = [
        f"{line.holding.label}: the vault pays {line.text(line.amount)}, less than the limit of "
        f"{line.text(line.limit)}"
        for line in lines
        if line.amount < line.limit
    ]
    if faults:
        raise BadInput("\n".join(faults))


def _approvals(line: Line, vault: ChecksumAddress) -> list[Transaction]:
    """What lets the vault take up to the limit; some tokens want an old allowance cleared first."""
    if not line.limit or line.allowance >= line.limit:
        return []
    wanted = [0, line.limit] if line.allowance else [line.limit]
    return [
        Transaction(
            "hold approve",
            f"approve {line.text(amount)} for the vault",
            to_checksum_address(line.holding.token),
            encode_call("approve(address,uint256)", vault, amount),
        )
        for amount in wanted
    ]


def _shares(snapshot: VaultSnapshot, wish: Wish) -> str:
    return f"{amount_text(wish.shares, SHARE_DECIMALS)} {snapshot.symbol}"
