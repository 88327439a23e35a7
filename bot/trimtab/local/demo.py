"""The whole system along a price history: a market, a vault, and a live keeper that sends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from trimtab.chain.quotes import Quoters
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.domain.units import DAY
from trimtab.errors import BadInput
from trimtab.executor.clock import SystemClock
from trimtab.executor.executor import Executor
from trimtab.executor.executor import Means as ExecutorMeans
from trimtab.executor.fees import FixedFees
from trimtab.executor.signer import LocalSigner
from trimtab.keeper.keeper import Charge, Instruments, Keeper
from trimtab.keeper.market import (
    AssetNativePrice,
    ChainMarket,
    Covariance,
    FixedNativePrice,
    MarketSource,
    NativePrice,
)
from trimtab.local.accounts import local_accounts
from trimtab.local.anvil import AnvilChain
from trimtab.local.blueprint import Blueprint
from trimtab.local.chain import GENESIS_BASE_FEE, LocalChain
from trimtab.local.costs import GasPrice
from trimtab.local.ethtester import EthTesterChain
from trimtab.local.picture import draw_run
from trimtab.local.prices import PriceHistory
from trimtab.local.reports import RunFigures, StepReport, run_figures
from trimtab.local.scenario import run_scenario
from trimtab.local.world import LocalWorld, build_local_world
from trimtab.policy.market import MarketView
from trimtab.policy.rules import Policy
from trimtab.store.database import Database
from trimtab.store.decisions import Decisions
from trimtab.store.journal import Journal

CHAINS: dict[str, type[EthTesterChain | AnvilChain]] = {
    EthTesterChain.name: EthTesterChain,
    AnvilChain.name: AnvilChain,
}
"""Local chains, by the name that chooses them."""

GAS_PRICE = GasPrice(20 * 10**9, "ETH")
"""Price of gas unless another is given: 20 gwei, paid in ETH."""

MIN_STEPS = 3
"""Fewest price rows of a run: a tracking error needs two returns."""

REBALANCE_GAS_LIMIT = 6_000_000
"""Gas limit of a rebalance, far above any; given, it is the same on every chain."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What is run.

    Attributes
    ----------
    history
        Prices; the assets are the vault's, the base asset first.
    blueprint
        The vault and its market.
    policy
        The keeper's.
    chain
        One of `CHAINS`.
    gas_price
        What gas costs; a native price by symbol must name an asset of the vault.
    covariance
        Covariance of the assets' returns per year, in their order; empty, the keeper does not weigh
        a rebalance's benefit against its cost.
    forecast
        The same as it was known at a time, in seconds, in place of one for all times.
    packages
        The `node_modules` folder with Uniswap's bytecode; None looks for it.
    picture
        Where the picture is written; None draws none.
    """

    history: PriceHistory
    blueprint: Blueprint
    policy: Policy = field(default_factory=Policy)
    chain: str = EthTesterChain.name
    gas_price: GasPrice = GAS_PRICE
    covariance: Covariance = ()
    forecast: Callable[[int], Covariance] | None = None
    packages: Path | None = None
    picture: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be run, before anything is started.

        Raises
        ------
        BadInput
            Naming the option.
        """
        assets = self.history.assets
        self.blueprint.check(assets)
        if self.chain not in CHAINS:
            raise BadInput(f"chain is {self.chain}, expected one of {', '.join(CHAINS)}")
        if len(self.history) < MIN_STEPS:
            raise BadInput(f"{len(self.history)} price rows; a run needs at least {MIN_STEPS}")
        native = self.gas_price.native
        if isinstance(native, str) and native not in assets:
            raise BadInput(
                f"gas is to be paid in {native}, but the assets are {', '.join(assets)}: "
                "give the native coin's price as a number"
            )


@dataclass(frozen=True, slots=True)
class WorldBuilt:
    """The market stands and the vault is seeded.

    Attributes
    ----------
    chain
        Name of the chain.
    vault
        Address of the vault.
    routes
        Symbols of what each route sells and buys, by its id.
    seconds
        How long it took.
    """

    chain: str
    vault: str
    routes: tuple[tuple[str, str], ...]
    seconds: float


DemoEvent = WorldBuilt | StepReport
"""What a run tells while it goes on."""


@dataclass(frozen=True, slots=True)
class DemoResult:
    """A finished run.

    Attributes
    ----------
    assets
        Symbols, in the order of the steps' weights.
    figures
        Its figures.
    steps
        What happened, step by step.
    picture
        Where the picture stands, if one was drawn.
    build_seconds, run_seconds
        How long the world and the steps took.
    """

    assets: tuple[str, ...]
    figures: RunFigures
    steps: tuple[StepReport, ...]
    picture: Path | None
    build_seconds: float
    run_seconds: float

    def as_json(self) -> dict[str, Any]:
        """Figures under stable keys, ready for `json.dumps`."""
        figures = asdict(self.figures)
        cost = figures.pop("cost")
        # The gap is no cost of trading: it says where arbitrage had left the pools.
        figures["pool_gap_bp"] = cost.pop("gap")
        figures["cost_bp"] = cost
        return figures | {
            "picture": None if self.picture is None else str(self.picture),
            "seconds": round(self.build_seconds + self.run_seconds, 1),
        }


def run_demo(
    options: DemoOptions, on_event: Callable[[DemoEvent], None] = lambda _: None
) -> DemoResult:
    """Build the world, run the keeper along the prices, and return what came of it.

    Parameters
    ----------
    options
        What is run.
    on_event
        Told when the world stands, and of every step.

    Raises
    ------
    BadInput, LocalChainError
        If the world cannot be built.
    TrimtabError
        Whatever the keeper raises.
    """
    with finished_demo(options, on_event) as (_, result):
        return result


@contextmanager
def finished_demo(
    options: DemoOptions, on_event: Callable[[DemoEvent], None]
) -> Iterator[tuple[LocalWorld, DemoResult]]:
    """A finished run with its world, whose chain stays until the block ends; as `run_demo`."""
    began = time.perf_counter()
    history = options.history
    with CHAINS[options.chain](history.timestamps[0] - DAY) as chain:
        world = _build(chain, options)
        built = time.perf_counter()
        on_event(WorldBuilt(chain.name, world.record.vault, _routes(world), built - began))
        steps = []
        with Database(None) as database:
            keeper = local_keeper(world, options, database)
            for step in run_scenario(world, keeper.step, history, gas_price=options.gas_price):
                steps.append(step)
                on_event(step)
        ran = time.perf_counter()
        yield (
            world,
            DemoResult(
                assets=history.assets,
                figures=run_figures(history, steps),
                steps=tuple(steps),
                picture=(
                    draw_run(options.picture, history.assets, steps) if options.picture else None
                ),
                build_seconds=built - began,
                run_seconds=ran - built,
            ),
        )


def local_keeper(world: LocalWorld, options: DemoOptions, database: Database) -> Keeper:
    """A live keeper of a world's vault, at the scenario's gas price.

    Parameters
    ----------
    database
        Where its journal and its decisions stand; it stays open for as long as the keeper works.
    """
    gas_price = options.gas_price
    # A base fee above the price would keep the transaction out of the block.
    fees = FixedFees(max(gas_price.wei, GENESIS_BASE_FEE))
    clock, signer = SystemClock(), LocalSigner(local_accounts().keeper.key)
    means = ExecutorMeans(world.node, Journal(database), signer, fees, clock)
    native = gas_price.native
    value: NativePrice = (
        AssetNativePrice(native) if isinstance(native, str) else FixedNativePrice(native)
    )
    market: MarketSource = ChainMarket(
        world.node, FixedFees(gas_price.wei), value, options.covariance
    )
    if options.forecast is not None:
        market = _Forecasting(market, options.forecast)
    charge = Charge(
        vault=world.record.vault,
        lens=world.record.contract("VaultLens"),
        caller=signer.address,
        policy=options.policy,
        quoters=Quoters({world.record.contract("UniswapV3Venue"): world.record.quoter}),
        gas=REBALANCE_GAS_LIMIT,
    )
    decisions = Decisions(database)
    return Keeper(charge, Instruments(world.node, market, decisions, clock, Executor(means)))


@dataclass(frozen=True, slots=True)
class _Forecasting:
    """A market whose covariance is what was forecast at the time."""

    market: MarketSource
    forecast: Callable[[int], Covariance]

    def view(self, snapshot: VaultSnapshot) -> MarketView:
        """The market's costs, with the covariance known at the snapshot."""
        return replace(self.market.view(snapshot), covariance=self.forecast(snapshot.timestamp))


def _routes(world: LocalWorld) -> tuple[tuple[str, str], ...]:
    symbols = [asset.symbol for asset in world.spec.assets]
    return tuple((symbols[r.token_in], symbols[r.token_out]) for r in world.spec.routes)


def _build(chain: LocalChain, options: DemoOptions) -> LocalWorld:
    return build_local_world(chain, options.history, options.blueprint, packages=options.packages)
