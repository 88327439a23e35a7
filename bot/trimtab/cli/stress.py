"""`trimtab stress`: bad times on a local chain, and which promises held in them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from trimtab import telemetry
from trimtab.cli.app import AsJson, app, example, out, plain_table, remark
from trimtab.cli.stress_run import made_up, real, run_episode
from trimtab.domain.phrases import percentage
from trimtab.errors import BadInput
from trimtab.local.demo import CHAINS
from trimtab.local.ethtester import EthTesterChain
from trimtab.research.stress import EPISODES, Episode, judge, worst_fall

FAILED = 1
"""Exit code if a promise was broken."""


@app.command(epilog=example("stress --daily prices.csv"))
def stress(
    episodes: Annotated[
        list[str] | None, typer.Argument(help=f"Any of {', '.join(e.name for e in EPISODES)}.")
    ] = None,
    *,
    daily: Annotated[
        Path | None, typer.Option(help="CSV of daily prices of USDC, BTC, ETH and LINK.")
    ] = None,
    hourly: Annotated[Path | None, typer.Option(help="The same, hourly.")] = None,
    chain: Annotated[str, typer.Option(help=f"{' or '.join(CHAINS)}.")] = EthTesterChain.name,
    as_json: AsJson = False,
) -> None:
    """Put a vault through bad times on a local chain, with real contracts and a live keeper."""
    telemetry.configure(level="error")
    if chain not in CHAINS:
        raise BadInput(f"--chain is {chain}, expected one of {', '.join(CHAINS)}")
    reports: list[dict[str, Any]] = []
    for episode in chosen(episodes):
        file = hourly if episode.hourly else daily
        if episode.first and file is None:
            option = "--hourly" if episode.hourly else "--daily"
            remark(f"{episode.name} is left out: it needs real prices, name them with {option}")
            reports.append({"episode": episode.name, "skipped": f"no prices: {option}"})
            continue
        report = _report(episode, file, chain)
        reports.append(report)
        if not as_json:
            _print(report)
    if as_json:
        out.print_json(json.dumps({"episodes": reports}))
    if not all(check["kept"] for report in reports for check in report.get("promises", [])):
        raise typer.Exit(FAILED)


def chosen(names: list[str] | None) -> tuple[Episode, ...]:
    """Episodes by name; all without names.

    Raises
    ------
    BadInput
        For a name that is none.
    """
    known = {episode.name: episode for episode in EPISODES}
    unknown = [name for name in names or [] if name not in known]
    if unknown:
        raise BadInput(f"no episode {unknown[0]}; there are {', '.join(known)}")
    return tuple(known[name] for name in names) if names else EPISODES


def _report(episode: Episode, file: Path | None, chain: str) -> dict[str, Any]:
    history = real(episode, file) if episode.first and file else made_up(episode)
    survived = run_episode(episode, history, chain=chain)
    observed = survived.observed
    actions = Counter(step.action for step in observed)
    return {
        "episode": episode.name,
        "words": episode.words,
        "steps": len(observed),
        "change": observed[-1].value / observed[0].value - 1,
        "worst_fall": worst_fall(observed),
        "actions": dict(actions),
        "reasons_to_hold": [
            {"sentence": sentence, "steps": count}
            for sentence, count in Counter(
                step.sentence for step in observed if step.action == "hold"
            ).most_common(3)
        ],
        "could_redeem": sum(step.can_redeem for step in observed),
        "could_deposit": sum(step.can_deposit for step in observed),
        "could_withdraw": sum(step.can_withdraw for step in observed),
        "promises": [
            {"id": check.promise, "kept": check.kept, "detail": check.detail}
            for check in judge(observed, survived.entries, survived.limits)
        ],
    }


def _print(report: dict[str, Any]) -> None:
    out.print(f"{report['episode']}: {report['words']}", style="bold", soft_wrap=True)
    steps = report["steps"]
    actions = ", ".join(f"{name} {count} times" for name, count in report["actions"].items())
    out.print(
        f"  value {percentage(report['change'], signed=True)}, deepest fall "
        f"{percentage(report['worst_fall'], signed=True)}; keeper: {actions}",
        soft_wrap=True,
    )
    out.print(
        f"  holders could redeem in kind in {report['could_redeem']} of {steps} steps, deposit in "
        f"{report['could_deposit']}, withdraw in {report['could_withdraw']}",
        soft_wrap=True,
    )
    table = plain_table("  promise", "")
    for check in report["promises"]:
        mark = "kept" if check["kept"] else "BROKEN"
        table.add_row(f"  {check['id']}", f"{mark}: {check['detail']}")
    out.print(table)
