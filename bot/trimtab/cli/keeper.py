"""`trimtab keeper`: decide once or for ever, and act if told to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from trimtab import telemetry
from trimtab.chain.answers import Block
from trimtab.cli import INTERRUPTED
from trimtab.cli.app import (
    DEFAULT_CONFIG,
    FAILED,
    AsJson,
    ConfigFile,
    Live,
    app,
    example,
    out,
    remark,
)
from trimtab.cli.duty import Duty, keeper_on_duty
from trimtab.cli.explain import nav_text
from trimtab.cli.fleet import fleet_on_duty
from trimtab.cli.format import time_text
from trimtab.cli.keeper_status import status
from trimtab.cli.session import Session
from trimtab.cli.watching import Watch, watched
from trimtab.domain.legs import LegPlan
from trimtab.domain.phrases import amount_text, counted, percent
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.errors import TrimtabError
from trimtab.keeper.leadership import LedHeads
from trimtab.keeper.loop import Pace, run, stop_on_signals
from trimtab.keeper.realised import CostSplit
from trimtab.keeper.result import Action, StepResult
from trimtab.store.decisions import portable

keeper = typer.Typer(
    help="Rebalance when it is worth its cost.", no_args_is_help=True, epilog=example("keeper once")
)
keeper.command(name="status", epilog=example("keeper status --json"))(status)
app.add_typer(keeper, name="keeper")

Public = Annotated[
    bool, typer.Option("--public", help="Go on without the keeper role, in the public tier.")
]
BAD_ACTIONS = (Action.REJECTED, Action.REVERTED)
"""What a step that came to nothing did; the exit code says so."""


@keeper.command(epilog=example("keeper once --json"))
def once(
    *,
    config: ConfigFile = DEFAULT_CONFIG,
    live: Live = False,
    public: Public = False,
    as_json: AsJson = False,
) -> None:
    """Look at the vault once and do what is due; a dry run shows what would be done."""
    telemetry.configure(level="warning")
    session = Session(config)
    with keeper_on_duty(session, live=live, public=public) as duty:
        results = duty.take(session.node.head()).results
    if not results:
        remark("another keeper acts for this account: nothing was done; it leads until it stops")
        raise typer.Exit(FAILED)
    (result,) = results
    if as_json:
        out.print_json(json.dumps(step_json(result)))
    else:
        _show(result)
    if result.action in BAD_ACTIONS:
        raise typer.Exit(FAILED)


@keeper.command(name="run", epilog=example("keeper run --live --log-json"))
def run_verb(
    *,
    config: ConfigFile = DEFAULT_CONFIG,
    live: Live = False,
    public: Public = False,
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Log lines as JSON objects.")
    ] = False,
) -> None:
    """Look at the vault, or at every vault of the fleet, at each new block until stopped."""
    telemetry.configure("json" if log_json else "console", level="info")
    session = Session(config)
    settings = session.settings.keeper
    pace = Pace(float(settings.interval), most_failures=settings.most_failures)
    on_duty = fleet_on_duty if session.settings.fleet else keeper_on_duty
    steps = 0
    with (
        on_duty(session, live=live, public=public) as duty,
        stop_on_signals() as stop,
        watched(session, duty) as watch,
        _models(session, duty, watch, live=live) as look_at_targets,
    ):
        remark("watching; Ctrl-C stops" if live else "watching; dry run; Ctrl-C stops")

        def step(head: Block) -> None:
            nonlocal steps
            turn = watch.step(head)
            look_at_targets(head)
            steps += 1
            # Blocks on which nothing is done have their line in the log.
            for result in turn.results:
                if result.action not in (Action.HOLD, Action.WAIT):
                    _show(result)

        try:
            heads = LedHeads(session.node, duty.leaderships)
            run(heads, step, stop, pace=pace, observer=watch.watcher)
        except TrimtabError as error:
            watch.watcher.gave_up(error)
            raise
    remark(f"stopped after {counted(steps, 'block')}; the journal is complete")
    raise typer.Exit(INTERRUPTED)


@contextmanager
def _models(
    session: Session, duty: Duty, watch: Watch, *, live: bool
) -> Iterator[Callable[[Block], None]]:
    """What is done about new targets on each block: nothing, unless [targets] asks for it."""
    settings = session.settings.targets
    if settings is None or settings.keeper == "off":
        yield lambda _: None
        return
    from trimtab.cli.targets_duty import (  # noqa: PLC0415 (keepers without models start sooner)
        models_on_duty,
    )

    def leads() -> bool:
        return all(leadership.held for leadership in duty.leaderships)

    with models_on_duty(session, watch.watcher.happened, leads, live=live) as models:
        yield models.step


def step_json(result: StepResult) -> dict[str, Any]:
    """A step as JSON: what was decided, and the numbers behind it."""
    snapshot = result.snapshot
    return {
        "vault": snapshot.vault,
        "block": snapshot.block_number,
        "timestamp": snapshot.timestamp,
        "action": str(result.action),
        "sentence": result.sentence,
        "numbers": {key: portable(number) for key, number in result.numbers().items()},
        "legs": [
            {
                "route": planned.leg.route_id,
                "sell": snapshot.holdings[planned.token_in].symbol,
                "buy": snapshot.holdings[planned.token_out].symbol,
                "amount_in": str(planned.leg.amount_in),
                "expected_out": str(planned.expected_out),
                "min_amount_out": str(planned.leg.min_amount_out),
            }
            for planned in (result.plan.legs if result.plan else ())
        ],
        "faults": [
            {"route": fault.route_id, "sentence": fault.sentence} for fault in result.faults
        ],
    }


def _show(result: StepResult) -> None:
    snapshot = result.snapshot
    out.print(
        f"block {snapshot.block_number}, {time_text(snapshot.timestamp)}, {nav_text(snapshot)}",
        soft_wrap=True,
    )
    out.print(f"{result.action}: {result.sentence}", style="bold", soft_wrap=True)
    if result.plan is not None:
        _show_plan(result.plan, snapshot)
    if result.predicted is not None:
        out.print(f"expected cost: {_cost(result.predicted)}", soft_wrap=True)
    if result.realised is not None:
        out.print(
            f"real cost: {_cost(result.realised.cost)}; total drift "
            f"{percent(result.realised.whole.drift_before)} to "
            f"{percent(result.realised.whole.drift_after)}",
            soft_wrap=True,
        )
    for fault in result.faults:
        out.print(f"{fault.sentence}; it was not used", soft_wrap=True)
    if result.outcome is not None:
        out.print(
            f"block {result.outcome.block_number}, {result.outcome.gas_used} gas, "
            f"{result.outcome.transaction_hash}",
            soft_wrap=True,
        )
    if result.action is Action.PLAN:
        remark("dry run: the node says that this would succeed; add --live to send it")


def _show_plan(plan: LegPlan, snapshot: VaultSnapshot) -> None:
    for planned in plan.legs:
        sold, bought = snapshot.holdings[planned.token_in], snapshot.holdings[planned.token_out]
        out.print(
            f"  route {planned.leg.route_id} sells "
            f"{amount_text(planned.leg.amount_in, sold.decimals)} {sold.label}, expects "
            f"{amount_text(planned.expected_out, bought.decimals)} {bought.label}, at least "
            f"{amount_text(planned.leg.min_amount_out, bought.decimals)}",
            soft_wrap=True,
        )


def _cost(cost: CostSplit) -> str:
    return (
        f"{cost.total:,.2f} (fees {cost.fee:,.2f}, impact {cost.impact:,.2f}, gas {cost.gas:,.2f})"
    )
