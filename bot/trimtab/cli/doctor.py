"""`trimtab doctor`: compare a vault with its record, and see whether it can trade."""

from __future__ import annotations

import json

import typer
from eth_utils.address import to_checksum_address
from rich.text import Text

from trimtab.cli.app import DEFAULT_CONFIG, FAILED, AsJson, ConfigFile, app, example, out
from trimtab.cli.session import Session
from trimtab.cli.vault_pending import pending_checks
from trimtab.deploy.health import Check, Patient, Status, examine
from trimtab.deploy.routes import examine_routes
from trimtab.deploy.spec import NO_ADDRESS
from trimtab.errors import BadInput

STYLES = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "bold red"}


@app.command(epilog=example("doctor --json"))
def doctor(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Re-check a deployment against its record: code, wiring, feeds, routes, roles, gas."""
    session = Session(config)
    record = session.target.record
    if record is None:
        raise BadInput(
            f"{config}: doctor compares a vault with its record: set vault.record instead of "
            "vault.address"
        )
    viewer = session.viewer()
    known = None if viewer == to_checksum_address(NO_ADDRESS) else viewer
    patient = Patient(session.node, session.node.head(), record, known)
    checks = list(examine(patient))
    if _passed(checks):
        checks += examine_routes(patient, session.multicall)
    checks += pending_checks(session)
    _report(checks, as_json=as_json)
    if not _passed(checks):
        raise typer.Exit(FAILED)


def _passed(checks: list[Check]) -> bool:
    return all(check.status is not Status.FAIL for check in checks)


def _report(checks: list[Check], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {"name": check.name, "status": str(check.status), "detail": check.detail}
            for check in checks
        ]
        out.print_json(json.dumps({"passed": _passed(checks), "checks": rows}))
        return
    for check in checks:
        line = Text.assemble((f"{check.status:<5}", STYLES[check.status]), check.name)
        out.print(line.append(f": {check.detail}"), soft_wrap=True)
    counts = {status: sum(check.status is status for check in checks) for status in Status}
    out.print(", ".join(f"{count} {status}" for status, count in counts.items()), style="bold")
