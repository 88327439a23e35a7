"""`trimtab deploy`: create a vault, or show what creating it would take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from trimtab.cli.app import DEFAULT_CONFIG, ConfigFile, Live, app, example, out, plain_table, remark
from trimtab.cli.deploy_market import MarketPlan, Recall, market_plan
from trimtab.cli.deploy_spec import specification
from trimtab.cli.format import price_text
from trimtab.cli.session import Session
from trimtab.deploy.market_record import MarketRecord
from trimtab.deploy.market_run import make_market
from trimtab.deploy.networks import Network, load_network
from trimtab.deploy.preview import Done, Payer, PlannedStep, money_findings, money_needed, preview
from trimtab.deploy.progress import Means, Memory, StepDone
from trimtab.deploy.questions import Chain
from trimtab.deploy.record import record_path
from trimtab.deploy.run import deploy as run_deployment
from trimtab.deploy.run import standing
from trimtab.deploy.spec import DeploymentSpec
from trimtab.deploy.steps import slugs
from trimtab.deploy.survey import Survey, balance_findings, imagined, survey
from trimtab.domain.phrases import amount_text, coins_text, percent
from trimtab.errors import DeploymentRefused
from trimtab.store.journal import Journal
from trimtab.store.records import Account

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


@dataclass(frozen=True, slots=True)
class Draft:
    """A vault as a run would leave it, and how far earlier runs came.

    Attributes
    ----------
    spec
        The vault.
    market
        The market of its own, made or to be made, or None.
    making
        Transactions that are still to make the market.
    done
        Steps of the vault that an earlier run has done.
    payer
        Who sends all of them.
    """

    spec: DeploymentSpec
    market: MarketRecord | None
    making: tuple[PlannedStep, ...]
    done: Done
    payer: Payer

    def survey(self) -> Survey:
        """What the chain says of the vault, or will say once the market is made."""
        if self.market is not None and self.making:
            prices = {item.asset.symbol: item.asset.price for item in self.market.assets}
            return imagined(self.payer.node, self.spec, prices)
        return survey(self.payer.node, self.spec)

    def steps(self, found: Survey) -> tuple[PlannedStep, ...]:
        """Every transaction that is still to send."""
        after = replace(self.payer, nonce=self.payer.nonce + len(self.making))
        return (*self.making, *preview(after, self.spec, found, self.done))


def _deploy(session: Session, network: Network | None, plan: MarketPlan | None) -> None:
    with session.sending() as sending:
        means = Means(session.node, sending.executor, sending.journal, session.fees())
        if plan:
            _require_money(session, network, plan, means)
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


def _require_money(
    session: Session, network: Network | None, plan: MarketPlan, means: Means
) -> None:
    """Refuse to make a market whose vault could not be paid for afterwards."""
    means.executor.settle()

    def everything() -> tuple[PlannedStep, ...]:
        draft = _draft(session, network, plan)
        return draft.steps(draft.survey()) if draft.making else ()

    lacking = list(money_findings(means, everything))
    if lacking:
        raise DeploymentRefused(lacking)


def _show(session: Session, network: Network | None, plan: MarketPlan | None) -> None:
    draft = _draft(session, network, plan)
    spec, path = draft.spec, record_path(session.path(session.deploy.records), draft.spec)
    there = standing(path, spec, session.node)
    if there is not None:
        out.print(f"{spec.name} lives at {there.vault}", style="bold")
        remark(f"its record stands at {path}: nothing is left to send")
        return
    found = draft.survey()
    steps = draft.steps(found)
    _show_assets(spec, found)
    if steps:
        _show_steps(steps, session.fees().fees(session.node).expected, network)
    lacks = (*_token_lacks(session, draft, found), *_money_lacks(session, steps))
    for warning in (*found.warnings, *_role_warnings(spec, session.address()), *lacks):
        remark(f"warning: {warning}")
    if draft.done:
        remark(f"earlier runs have sent {len(draft.done)} transactions; {len(steps)} are left")
    remark(f"the record would be {path}")
    remark(f"dry run: nothing was signed or sent; add --live to {'send' if steps else 'write it'}")


def _draft(session: Session, network: Network | None, plan: MarketPlan | None) -> Draft:
    deployer, node = session.address(), session.node
    payer = Payer.now(node, deployer, network.name if network else None)
    with _recall(session) as recall:
        market, making = plan.foreseen(node, payer, recall) if plan else (None, ())
        spec = specification(session, network, deployer, market)
        done = recall(spec.fingerprint(), slugs(spec))
    return Draft(spec, market, making, done, payer)


@contextmanager
def _recall(session: Session) -> Iterator[Recall]:
    """What the journal knows of steps; one that was never begun is not made for this."""
    place = session.journal
    if isinstance(place, Path) and not place.exists():
        yield lambda *_: {}
        return
    account = Account(session.settings.node.chain_id, session.address())
    with session.database() as database:
        journal = Journal(database)

        def recall(fingerprint: str, names: Iterable[str]) -> Done:
            return Memory(session.node, journal, account, fingerprint).done(names)

        yield recall


def _role_warnings(spec: DeploymentSpec, deployer: str) -> Iterator[str]:
    """Roles that are hardly meant to be held by who holds them."""
    yield from _own_roles(spec, deployer)
    for address in spec.people():
        if len(set(address.lower().removeprefix("0x"))) == 1:
            roles = " and ".join(spec.roles_of(address)) or "receiver of the first shares"
            yield f"{address}, the {roles}, looks like a placeholder: nobody has its key"


def _own_roles(spec: DeploymentSpec, deployer: str) -> Iterator[str]:
    """What the deployer could still do afterwards."""
    held = spec.roles_of(deployer)
    if held:
        yield f"the deployer {deployer} stays {' and '.join(held)}: it is meant to be no one"


def _token_lacks(session: Session, draft: Draft, found: Survey) -> Iterator[str]:
    """What the deployer lacks of the first deposit, which a market of its own prints."""
    if not draft.making and "seed" not in draft.done:
        chain = Chain(session.node, found.block)
        yield from balance_findings(chain, draft.spec, found.seed, session.address())


def _money_lacks(session: Session, planned: tuple[PlannedStep, ...]) -> Iterator[str]:
    """What the deployer does not have yet for gas."""
    deployer = session.address()
    needed = money_needed(planned, session.fees().fees(session.node))
    balance = session.node.balance(deployer)
    if balance < needed:
        yield (
            f"the deployer {deployer} holds {coins_text(balance)}, expected {_coins(needed)} "
            "for gas"
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
