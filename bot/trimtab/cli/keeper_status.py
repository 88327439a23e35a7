"""`trimtab keeper status`: decisions, transactions on their way, nodes, gas, the cost model."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eth_typing import ChecksumAddress

from trimtab.chain.pool_endpoint import EndpointState
from trimtab.cli.app import DEFAULT_CONFIG, AsJson, ConfigFile, out
from trimtab.cli.format import time_text
from trimtab.cli.session import Session
from trimtab.deploy.spec import NO_ADDRESS
from trimtab.domain.phrases import basis_points, coins_text, counted, duration
from trimtab.domain.units import float_to_wad_down
from trimtab.errors import BadInput, TransientError
from trimtab.keeper.calibration import Calibration, calibration, comparisons
from trimtab.keeper.realised import CostSplit
from trimtab.store.overview import Decided, InFlight, Overview
from trimtab.store.records import IntentState


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A node as it answers now.

    Attributes
    ----------
    name
        The node, without what may be secret in its address.
    head, age
        Its newest block, and the age of that in seconds; None if it does not answer.
    fault
        Why it does not, or empty.
    """

    name: str
    head: int | None
    age: float | None
    fault: str


@dataclass(frozen=True, slots=True)
class Purse:
    """The account that pays for gas, and its balance in wei; None if no node answers."""

    address: ChecksumAddress
    balance: int | None


@dataclass(frozen=True, slots=True)
class VaultStatus:
    """One vault: the last decision, when the next look is due, and the model's record."""

    vault: str
    last: Decided | None
    next_check: float | None
    model: Calibration


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that `keeper status` shows."""

    chain_id: int
    at: float
    endpoints: tuple[Endpoint, ...]
    purse: Purse | None
    in_flight: tuple[InFlight, ...]
    vaults: tuple[VaultStatus, ...]


def status(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Show the last decision on each vault, transactions on their way, nodes, gas and the model."""
    found = look(Session(config))
    if as_json:
        out.print_json(json.dumps(status_json(found)))
        return
    for line in status_lines(found):
        out.print(line, soft_wrap=True)


def look(session: Session) -> Status:
    """What the database and the node say now; a node that does not answer is part of the answer.

    Raises
    ------
    BadInput
        If no keeper has run here.
    StoreError
        If the database cannot be read.
    """
    settings = session.settings
    place = session.journal
    if isinstance(place, Path) and not place.exists():
        raise BadInput(
            f"{place}: no such journal: no keeper has run with this configuration; "
            "trimtab keeper once makes the first decision"
        )
    with session.database() as database:
        overview = Overview(database, settings.node.chain_id)
        in_flight = tuple(overview.in_flight())
        vaults = tuple(
            _vault(overview, vault, float(settings.keeper.interval)) for vault in overview.vaults()
        )
    return Status(
        chain_id=settings.node.chain_id,
        at=time.time(),
        endpoints=tuple(_endpoints(session)),
        purse=_purse(session),
        in_flight=in_flight,
        vaults=vaults,
    )


def status_json(found: Status) -> dict[str, Any]:
    """The status as JSON; amounts in wei as text, times in seconds since 1970."""
    purse = found.purse
    return {
        "chain_id": found.chain_id,
        "at": found.at,
        "endpoints": [asdict(endpoint) for endpoint in found.endpoints],
        "gas": purse and {"address": purse.address, "balance_wei": _digits(purse.balance)},
        "in_flight": [asdict(one) for one in found.in_flight],
        "vaults": [_vault_json(one) for one in found.vaults],
    }


def status_lines(found: Status) -> Iterator[str]:
    """The status in sentences."""
    for endpoint in found.endpoints:
        yield f"node {endpoint.name}: {_health(endpoint)}"
    if found.purse is not None:
        yield f"gas of {found.purse.address}: {_balance(found.purse.balance)}"
    yield from _in_flight_lines(found.in_flight, found.at)
    for vault in found.vaults:
        yield from _vault_lines(vault, found.at)


def _in_flight_lines(open_ones: tuple[InFlight, ...], now: float) -> Iterator[str]:
    """Each transaction that no block holds; of the others how many are not final yet."""
    mined = [one for one in open_ones if one.state == IntentState.MINED]
    for one in open_ones:
        if one not in mined:
            yield (
                f"on its way: {one.kind} of {one.vault or one.signer}, nonce {one.nonce}, "
                f"{one.state}, attempt {one.attempts}, since {duration(round(now - one.since))}, "
                f"{one.transaction_hash}"
            )
    if len(mined) == len(open_ones):
        yield "nothing is on its way"
    if mined:
        oldest = duration(round(now - min(one.since for one in mined)))
        yield (
            f"mined, but not final yet: {counted(len(mined), 'transaction')}, the oldest sent "
            f"{oldest} ago"
        )


def _vault(overview: Overview, vault: str, interval: float) -> VaultStatus:
    last = overview.last_decision(vault)
    model = calibration(comparisons(overview.rebalances(vault)))
    return VaultStatus(vault, last, _next_check(last, interval), model)


def _next_check(last: Decided | None, interval: float) -> float | None:
    if last is None:
        return None
    planned = last.record.numbers.get("next_check")
    return float(planned) if isinstance(planned, int | float) else last.at + interval


def _endpoints(session: Session) -> Iterator[Endpoint]:
    with suppress(TransientError):
        session.raw_node.head()
    for found in session.pool.health():
        number = found.head.number if found.head else None
        age = time.time() - found.head.timestamp if found.head else None
        fault = "" if found.state is EndpointState.GOOD else f"{found.state}: {found.last_fault}"
        yield Endpoint(found.name, number, age, fault)


def _purse(session: Session) -> Purse | None:
    address = session.viewer()
    if address == NO_ADDRESS:
        return None
    try:
        return Purse(address, session.raw_node.balance(address))
    except TransientError:
        return Purse(address, None)


def _vault_json(one: VaultStatus) -> dict[str, Any]:
    last = one.last
    return {
        "vault": one.vault,
        "last": last
        and {
            "at": last.at,
            "block": last.record.block_number,
            "action": last.record.action,
            "reason": last.record.reason,
            "numbers": last.record.numbers,
        },
        "next_check": one.next_check,
        "model": {
            "rebalances": one.model.count,
            "predicted": asdict(one.model.predicted),
            "realised": asdict(one.model.realised),
            "traded": one.model.traded,
            "worst_error": one.model.worst,
            "weighed": one.model.weighed,
            "benefit": one.model.benefit,
            "faults": list(one.model.faults()),
        },
    }


def _vault_lines(one: VaultStatus, now: float) -> Iterator[str]:
    if one.last is None or one.next_check is None:
        return
    record = one.last.record
    yield (
        f"vault {one.vault}: {record.action} at block {record.block_number}, "
        f"{duration(round(now - one.last.at))} ago: {record.reason}"
    )
    due = round(one.next_check - now)
    when = f"in {duration(due)}" if due > 0 else "due"
    yield f"  next check {when}, {time_text(round(one.next_check))}"
    yield f"  {_model_text(one.model)}"
    if one.model.weighed:
        yield f"  {_worth_text(one.model)}"
    for fault in one.model.faults():
        yield f"  the model is off: {fault}"


def _model_text(model: Calibration) -> str:
    if not model.count:
        return "no rebalance has settled yet to compare the cost model with"
    return (
        f"{counted(model.count, 'rebalance')} cost {_cost(model.realised)}; predicted "
        f"{_cost(model.predicted)}; largest error "
        f"{basis_points(float_to_wad_down(model.worst))} of the value traded"
    )


def _worth_text(model: Calibration) -> str:
    return (
        f"by its own model the policy held {counted(model.weighed, 'rebalance')} to be worth "
        f"{model.benefit:,.2f}, in tracking error removed over its horizon"
    )


def _cost(cost: CostSplit) -> str:
    return (
        f"{cost.total:,.2f} (fees {cost.fee:,.2f}, impact {cost.impact:,.2f}, gas {cost.gas:,.2f})"
    )


def _health(endpoint: Endpoint) -> str:
    if endpoint.head is None or endpoint.age is None:
        return endpoint.fault
    return f"block {endpoint.head}, {duration(round(endpoint.age))} old"


def _balance(balance: int | None) -> str:
    return "unknown" if balance is None else coins_text(balance)


def _digits(balance: int | None) -> str | None:
    return None if balance is None else str(balance)
