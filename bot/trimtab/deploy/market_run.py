"""Makes a market on a testnet, one journalled transaction at a time, or shows what that takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from eth_utils.address import to_checksum_address

from trimtab.chain.node import Node
from trimtab.deploy.market_record import MarketRecord, market_record, read_market, write_market
from trimtab.deploy.mock_market import MarketSpec, market_slugs, market_step
from trimtab.deploy.preview import Done, Payer, PlannedStep, money_findings
from trimtab.deploy.progress import Means, Progress, Report
from trimtab.deploy.questions import Chain
from trimtab.deploy.spec import NO_ADDRESS, UniswapSpec
from trimtab.deploy.survey import named_factory
from trimtab.errors import DeploymentRefused, InvariantError, RecordError


def make_market(
    means: Means, spec: MarketSpec, path: Path, network: str, *, report: Report
) -> MarketRecord:
    """Make the market that `spec` describes, unless it is there already, and write its record.

    Raises
    ------
    DeploymentRefused
        If the money for it is lacking. Nothing was sent.
    RecordError
        If the record of another market stands in the way.
    TrimtabError
        Whatever the executor raises; run again to go on.
    """
    standing = standing_market(means.node, spec, path)
    if standing is not None:
        return standing
    means.executor.settle()
    progress = Progress(means, spec.fingerprint(), report)
    done = progress.memory.done(market_slugs(spec))
    payer = Payer.now(means.node, means.executor.address, network)
    lacking = list(money_findings(means, partial(preview_market, payer, spec, done)))
    if lacking:
        raise DeploymentRefused(lacking)
    addresses = _carry_out(means, spec, progress)
    record = market_record(spec, addresses)
    write_market(path, record)
    return record


def standing_market(node: Node, spec: MarketSpec, path: Path) -> MarketRecord | None:
    """The market whose record stands at `path`, if there is one.

    Raises
    ------
    RecordError
        If it is another one, or is not on this chain.
    """
    if not path.exists():
        return None
    record = read_market(path)
    if record.fingerprint != spec.fingerprint():
        raise RecordError(
            f"{path}: the record of another market stands here (fingerprint {record.fingerprint}, "
            f"expected {spec.fingerprint()}); move it away or choose another symbol"
        )
    if not node.code(record.market):
        raise RecordError(
            f"{path}: says that a market lives at {record.market}, but the node has no code there: "
            "the chain was reset; move the record away"
        )
    return record


def preview_market(
    payer: Payer, spec: MarketSpec, done: Done | None = None
) -> tuple[PlannedStep, ...]:
    """Every transaction that makes the market and is not among those done."""
    return tuple(_planned(payer, spec, done or {}))


def check_uniswap(node: Node, uniswap: UniswapSpec, positions: str) -> None:
    """Refuse addresses that are not one and the same Uniswap V3.

    Raises
    ------
    DeploymentRefused
        With one line for each contradiction.
    """
    chain, findings = Chain(node, node.head()), list[str]()
    factory = named_factory(chain, uniswap, findings)
    named = chain.ask(positions, "factory()", "address")
    if factory is not None and named != factory:
        findings.append(
            f"uniswap.positions: {positions} names factory {named}, expected {factory}, as the "
            "router does"
        )
    if findings:
        raise DeploymentRefused(findings)


def _planned(payer: Payer, spec: MarketSpec, done: Done) -> Iterator[PlannedStep]:
    addresses = {slug: address for slug, address in done.items() if address is not None}
    pools = {f"pool {index}": NO_ADDRESS for index in range(len(spec.pools))}
    for slug in market_slugs(spec):
        if slug in done:
            continue
        wanted = market_step(slug, spec, pools | addresses, payer.address)
        planned = payer.planned(wanted)
        if planned.address is not None:
            addresses[slug] = planned.address
        yield planned
        payer = replace(payer, nonce=payer.nonce + 1)


def _carry_out(means: Means, spec: MarketSpec, progress: Progress) -> dict[str, str]:
    """Every step, and the addresses that came of it."""
    addresses: dict[str, str] = {}
    for slug in market_slugs(spec):
        wanted = market_step(slug, spec, addresses, means.executor.address)
        receipt = progress.done(wanted)
        if receipt.contract is not None:
            addresses[slug] = receipt.contract
        elif slug.startswith("pool "):
            addresses[slug] = _pool(means.node, spec, addresses, int(slug.partition(" ")[2]))
    return addresses


def _pool(node: Node, spec: MarketSpec, addresses: dict[str, str], index: int) -> str:
    """Address of a pool that was just created."""
    chain, pool = Chain(node, node.head()), spec.pools[index]
    factory = chain.ask(to_checksum_address(spec.positions), "factory()", "address")
    ends = addresses[f"token {pool.first}"], addresses[f"token {pool.second}"]
    found = chain.pool(str(factory), *ends, pool.fee)
    if found is None:
        raise InvariantError(f"the pool of {ends[0]} and {ends[1]} with fee {pool.fee} is missing")
    return found
