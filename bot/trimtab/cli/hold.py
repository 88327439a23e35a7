"""`trimtab hold`: join and leave a vault, with every amount shown before it moves."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from pydantic_core import PydanticCustomError

from trimtab.chain.contracts import interface
from trimtab.cli.app import DEFAULT_CONFIG, ConfigFile, Live, app, example
from trimtab.cli.format import SHARE_DECIMALS, amount_of
from trimtab.cli.hold_act import act
from trimtab.cli.hold_doors import DoorWish, deposit, open_door, withdraw, withdraw_shares
from trimtab.cli.hold_grant import Transaction
from trimtab.cli.hold_market import RouteMarket
from trimtab.cli.hold_zap import Zap, zap_in, zap_out
from trimtab.cli.holder import Action, Wallet, Wish, mint, position_of, redeem, stated_limits
from trimtab.cli.session import Session
from trimtab.cli.settings.fields import parse_address, parse_fraction
from trimtab.deploy.code import code_hash, is_ours
from trimtab.domain.phrases import amount_text
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.errors import BadInput

hold = typer.Typer(
    help="Join and leave a vault: in kind, in its base asset, or with one token.",
    no_args_is_help=True,
    epilog=example("hold mint 100"),
)
app.add_typer(hold, name="hold")

Shares = Annotated[str, typer.Argument(help="Number of shares, such as 1.5.")]
Tolerance = Annotated[
    str, typer.Option(help='How far amounts may move until the transaction is mined: "0.5 %".')
]
Skip = Annotated[
    list[str] | None,
    typer.Option(help="Asset to set aside, if it cannot be transferred; claim it later."),
]
Receiver = Annotated[str | None, typer.Option(help="Who receives; unset, the signing account.")]


@hold.command(name="mint", epilog=example("hold mint 100 --max-in ETH=0.02"))
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
    session = Session(config)

    def plan() -> Action:
        snapshot, wallet = _opened(session)
        wish = Wish(
            amount_of(shares, SHARE_DECIMALS, "SHARES"),
            _fraction(tolerance),
            stated_limits(max_in or [], snapshot),
            _receiver(receiver, wallet),
        )
        return mint(snapshot, wallet, wish)

    act(session, "hold mint", plan, live=live)


@hold.command(name="redeem", epilog=example("hold redeem all --skip BTC --live"))
def redeem_verb(
    shares: Annotated[str, typer.Argument(help='Number of shares, or "all".')],
    *,
    config: ConfigFile = DEFAULT_CONFIG,
    min_out: Annotated[
        list[str] | None, typer.Option(help="Least to receive of one asset: SYMBOL=AMOUNT.")
    ] = None,
    skip: Skip = None,
    tolerance: Tolerance = "0.5 %",
    receiver: Receiver = None,
    live: Live = False,
) -> None:
    """Give SHARES back and receive every asset in proportion. Needs no price and no keeper."""
    session = Session(config)

    def plan() -> Action:
        snapshot, wallet = _opened(session)
        wish = Wish(
            _share_count(shares, snapshot, wallet),
            _fraction(tolerance),
            stated_limits(min_out or [], snapshot),
            _receiver(receiver, wallet),
            frozenset(position_of(symbol, snapshot) for symbol in skip or []),
        )
        return redeem(snapshot, wallet, wish)

    act(session, "hold redeem", plan, live=live)


@hold.command(name="deposit", epilog=example("hold deposit 500 --live"))
def deposit_verb(
    amount: Annotated[str, typer.Argument(help="Amount of the base asset, such as 1000.")],
    *,
    config: ConfigFile = DEFAULT_CONFIG,
    min_shares: Annotated[
        str | None, typer.Option(help="Least shares to receive, in place of --tolerance.")
    ] = None,
    tolerance: Tolerance = "0.5 %",
    receiver: Receiver = None,
    live: Live = False,
) -> None:
    """Pay AMOUNT of the base asset and receive shares, at oracle prices less a spread."""
    session = Session(config)

    def plan() -> Action:
        snapshot, wallet = _opened(session)
        base = snapshot.holdings[0]
        wish = DoorWish(
            amount_of(amount, base.decimals, "AMOUNT"),
            _fraction(tolerance),
            _stated(min_shares, SHARE_DECIMALS, "--min-shares"),
            _receiver(receiver, wallet),
        )
        return deposit(open_door(snapshot, wallet, entry=True), wish)

    act(session, "hold deposit", plan, live=live)


@hold.command(name="withdraw", epilog=example("hold withdraw --shares 20 --min-out 19.8"))
def withdraw_verb(
    amount: Annotated[
        str | None, typer.Argument(help="Amount of the base asset to receive.")
    ] = None,
    *,
    config: ConfigFile = DEFAULT_CONFIG,
    shares: Annotated[
        str | None, typer.Option(help='Give back so many shares instead; "all" for every one.')
    ] = None,
    max_shares: Annotated[
        str | None, typer.Option(help="Most shares to give for AMOUNT, in place of --tolerance.")
    ] = None,
    min_out: Annotated[
        str | None, typer.Option(help="Least to receive for --shares, in place of --tolerance.")
    ] = None,
    tolerance: Tolerance = "0.5 %",
    receiver: Receiver = None,
    live: Live = False,
) -> None:
    """Receive AMOUNT of the base asset for shares, at oracle prices less a spread."""
    if (amount is None) == (shares is None):
        raise BadInput("say either AMOUNT, in the base asset, or --shares")
    session = Session(config)

    def plan() -> Action:
        snapshot, wallet = _opened(session)
        door = open_door(snapshot, wallet, entry=False)
        decimals = snapshot.holdings[0].decimals
        to, part = _receiver(receiver, wallet), _fraction(tolerance)
        if shares is not None:
            count = _share_count(shares, snapshot, wallet)
            least = _stated(min_out, decimals, "--min-out")
            return withdraw_shares(door, DoorWish(count, part, least, to))
        assets = amount_of(str(amount), decimals, "AMOUNT")
        most = _stated(max_shares, SHARE_DECIMALS, "--max-shares")
        return withdraw(door, DoorWish(assets, part, most, to))

    act(session, "hold withdraw", plan, live=live)


zap = typer.Typer(
    help="Join and leave with one token.", no_args_is_help=True, epilog=example("hold zap in 1000")
)
hold.add_typer(zap, name="zap")


@zap.command(name="in", epilog=example("hold zap in 1000 USDC --live"))
def zap_in_verb(
    amount: Annotated[str, typer.Argument(help="Amount to pay, such as 1000.")],
    symbol: Annotated[str | None, typer.Argument(help="Asset; unset, the base asset.")] = None,
    *,
    config: ConfigFile = DEFAULT_CONFIG,
    min_shares: Annotated[
        str | None, typer.Option(help="Least shares to receive, in place of --tolerance.")
    ] = None,
    tolerance: Tolerance = "0.5 %",
    receiver: Receiver = None,
    live: Live = False,
) -> None:
    """Pay AMOUNT of one asset; swaps over the vault's routes make all others of it."""
    session = Session(config)

    def plan() -> Action:
        work = _zap(session, symbol, tolerance, receiver)
        limit = _stated(min_shares, SHARE_DECIMALS, "--min-shares")
        return zap_in(replace(work, limit=limit), amount_of(amount, work.asset.decimals, "AMOUNT"))

    act(session, "hold zap in", plan, live=live)


@zap.command(name="out", epilog=example("hold zap out 300 ETH --keep BTC"))
def zap_out_verb(
    shares: Annotated[str, typer.Argument(help='Number of shares, or "all".')],
    symbol: Annotated[str | None, typer.Argument(help="Asset; unset, the base asset.")] = None,
    *,
    config: ConfigFile = DEFAULT_CONFIG,
    min_out: Annotated[
        str | None, typer.Option(help="Least to receive, in place of --tolerance.")
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option(help="Asset to receive as it is, not sold.")
    ] = None,
    skip: Skip = None,
    tolerance: Tolerance = "0.5 %",
    receiver: Receiver = None,
    live: Live = False,
) -> None:
    """Give SHARES back; swaps over the vault's routes make one asset of all others."""
    session = Session(config)

    def plan() -> Action:
        work = _zap(session, symbol, tolerance, receiver)
        limit = _stated(min_out, work.asset.decimals, "--min-out")
        kept, skipped = (
            frozenset(position_of(name, work.snapshot) for name in names or [])
            for names in (keep, skip)
        )
        count = _share_count(shares, work.snapshot, work.wallet)
        return zap_out(replace(work, limit=limit), count, keep=kept, skip=skipped)

    act(session, "hold zap out", plan, live=live)


@hold.command(epilog=example("hold claim BTC --live"))
def claim(
    symbol: Annotated[str, typer.Argument(help="Asset that was set aside in a redemption.")],
    config: ConfigFile = DEFAULT_CONFIG,
    receiver: Receiver = None,
    live: Live = False,
) -> None:
    """Collect what an earlier redemption set aside."""
    session = Session(config)

    def plan() -> Action:
        snapshot, wallet = _opened(session)
        holding = snapshot.holdings[position_of(symbol, snapshot)]
        vault = session.target.vault
        owed = wallet.owed(vault, holding.token)
        if not owed:
            raise BadInput(f"nothing of {symbol} is set aside for {wallet.holder}")
        title = f"claim {amount_text(owed, holding.decimals)} {holding.label}"
        data = interface("Vault").encode("claimOwed", holding.token, _receiver(receiver, wallet))
        transaction = Transaction("hold claim", title, vault, data)
        return Action(title, (), (), transaction, wallet.timestamp)

    act(session, "hold claim", plan, live=live)


def _opened(session: Session) -> tuple[VaultSnapshot, Wallet]:
    """The vault and the holder at the newest block."""
    block = session.node.head()
    return session.snapshot(block), Wallet(session.node, block, session.address())


def _zap(session: Session, symbol: str | None, tolerance: str, receiver: str | None) -> Zap:
    """What a zap is worked out from; `symbol` None is the base asset."""
    snapshot, wallet = _opened(session)
    block = wallet.block
    market = RouteMarket(session.node, session.quoters(), block, snapshot, session.routes(block))
    token = 0 if symbol is None else position_of(symbol, snapshot)
    part, to = _fraction(tolerance), _receiver(receiver, wallet)
    return Zap(snapshot, wallet, _zapper(session), market, token, part, to)


def _zapper(session: Session) -> ChecksumAddress:
    """The zapper, known by its code: whatever lives there is let at the holder's tokens."""
    zapper, record = session.target.zapper, session.target.record
    if zapper is None:
        raise BadInput(
            "vault.zapper is missing: the record names no zapper either; set its address"
        )
    session.node.require_code(zapper, "the zapper")
    code = session.node.code(zapper)
    entry = record.content["contracts"].get("Zapper") if record else None
    if not is_ours("Zapper", code, {}) and code_hash(code) != (entry or {}).get("code_hash"):
        raise BadInput(
            f"the code at {zapper} is not that of a zapper (hash {code_hash(code)}): nothing is "
            "approved for it; name another in vault.zapper"
        )
    return zapper


def _share_count(shares: str, snapshot: VaultSnapshot, wallet: Wallet) -> int:
    if shares != "all":
        return amount_of(shares, SHARE_DECIMALS, "SHARES")
    held = wallet.balance(snapshot.vault)
    if not held:
        raise BadInput(f"{wallet.holder} holds no shares of {snapshot.vault}")
    return held


def _stated(text: str | None, decimals: int, option: str) -> int | None:
    return None if text is None else amount_of(text, decimals, option)


def _fraction(text: str) -> int:
    try:
        return parse_fraction(text)
    except PydanticCustomError as error:
        raise BadInput(f'--tolerance is "{text}", {error.message()}') from None


def _receiver(address: str | None, wallet: Wallet) -> ChecksumAddress:
    if address is None:
        return wallet.holder
    try:
        return to_checksum_address(parse_address(address))
    except PydanticCustomError as error:
        raise BadInput(f'--receiver is "{address}", {error.message()}') from None
