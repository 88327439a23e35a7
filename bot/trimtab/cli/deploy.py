"""`trimtab deploy`: create a vault, or show what creating it would take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eth_typing import ChecksumAddress
from eth_utils.address import is_address, to_checksum_address

from trimtab.cli.app import DEFAULT_CONFIG, ConfigFile, Live, app, out, plain_table, remark
from trimtab.cli.format import price_text
from trimtab.cli.session import Session
from trimtab.cli.settings.schema import DeploySettings, RouteSettings
from trimtab.deploy.preview import PlannedStep, preview
from trimtab.deploy.questions import Chain
from trimtab.deploy.record import record_path
from trimtab.deploy.run import Means, StepDone
from trimtab.deploy.run import deploy as run_deployment
from trimtab.deploy.spec import (
    NO_ADDRESS,
    AssetSpec,
    DeploymentSpec,
    RolesSpec,
    RouteSpec,
    UniswapSpec,
)
from trimtab.deploy.survey import Survey, balance_findings, survey
from trimtab.domain.phrases import amount_text, percent
from trimtab.domain.snapshot import Limits


@app.command()
def deploy(config: ConfigFile = DEFAULT_CONFIG, live: Live = False) -> None:
    """Create the vault of section [deploy], its rules, its oracle and its venue."""
    session = Session(config)
    deployer = session.address()
    spec = deployment_spec(session.deploy, session.settings.node.chain_id, deployer)
    folder = session.path(session.deploy.records)
    if live:
        _deploy(session, spec, folder)
        return
    found = survey(session.node, spec)
    planned = preview(session.node, spec, found, deployer)
    _show_assets(spec, found)
    _show_steps(planned)
    for warning in (*found.warnings, *_lacks(session, spec, found, planned)):
        remark(f"warning: {warning}")
    path = record_path(folder, spec)
    remark(f"the record {'stands already:' if path.exists() else 'would be'} {path}")
    remark("dry run: nothing was signed or sent; add --live to send")


def deployment_spec(
    settings: DeploySettings, chain_id: int, deployer: ChecksumAddress
) -> DeploymentSpec:
    """What section [deploy] says, complete."""
    return DeploymentSpec(
        chain_id=chain_id,
        name=settings.name,
        symbol=settings.symbol,
        seed_value=settings.seed_value,
        receiver=settings.receiver or deployer,
        sequencer_feed=settings.sequencer_feed or NO_ADDRESS,
        uniswap=UniswapSpec(settings.uniswap.router, settings.uniswap.quoter),
        roles=RolesSpec(
            owner=settings.roles.owner,
            manager=settings.roles.manager,
            guardian=settings.roles.guardian,
            keepers=tuple(settings.roles.keepers),
        ),
        limits=_limits(settings),
        assets=tuple(AssetSpec(**dict(asset)) for asset in settings.assets),
        routes=tuple(spec for route in settings.routes for spec in _route_specs(settings, route)),
    )


def _limits(settings: DeploySettings) -> Limits:
    limits = settings.limits
    return Limits(
        slippage=limits.slippage,
        public_slippage=limits.public_slippage,
        loss_capacity=limits.loss_capacity,
        loss_rate=limits.loss_per_day,
        turnover_capacity=limits.turnover_capacity,
        turnover_rate=limits.turnover_per_day,
        calendar_floor=limits.calendar_floor,
        weight_speed=limits.weight_speed_per_day,
        cooldown=limits.cooldown,
        public_cooldown=limits.public_cooldown,
        calendar_period=limits.calendar_period,
        calendar_anchor=limits.calendar_start,
        notice=limits.notice,
        flow_capacity=limits.flow_capacity,
        drawdown=limits.drawdown,
    )


def _route_specs(settings: DeploySettings, route: RouteSettings) -> list[RouteSpec]:
    """One path, or that and its reverse."""
    symbols = [asset.symbol for asset in settings.assets]
    tokens = {asset.symbol: asset.token for asset in settings.assets}
    through = tuple(
        to_checksum_address(name) if is_address(name) else tokens[name] for name in route.through
    )
    ends = symbols.index(route.sell), symbols.index(route.buy)
    there = RouteSpec(*ends, tuple(route.fees), through)
    if not route.both_ways:
        return [there]
    return [there, RouteSpec(ends[1], ends[0], there.fees[::-1], through[::-1])]


def _deploy(session: Session, spec: DeploymentSpec, folder: Path) -> None:
    with session.sending() as sending:
        means = Means(session.node, sending.executor, sending.journal)
        record = run_deployment(means, spec, folder, report=_report)
    out.print(f"{spec.name} lives at {record.vault}", style="bold")
    remark(f"its record is {record_path(folder, spec)}; name it in [vault] as record")


def _lacks(
    session: Session, spec: DeploymentSpec, found: Survey, planned: tuple[PlannedStep, ...]
) -> Iterator[str]:
    """What the deployer does not have yet: tokens of the first deposit, money for gas."""
    deployer = session.address()
    chain = Chain(session.node, found.block)
    yield from balance_findings(chain, spec, found.seed, deployer)
    price = session.fees().fees(session.node).expected
    needed = sum(step.gas for step in planned) * price
    balance = session.node.balance(deployer, at=found.block)
    if balance < needed:
        yield (
            f"{deployer} holds {balance} wei of the native currency; up to {needed} wei may be "
            f"needed for gas at {price} wei"
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


def _show_steps(steps: tuple[PlannedStep, ...]) -> None:
    table = plain_table("transaction", "gas")
    table.add_column("address to be, or callee", no_wrap=True)
    for planned in steps:
        gas = f"{planned.gas:,}" if planned.estimated else f"≤ {planned.gas:,}"
        table.add_row(planned.step.slug, gas, planned.address or planned.step.to)
    table.add_row("together", f"≤ {sum(planned.gas for planned in steps):,}", "")
    out.print(table)
