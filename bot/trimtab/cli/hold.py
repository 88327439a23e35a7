"""`trimtab hold`: mint and redeem in kind, with every amount shown before it moves."""

from __future__ import annotations

from typing import Annotated

import typer
from eth_utils.address import is_address, to_checksum_address
from pydantic_core import PydanticCustomError

from trimtab.chain.contracts import interface
from trimtab.chain.node import Call
from trimtab.cli.app import DEFAULT_CONFIG, ConfigFile, Live, app, out, remark
from trimtab.cli.format import SHARE_DECIMALS, amount_of
from trimtab.cli.holder import (
    Action,
    Transaction,
    Wallet,
    Wish,
    mint,
    position_of,
    redeem,
    stated_limits,
)
from trimtab.cli.session import Session
from trimtab.cli.settings.fields import parse_fraction
from trimtab.domain.phrases import amount_text
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.errors import BadInput
from trimtab.executor.intents import Intent
from trimtab.store.journal import Subject

hold = typer.Typer(help="What holders do: mint and redeem in kind.", no_args_is_help=True)
app.add_typer(hold, name="hold")

Shares = Annotated[str, typer.Argument(help="Number of shares, such as 1.5.")]
Tolerance = Annotated[
    str, typer.Option(help='How far amounts may move until the transaction is mined: "0.5 %".')
]
Receiver = Annotated[str | None, typer.Option(help="Who receives; unset, the signing account.")]


@hold.command(name="mint")
def mint_verb(
    shares: Shares,
    *,
    config: ConfigFile = DEFAULT_CONFIG,
    max_in: Annotated[
        list[str] | None, typer.Option(help="Most to pay of one asset: SYMBOL=AMOUNT.")
    ] = None,
    tolerance: Tolerance = "0.5 %",
    receiver: Receiver = None,
    live: Live = False,
) -> None:
    """Pay every asset in proportion and receive SHARES."""
    session, snapshot, wallet = _opened(config)
    wish = Wish(
        amount_of(shares, SHARE_DECIMALS, "SHARES"),
        _fraction(tolerance),
        stated_limits(max_in or [], snapshot),
        to_checksum_address(_receiver(receiver) or wallet.holder),
    )
    action = mint(snapshot, wallet, wish)
    _show_mint(action)
    _act(session, action, live=live)


@hold.command(name="redeem")
def redeem_verb(
    shares: Annotated[str, typer.Argument(help='Number of shares, or "all".')],
    *,
    config: ConfigFile = DEFAULT_CONFIG,
    min_out: Annotated[
        list[str] | None, typer.Option(help="Least to receive of one asset: SYMBOL=AMOUNT.")
    ] = None,
    skip: Annotated[
        list[str] | None,
        typer.Option(help="Asset to set aside, if it cannot be transferred; claim it later."),
    ] = None,
    tolerance: Tolerance = "0.5 %",
    receiver: Receiver = None,
    live: Live = False,
) -> None:
    """Give SHARES back and receive every asset in proportion. Needs no price and no keeper."""
    session, snapshot, wallet = _opened(config)
    wish = Wish(
        _redeemed(shares, snapshot, wallet),
        _fraction(tolerance),
        stated_limits(min_out or [], snapshot),
        to_checksum_address(_receiver(receiver) or wallet.holder),
        frozenset(position_of(symbol, snapshot) for symbol in skip or []),
    )
    action = redeem(snapshot, wallet, wish)
    _show_redemption(action)
    _act(session, action, live=live)


@hold.command()
def claim(
    symbol: Annotated[str, typer.Argument(help="Asset that was set aside in a redemption.")],
    config: ConfigFile = DEFAULT_CONFIG,
    receiver: Receiver = None,
    live: Live = False,
) -> None:
    """Collect what an earlier redemption set aside."""
    session, snapshot, wallet = _opened(config)
    holding = snapshot.holdings[position_of(symbol, snapshot)]
    vault = session.target.vault
    owed = wallet.owed(vault, holding.token)
    if not owed:
        raise BadInput(f"nothing of {symbol} is set aside for {wallet.holder}")
    title = f"claim {amount_text(owed, holding.decimals)} {holding.label}"
    to = to_checksum_address(_receiver(receiver) or wallet.holder)
    data = interface("Vault").encode("claimOwed", holding.token, to)
    transaction = Transaction("hold claim", title, vault, data)
    _act(session, Action(title, (), (transaction,)), live=live)


def _opened(config: ConfigFile) -> tuple[Session, VaultSnapshot, Wallet]:
    session = Session(config)
    holder = session.address()
    snapshot = session.snapshot()
    return session, snapshot, Wallet(session.node, session.node.head(), holder)


def _redeemed(shares: str, snapshot: VaultSnapshot, wallet: Wallet) -> int:
    if shares != "all":
        return amount_of(shares, SHARE_DECIMALS, "SHARES")
    held = wallet.balance(snapshot.vault)
    if not held:
        raise BadInput(f"{wallet.holder} holds no shares of {snapshot.vault}")
    return held


def _fraction(text: str) -> int:
    try:
        return parse_fraction(text)
    except PydanticCustomError as error:
        raise BadInput(f'--tolerance is "{text}", {error.message()}') from None


def _receiver(address: str | None) -> str | None:
    if address is not None and not is_address(address):
        raise BadInput(f'--receiver is "{address}", expected an address')
    return address


def _show_mint(action: Action) -> None:
    out.print(action.title, style="bold")
    for line in action.lines:
        decimals = line.holding.decimals
        out.print(
            f"  pays {line.text(line.amount)}, at most {amount_text(line.limit, decimals)}; holder "
            f"has {amount_text(line.balance, decimals)}, vault may take "
            f"{amount_text(line.allowance, decimals)}",
            soft_wrap=True,
        )


def _show_redemption(action: Action) -> None:
    out.print(action.title, style="bold")
    for line in action.lines:
        floor = amount_text(line.limit, line.holding.decimals)
        verb = "sets aside" if line.skipped else "receives"
        out.print(f"  {verb} {line.text(line.amount)}, at least {floor}", soft_wrap=True)


def _act(session: Session, action: Action, *, live: bool) -> None:
    for number, transaction in enumerate(action.transactions, start=1):
        out.print(f"{number}. {transaction.title} → {transaction.to}", soft_wrap=True)
    if not live:
        if len(action.transactions) == 1:
            last = action.transactions[0]
            session.node.call(Call(last.to, last.data, session.address()))
            remark("the node says that it would succeed now")
        remark("dry run: nothing was signed or sent; add --live to send")
        return
    with session.sending() as sending:
        sending.executor.reconcile()
        for transaction in action.transactions:
            intent = Intent(Subject(transaction.kind), transaction.to, transaction.data)
            outcome = sending.executor.submit(intent).require_success()
            out.print(
                f"{transaction.title}: block {outcome.block_number}, {outcome.gas_used} gas, "
                f"{outcome.transaction_hash}",
                soft_wrap=True,
            )
