"""From settings to a keeper: its policy, its market, its quoters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from eth_typing import ChecksumAddress

from trimtab.chain.answers import Block
from trimtab.cli.app import remark
from trimtab.cli.session import Sending, Session
from trimtab.cli.settings.schema import KeeperSettings
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.domain.units import WAD, wad_to_float
from trimtab.errors import BadInput
from trimtab.executor.clock import SystemClock
from trimtab.keeper.fleet import Turn
from trimtab.keeper.keeper import Charge, Instruments, Keeper
from trimtab.keeper.leadership import Candidate, Leadership, process_name
from trimtab.keeper.market import (
    AssetNativePrice,
    ChainMarket,
    Covariance,
    FixedNativePrice,
    NativePrice,
)
from trimtab.keeper.seat import Seat
from trimtab.policy.choose import held_back
from trimtab.policy.custom import load_policy
from trimtab.policy.presets import preset
from trimtab.policy.rules import Destination, Policy, PolicyKind
from trimtab.store.database import Database
from trimtab.store.decisions import Decisions


@dataclass(frozen=True, slots=True)
class Duty:
    """What a keeper does on a block, and what it works with.

    Attributes
    ----------
    take
        Looks at what is in its charge at a block.
    vaults
        What is in its charge.
    database
        What it writes to.
    leaderships
        The right to sign, one for each account; none for a dry run.
    """

    take: Callable[[Block], Turn]
    vaults: tuple[ChecksumAddress, ...]
    database: Database
    leaderships: tuple[Leadership, ...]


@contextmanager
def keeper_on_duty(session: Session, *, live: bool, public: bool) -> Iterator[Duty]:
    """A keeper as the settings describe it; only a live one asks for a password.

    Parameters
    ----------
    live
        Whether it sends.
    public
        Whether it may go on without the keeper role, which leaves it the public tier.

    Raises
    ------
    BadInput
        If a setting is missing, or the account has no role where one is needed.
    """
    # A keystore that is missing is named before the role, which then nobody holds.
    session.address()
    snapshot = session.snapshot()
    if live and not public:
        require_role(snapshot)
    market = market_of(session, snapshot)
    late = held_back(snapshot, session_policy(session))
    if late:
        remark(
            f"the vault's bands of {', '.join(late)} are wider than the policy's triggers: the "
            "vault lets no threshold rebalance begin before its own band"
        )
    with candidacy(session) as candidate, _store(session, live=live) as store:
        executor = store.sending.executor if store.sending else None
        instruments = Instruments(
            node=session.node,
            market=market,
            decisions=Decisions(store.database),
            clock=SystemClock(),
            executor=executor,
        )
        keeper = Keeper(_charge(session), instruments)
        leaderships = (Leadership(executor, candidate),) if executor else ()

        def take(head: Block) -> Turn:
            if not all(leadership.renew() for leadership in leaderships):
                return Turn()
            return Turn(looked=1, results=[keeper.step(head)])

        with resigning(leaderships):
            yield Duty(take, (session.target.vault,), store.database, leaderships)


@contextmanager
def candidacy(session: Session) -> Iterator[Candidate]:
    """This process, as it asks for the right to sign."""
    seconds = float(session.settings.keeper.lease_seconds)
    with Seat(session.file) as seat:
        yield Candidate(process_name(), seconds, seat)


@contextmanager
def resigning(leaderships: Sequence[Leadership]) -> Iterator[None]:
    """Give every right back in the end, so that the next keeper need not wait."""
    try:
        yield
    finally:
        for leadership in leaderships:
            leadership.resign()


def policy_of(settings: KeeperSettings) -> Policy:
    """The policy that section [keeper] describes: a preset, a kind, or a function of one's own.

    Of a preset, and of a function, only what the section states otherwise is replaced.

    Raises
    ------
    BadInput
        If the function cannot be loaded.
    """
    fields = _policy_fields(settings)
    if settings.policy in set(PolicyKind) - {PolicyKind.COST_OPTIMAL, PolicyKind.CUSTOM}:
        return Policy(kind=PolicyKind(settings.policy), **fields)
    stated = {name: fields[name] for name in fields if name in settings.model_fields_set}
    if ":" in settings.policy:
        function = load_policy(settings.policy)
        return Policy(kind=PolicyKind.CUSTOM, function=function, **stated)
    return replace(preset(settings.policy), **stated)


def session_policy(session: Session) -> Policy:
    """The policy of section [keeper], with the learnt timing that it names.

    Raises
    ------
    BadInput
        If the function or the file cannot be loaded.
    """
    policy = policy_of(session.settings.keeper)
    return policy if session.timing is None else replace(policy, timing=session.timing)


def _policy_fields(settings: KeeperSettings) -> dict[str, Any]:
    """The section's own numbers, by the policy's names."""
    relative = settings.relative_trigger
    return {
        "destination": Destination(settings.destination),
        "trigger": None if settings.trigger is None else wad_to_float(settings.trigger),
        "relative_trigger": None if relative is None else wad_to_float(relative),
        "period": settings.period,
        "floor": wad_to_float(settings.floor),
        "cost_multiple": float(settings.cost_multiple),
        "risk_aversion": float(settings.risk_aversion),
        "horizon": settings.horizon,
    }


def market_of(session: Session, snapshot: VaultSnapshot) -> ChainMarket:
    """What trading costs, and how the assets move, as the settings describe it for a vault.

    Raises
    ------
    BadInput
        If a setting is missing, or names no asset of this vault.
    """
    settings = session.settings.keeper
    return ChainMarket(
        source=session.node,
        fees=session.fees(),
        native=native_price(settings, snapshot),
        covariance=covariance(settings, snapshot),
        l1_oracle=session.network().l1_oracle,
    )


def native_price(settings: KeeperSettings, snapshot: VaultSnapshot) -> NativePrice:
    """Where the price of gas comes from.

    Raises
    ------
    BadInput
        If the settings name neither a price nor an asset of this vault.
    """
    if settings.native_price is not None:
        return FixedNativePrice(float(settings.native_price))
    if settings.native_asset is None:
        raise BadInput(
            "keeper.native_asset is missing: name the asset that prices gas, such as WETH, or set "
            "keeper.native_price"
        )
    price = AssetNativePrice(settings.native_asset)
    price.of(snapshot)
    return price


def covariance(settings: KeeperSettings, snapshot: VaultSnapshot) -> Covariance:
    """Yearly covariance of returns from volatilities and one correlation; empty without them.

    Raises
    ------
    BadInput
        If a volatility names no asset of this vault.
    """
    if not settings.volatility:
        return ()
    symbols = [holding.symbol for holding in snapshot.holdings]
    unknown = sorted(set(settings.volatility) - set(symbols))
    if unknown:
        raise BadInput(
            f"keeper.volatility names {', '.join(unknown)}, expected assets of this vault: "
            f"{', '.join(symbols)}"
        )
    sigma = [float(settings.volatility.get(symbol, 0)) for symbol in symbols]
    rho = settings.correlation / WAD
    return tuple(
        tuple(a * b * (1.0 if i == j else rho) for j, b in enumerate(sigma))
        for i, a in enumerate(sigma)
    )


def require_role(snapshot: VaultSnapshot) -> None:
    """Refuse a snapshot whose caller is no keeper of the vault.

    Raises
    ------
    BadInput
        If it is none.
    """
    if not snapshot.is_keeper:
        raise BadInput(
            f"{snapshot.caller} does not hold the keeper role of {snapshot.vault}: its owner can "
            "add it; --public goes on without it, beyond the hard bands only"
        )


def _charge(session: Session) -> Charge:
    target = session.target
    return Charge(
        vault=target.vault,
        lens=target.lens,
        caller=session.address(),
        policy=session_policy(session),
        quoters=session.quoters(),
    )


@dataclass(frozen=True, slots=True)
class _Store:
    database: Database
    sending: Sending | None


@contextmanager
def _store(session: Session, *, live: bool) -> Iterator[_Store]:
    """The database, and what sends if anything may be sent."""
    if live:
        with session.sending() as sending:
            yield _Store(sending.database, sending)
        return
    with session.database() as database:
        yield _Store(database, None)
