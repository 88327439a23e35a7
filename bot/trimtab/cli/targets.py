"""`trimtab targets`: weights from a model, what changing to them costs, and scheduling them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from eth_utils.address import to_checksum_address

from trimtab.chain.contracts import interface
from trimtab.chain.lens import read_routes
from trimtab.chain.node import Call
from trimtab.chain.quotes import sample
from trimtab.cli.app import (
    DEFAULT_CONFIG,
    AsJson,
    ConfigFile,
    Live,
    app,
    example,
    out,
    plain_table,
    remark,
)
from trimtab.cli.format import EMPTY, time_text, value_text
from trimtab.cli.session import Session
from trimtab.cli.settings.schema import TargetsSettings
from trimtab.cli.target_runs import (
    Bounds,
    ModelRun,
    as_json,
    newest_run,
    read_run,
    repeated,
    run_model,
    store_run,
)
from trimtab.cli.vault_act import SafeFile, Way, Yes, rehearse
from trimtab.cli.vault_rules import Rules
from trimtab.cli.vault_run import Terms, by_proposal, directly
from trimtab.cli.vault_table import OPERATIONS
from trimtab.cli.vault_weights import first_start, least_seconds
from trimtab.domain.phrases import basis_points, percent, percentage
from trimtab.domain.schedule import distance_up
from trimtab.domain.snapshot import Blocker, Reason, VaultSnapshot
from trimtab.domain.units import DAY, WAD
from trimtab.errors import BadInput
from trimtab.keeper.quoting import quote_requests
from trimtab.models.moments import Estimator, correlation_has_risen, estimate
from trimtab.models.profiles import QUESTIONS, propose_profile
from trimtab.planner.plan import plan
from trimtab.planner.terms import NoPlan, PlanTerms

RECENT = 30
"""Number of latest returns that a change of correlations is looked for in."""

targets = typer.Typer(
    help="Make, show and schedule target weights.",
    no_args_is_help=True,
    epilog=example("targets propose"),
)
app.add_typer(targets, name="targets")

RunFile = Annotated[Path, typer.Argument(help="File that `targets propose` wrote.")]


@dataclass(frozen=True, slots=True)
class Change:
    """From the targets of now to those of a run.

    Attributes
    ----------
    turnover
        Half the sum of absolute changes, in WAD.
    starts_at, ends_at
        When the targets would move, in seconds.
    cost
        Expected cost of trading it, in the unit of account at the quotes of now, or None.
    note
        Why there is no cost, or empty.
    """

    turnover: int
    starts_at: int
    ends_at: int
    cost: float | None
    note: str


@targets.command(epilog=example("targets compute --json"))
def compute(config: ConfigFile = DEFAULT_CONFIG, as_json_: AsJson = False) -> None:
    """Compute weights as section [targets] says; nothing is stored."""
    session = Session(config)
    run = _run(session, session.snapshot())
    if as_json_:
        out.print_json(json.dumps(as_json(run)))
        return
    _print_run(run)


@targets.command(epilog=example("targets propose --when-due"))
def propose(
    config: ConfigFile = DEFAULT_CONFIG,
    when_due: Annotated[
        bool, typer.Option(help="Only if the last run is old, or the covariance has moved.")
    ] = False,
    as_json_: AsJson = False,
) -> None:
    """Compute weights, store the run, and show what changing to them means for the vault."""
    session = Session(config)
    rules = Rules(session)
    settings = _settings(session)
    run = _run(session, rules.snapshot)
    folder = session.path(settings.runs)
    reason = why_due(newest_run(folder), run, settings)
    if when_due and not reason:
        remark("no run is due: the last one is recent, and the covariance is much as it was")
        return
    file = store_run(run, folder)
    change = _change(rules, run)
    _require_accepted(rules, run, change)
    if as_json_:
        shown = as_json(run) | asdict(change) | {"file": str(file), "due": reason}
        out.print_json(json.dumps(shown))
        return
    _print_change(rules.snapshot, run, change)
    remark(f"run: {file}; trimtab targets schedule {file} --live schedules it")


@targets.command(epilog=example("targets repeat runs/2027-01-03-42c0f98cfdfd.json"))
def repeat(file: RunFile) -> None:
    """Compute a stored run again from its own inputs, and compare."""
    run = read_run(file)
    again = repeated(run)
    worst = max(abs(a - b) for a, b in zip(again, run.targets, strict=True))
    if worst > WAD // 10**9:
        raise BadInput(
            f"{file}: its inputs give {again}, but it says {run.targets}: the file was changed, or "
            "the libraries differ"
        )
    out.print(f"{file}: its inputs give the same targets")


@targets.command(epilog=example("targets schedule runs/2027-01-03-42c0f98cfdfd.json --days 14"))
def schedule(
    file: RunFile,
    *,
    config: ConfigFile = DEFAULT_CONFIG,
    days: Annotated[
        float | None, typer.Option(min=0, help="Days over which the targets move.")
    ] = None,
    live: Live = False,
    yes: Yes = False,
    safe: SafeFile = None,
) -> None:
    """Schedule the targets of a stored run, as `trimtab vault schedule` does those one names.

    Where the manager is a timelock, they are put before it.
    """
    rules = Rules(Session(config))
    run = read_run(file)
    _require_same_vault(run, rules.snapshot)
    _print_change(rules.snapshot, run, _change(rules, run, over=days))
    manager = rules.holder("manager", "Mandate")
    known, way = OPERATIONS["schedule"], Way(live, yes, safe, None)

    def arguments() -> tuple[Any, ...]:
        return list(run.targets), *_times(rules, run, days)

    if rules.timelock_at(manager) is None:
        directly(known, rules, arguments, way)
    else:
        by_proposal(known, rules, arguments, Terms(), way)


@targets.command(epilog=example("targets profile --answers 3,2,2,4"))
def profile(
    answers: Annotated[
        str | None, typer.Option(help="Answers by number from 1, such as 3,2,2,4; else asked for.")
    ] = None,
) -> None:
    """Ask four questions and propose how much risk to take, as settings for [targets]."""
    given = _given(answers) if answers else _asked()
    found = propose_profile(given)
    out.print(f"{found.name}:", style="bold")
    out.print(
        f'base = "{found.base:.0%}"\nvolatility = "{found.volatility:.0%}"'.replace("%", " %")
    )
    remark("a proposal, no advice: it knows nothing of you but these answers")


def _given(answers: str) -> dict[str, int]:
    """Answers that were typed as numbers from 1."""
    parts = answers.split(",")
    if len(parts) != len(QUESTIONS) or not all(part.strip().isdecimal() for part in parts):
        raise BadInput(f'--answers "{answers}": expected {len(QUESTIONS)} numbers from 1')
    return {question.key: int(part) - 1 for question, part in zip(QUESTIONS, parts, strict=True)}


def _asked() -> dict[str, int]:
    """Answers of a person at a terminal."""
    given = {}
    for question in QUESTIONS:
        out.print(question.text)
        for number, answer in enumerate(question.answers, start=1):
            out.print(f"  {number}. {answer}")
        given[question.key] = int(typer.prompt("number", type=int)) - 1
    return given


def why_due(last: ModelRun | None, now: ModelRun, settings: TargetsSettings) -> str:
    """Why a run is due, or nothing.

    A run is due if there was none, if the last is older than `due_after`, or if the covariance of
    late returns has moved by more than `due_on_move` of its size since.
    """
    if last is None or last.assets != now.assets:
        return "there is no earlier run of these assets"
    if now.made_at - last.made_at >= settings.due_after:
        return f"the last run is of {time_text(last.made_at)}"
    before, after = (estimate(run.returns, Estimator.EWMA).covariance for run in (last, now))
    moved = float(np.linalg.norm(after - before) / np.linalg.norm(before))
    if moved >= settings.due_on_move / WAD:
        return f"the covariance has moved by {percentage(moved)}"
    return ""


def _settings(session: Session) -> TargetsSettings:
    if session.settings.targets is None:
        raise session.lacking("targets", "the model, its prices and its constraints")
    return session.settings.targets


def _run(session: Session, snapshot: VaultSnapshot) -> ModelRun:
    settings = _settings(session)
    bounds = _bounds(session, snapshot)
    return run_model(settings, session.path(settings.prices), snapshot, bounds)


def _bounds(session: Session, snapshot: VaultSnapshot) -> Bounds:
    """What the mandate allows for each asset; nothing for one that is written off."""
    mandate, block = interface("Mandate"), session.node.block(snapshot.block_number)
    address = to_checksum_address(snapshot.mandate)
    found = []
    for asset, holding in enumerate(snapshot.holdings):
        call = Call(address, mandate.encode("bounds", asset))
        answer = session.node.call(call, at=block or "latest")
        bounds = next(iter(mandate.decode("bounds", answer).values()))
        most = 0 if holding.written_off else bounds["maxWeight"]
        found.append((min(bounds["minWeight"], most), most))
    return tuple(found)


def _change(rules: Rules, run: ModelRun, *, over: float | None = None) -> Change:
    now = tuple(holding.target for holding in rules.snapshot.holdings)
    cost, note = _expected_cost(rules.session, rules.snapshot, run.targets)
    return Change(distance_up(now, run.targets), *_times(rules, run, over), cost, note)


def _times(rules: Rules, run: ModelRun, days: float | None) -> tuple[int, int]:
    """When the targets begin to move, and when they arrive, in seconds."""
    starts_at = first_start(rules)
    needed = least_seconds(rules.snapshot, run.targets)
    return starts_at, starts_at + (needed if days is None else int(days * DAY))


def _expected_cost(
    session: Session, snapshot: VaultSnapshot, wanted: tuple[int, ...]
) -> tuple[float | None, str]:
    """Cost of trading to targets at the quotes of now, as if they stood and nothing held it up."""
    if not snapshot.nav:
        return None, "a price is missing"
    moved = replace(
        snapshot,
        reason=Reason.THRESHOLD,
        blocker=Blocker.NONE,
        is_keeper=True,
        loss_left=WAD,
        turnover_left=WAD,
        holdings=tuple(
            replace(holding, target=target)
            for holding, target in zip(snapshot.holdings, wanted, strict=True)
        ),
    )
    block = session.node.head()
    target = session.target
    routes = read_routes(session.node, target.lens, vault=target.vault, block=block)
    requests = quote_requests(moved, wanted, routes)
    quotes = sample(session.node, session.quoters(), requests, block=block)
    planned = plan(moved, wanted, quotes.curves, PlanTerms(gas_value=0.0))
    if isinstance(planned, NoPlan):
        return None, planned.sentence
    return planned.swap_cost, ""


def _require_accepted(rules: Rules, run: ModelRun, change: Change) -> None:
    """Refuse targets that the vault would refuse, in its own words."""
    manager, known = rules.holder("manager", "Mandate"), OPERATIONS["schedule"]
    data = known.data((list(run.targets), change.starts_at, change.ends_at))
    rehearse(rules, Call(rules.address(known.contract), data, manager))


def _require_same_vault(run: ModelRun, snapshot: VaultSnapshot) -> None:
    assets = tuple(holding.label for holding in snapshot.holdings)
    ours = (run.chain_id, run.vault, run.assets)
    theirs = (snapshot.chain_id, snapshot.vault, assets)
    if ours != theirs:
        raise BadInput(f"the run is about {ours}, the configuration about {theirs}")


def _print_run(run: ModelRun) -> None:
    table = plain_table("asset", "weight", "volatility")
    moments = estimate(run.returns, run.spec.estimator)
    for asset, target, sigma in zip(run.assets, run.targets, moments.volatility, strict=True):
        table.add_row(asset, percent(target), percentage(float(sigma)))
    out.print(table)
    if correlation_has_risen(run.returns, RECENT):
        out.print("the assets have moved together much more of late than they do as a rule")


def _print_change(snapshot: VaultSnapshot, run: ModelRun, change: Change) -> None:
    table = plain_table("asset", "target now", "new target", "change")
    for holding, target in zip(snapshot.holdings, run.targets, strict=True):
        moved = (target - holding.target) / WAD
        table.add_row(
            holding.label, percent(holding.target), percent(target), percentage(moved, signed=True)
        )
    out.print(table)
    cost = EMPTY if change.cost is None else value_text(int(change.cost * WAD))
    if change.cost is not None and snapshot.nav:
        cost += f" ({basis_points(int(change.cost * WAD * WAD / snapshot.nav))} of the value)"
    out.print(f"turnover {percent(change.turnover)}, expected cost {cost} {change.note}".rstrip())
    out.print(f"from {time_text(change.starts_at)} to {time_text(change.ends_at)}", soft_wrap=True)
