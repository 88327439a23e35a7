"""`trimtab deploy`: create a vault, or show what creating it would take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Annotated

import typer

from trimtab.cli.app import DEFAULT_CONFIG, ConfigFile, Live, app, example, out, plain_table, remark
from trimtab.cli.deploy_market import MarketPlan, market_plan
from trimtab.cli.deploy_spec import specification
from trimtab.cli.format import price_text
from trimtab.cli.session import Session
from trimtab.deploy.market_record import MarketRecord
from trimtab.deploy.market_run import make_market
from trimtab.deploy.networks import Network, load_network
from trimtab.deploy.preview import Payer, PlannedStep, money_needed, preview
from trimtab.deploy.progress import Means, StepDone
from trimtab.deploy.questions import Chain
from trimtab.deploy.record import record_path
from trimtab.deploy.run import deploy as run_deployment
from trimtab.deploy.spec import DeploymentSpec
from trimtab.deploy.survey import Survey, balance_findings, imagined, survey
from trimtab.domain.phrases import amount_text, percent

TABLE_WIDTH = 92
"""Columns that a row with an address needs."""

NetworkName = Annotated[
    str | None,
    typer.Option(
        "--network", help="Public network whose addresses and feeds fill the file's gaps."
    ),
]


MockMarket = Annotated[
    bool,
    typer.Option("--mock-market", help="On a testnet: make tokens, feeds and pools first."),
]


@app.command(epilog=example("deploy --network sepolia --config vault.toml"))
def deploy(
    *,
    config: ConfigFile = DEFAULT_CONFIG,
    network: NetworkName = None,
    mock_market: MockMarket = False,
    live: Live = False,
) -> None:
    """Create the vault of section [deploy], its rules, its oracle and its venue."""
    session = Session(config)
    known = load_network(network) if network else None
    plan = market_plan(session, known) if mock_market else None
    if live:
        _deploy(session, known, plan)
    else:
        _show(session, known, plan)


def _deploy(session: Session, network: Network | None, plan: MarketPlan | None) -> None:
    with session.sending() as sending:
        means = Means(session.node, sending.executor, sending.journal, session.fees())
        market = _make_market(session, means, plan) if plan else None
        spec = specification(session, network, session.address(), market)
        folder = session.path(session.deploy.records)
        record = run_deployment(means, spec, folder, report=_report)
    out.print(f"{spec.name} lives at {record.vault}", style="bold")
    remark(f"its record is {record_path(folder, spec)}; name it in [vault] as record")
    if network is not None:
        lasting = record.content["seed"]["block"] + network.confirmations
        remark(f"on {network.title} it is taken for lasting from block {lasting} on")


def _make_market(session: Session, means: Means, plan: MarketPlan) -> MarketRecord:
    plan.check(session.node)
    market = make_market(means, plan.spec, plan.path, plan.network.name, report=_report)
    remark(f"the market's record is {plan.path}; trimtab market run moves it")
    return market


def _show(session: Session, network: Network | None, plan: MarketPlan | None) -> None:
    deployer, node = session.address(), session.node
    market, before = plan.shown(session, deployer) if plan else (None, ())
    spec = specification(session, network, deployer, market)
    found = imagined(node, spec, _prices(market)) if market and before else survey(node, spec)
    payer = Payer.now(node, deployer, network.name if network else None)
    planned = preview(replace(payer, nonce=payer.nonce + len(before)), spec, found)
    _show_assets(spec, found)
    _show_steps((*before, *planned), session.fees().fees(node).expected, network)
    lacks = () if before else _token_lacks(session, spec, found)
    roles = _own_roles(spec, deployer)
    for warning in (*found.warnings, *roles, *lacks, *_money_lacks(session, (*before, *planned))):
        remark(f"warning: {warning}")
    path = record_path(session.path(session.deploy.records), spec)
    remark(f"the record {'stands already:' if path.exists() else 'would be'} {path}")
    remark("dry run: nothing was signed or sent; add --live to send")


def _own_roles(spec: DeploymentSpec, deployer: str) -> Iterator[str]:
    """What the deployer could still do afterwards."""
    held = spec.roles_of(deployer)
    if held:
        yield f"the deployer {deployer} stays {' and '.join(held)}: it is meant to be no one"


def _prices(market: MarketRecord) -> dict[str, Decimal]:
    """First prices of a market, by symbol."""
    return {item.asset.symbol: item.asset.price for item in market.assets}


def _token_lacks(session: Session, spec: DeploymentSpec, found: Survey) -> Iterator[str]:
    """What the deployer does not have yet of the first deposit."""
    chain = Chain(session.node, found.block)
    return balance_findings(chain, spec, found.seed, session.address())


def _money_lacks(session: Session, planned: tuple[PlannedStep, ...]) -> Iterator[str]:
    """What the deployer does not have yet for gas."""
    deployer = session.address()
    needed = money_needed(planned, session.fees().fees(session.node))
    balance = session.node.balance(deployer)
    if balance < needed:
        yield (
            f"the deployer {deployer} holds {balance} wei of the native currency, expected "
            f"{needed} for gas"
        )


def _report(done: StepDone) -> None:
    how = f"{done.gas_used} gas, {done.transaction}" if done.transaction else "done already"
    where = f" at {done.address}" if done.address else ""
    out.print(f"{done.slug}{where}: {how}", soft_wrap=True)


def _show_assets(spec: DeploymentSpec, found: Survey) -> None:
    table = plain_table("asset", "weight", "band", "price", "feed", "first deposit")
    for asset, facts, seed in zip(spec.assets, found.assets, found.seed, strict=True):
        table.add_row(
            asset.symbol,
            percent(asset.weight),
            percent(asset.band),
            price_text(facts.price, facts.decimals),
            asset.feed_description,
            amount_text(seed, facts.decimals),
        )
    out.print(table)


def _show_steps(steps: tuple[PlannedStep, ...], price: int, network: Network | None) -> None:
    """Every transaction; costs are in the native currency, at `price` wei per gas."""
    native = network.native if network else "native"
    table = plain_table("transaction", "gas", native)
    table.add_column("address to be, or callee", no_wrap=True)
    for planned in steps:
        gas = f"{planned.gas:,}" if planned.estimated else f"≤ {planned.gas:,}"
        cost = _coins(planned.cost(price))
        table.add_row(planned.step.slug, gas, cost, planned.address or planned.step.to)
    total = sum(planned.cost(price) for planned in steps)
    table.add_row("together", f"≤ {sum(planned.gas for planned in steps):,}", _coins(total), "")
    # Addresses are shown whole, however narrow the terminal.
    table.width = TABLE_WIDTH
    out.print(table, crop=False)


def _coins(wei: int) -> str:
    """An amount of the native currency, to a millionth of it, rounded up."""
    return f"{Decimal(-(-wei // 10**12)).scaleb(-6):f}"
