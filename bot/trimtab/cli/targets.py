"""`trimtab targets`: weights from a model, what changing to them costs, and scheduling them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

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
from trimtab.cli.proposals import (
    Change,
    change_to,
    require_accepted,
    run_now,
    settings_of,
    times_of,
    why_due,
)
from trimtab.cli.session import Session
from trimtab.cli.target_runs import (
    ModelRun,
    as_json,
    newest_run,
    read_run,
    repeated,
    store_run,
)
from trimtab.cli.vault_act import SafeFile, Way, Yes
from trimtab.cli.vault_rules import Rules
from trimtab.cli.vault_run import Terms, by_proposal, directly
from trimtab.cli.vault_table import OPERATIONS
from trimtab.domain.phrases import basis_points, percent, percentage
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.domain.units import WAD
from trimtab.errors import BadInput
from trimtab.models.moments import correlation_has_risen, estimate
from trimtab.models.profiles import QUESTIONS, propose_profile

RECENT = 30
"""Number of latest returns that a change of correlations is looked for in."""

targets = typer.Typer(
    help="Make, show and schedule target weights.",
    no_args_is_help=True,
    epilog=example("targets propose"),
)
app.add_typer(targets, name="targets")

RunFile = Annotated[Path, typer.Argument(help="File that `targets propose` wrote.")]


@targets.command(epilog=example("targets compute --json"))
def compute(config: ConfigFile = DEFAULT_CONFIG, as_json_: AsJson = False) -> None:
    """Compute weights as section [targets] says; nothing is stored."""
    session = Session(config)
    run = run_now(session, session.snapshot())
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
    settings = settings_of(session)
    run = run_now(session, rules.snapshot)
    folder = session.path(settings.runs)
    reason = why_due(newest_run(folder), run, settings)
    if when_due and not reason:
        remark("no run is due: the last one is recent, and the covariance is much as it was")
        return
    file = store_run(run, folder)
    change = change_to(rules, run)
    require_accepted(rules, run, change)
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
    _print_change(rules.snapshot, run, change_to(rules, run, over=days))
    manager = rules.holder("manager", "Mandate")
    known, way = OPERATIONS["schedule"], Way(live, yes, safe, None)

    def arguments() -> tuple[Any, ...]:
        return list(run.targets), *times_of(rules, run, days)

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
