"""`trimtab verify`: show a block explorer the sources of a deployment, or print what to paste."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from trimtab.cli.app import DEFAULT_CONFIG, AsJson, ConfigFile, Live, app, example, out, remark
from trimtab.cli.session import Session
from trimtab.cli.settings.fields import parse_url
from trimtab.deploy.explorer import Explorer, Submission
from trimtab.deploy.networks import network_of
from trimtab.deploy.record import DeploymentRecord, input_path, read_record
from trimtab.errors import BadInput, RecordError
from trimtab.executor.clock import SystemClock

KEY_VARIABLE = "TRIMTAB_EXPLORER_KEY"
"""The variable that holds the explorer's key; it stands nowhere else and is never shown."""


@app.command(epilog=example("verify --contract Vault"))
def verify(
    *,
    config: ConfigFile = DEFAULT_CONFIG,
    contract: Annotated[
        list[str] | None, typer.Option(help="Only this contract of the record; may be repeated.")
    ] = None,
    api: Annotated[
        str | None, typer.Option(help="Address of the explorer's API; unset, the network's.")
    ] = None,
    live: Live = False,
    as_json: AsJson = False,
) -> None:
    """Submit sources, settings and constructor arguments; without --live, print them to paste."""
    session = Session(config)
    path = _record_path(session)
    record = read_record(path)
    submissions = _submissions(path, record, contract or [])
    if live:
        explorer = _explorer(record, api)
        for name, submission in submissions.items():
            out.print(f"{name} at {submission.address}: {explorer.verify(submission)}")
        return
    _show(path, record, submissions, as_json=as_json)


def _record_path(session: Session) -> Path:
    vault = session.settings.vault
    if vault is None or vault.record is None:
        raise BadInput(f"{session.file}: verify needs vault.record, the file that deploy wrote")
    return session.path(vault.record)


def _submissions(path: Path, record: DeploymentRecord, wanted: list[str]) -> dict[str, Submission]:
    contracts: dict[str, Any] = dict(record.content["contracts"])
    unknown = sorted(set(wanted) - set(contracts))
    if unknown:
        raise BadInput(
            f"--contract names {', '.join(unknown)}, expected one of {', '.join(contracts)}"
        )
    source = input_path(path)
    try:
        standard = json.loads(source.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise RecordError(
            f"{source}: cannot be read; deploy writes it beside its record, and writes both again "
            "if the record is moved away"
        ) from None
    return {
        name: Submission(
            address=entry["address"],
            source=entry["source"],
            compiler=record.content["compiler"],
            arguments=entry["encoded_arguments"].removeprefix("0x"),
            standard_input=standard,
        )
        for name, entry in contracts.items()
        if name in (wanted or contracts)
    }


def _explorer(record: DeploymentRecord, api: str | None) -> Explorer:
    network = network_of(record.chain_id)
    address = api or (network.explorer_api if network else None)
    if address is None:
        raise BadInput(f"no explorer is known for chain {record.chain_id}; name its API with --api")
    key = os.environ.get(KEY_VARIABLE, "")
    if not key:
        raise BadInput(
            f"{KEY_VARIABLE} is not set: it holds the explorer's key; without --live, what to "
            "paste into the explorer's own form is printed"
        )
    return Explorer(_safe(parse_url(address)), record.chain_id, key, SystemClock())


def _safe(api: str) -> str:
    """The address, unless it would carry the key over the open network."""
    parts = urlsplit(api)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
        raise BadInput(f"--api is {api}, expected https://: the explorer's key travels with it")
    return api


def _show(
    path: Path,
    record: DeploymentRecord,
    submissions: dict[str, Submission],
    *,
    as_json: bool,
) -> None:
    if as_json:
        rows = [
            {
                "name": name,
                "address": item.address,
                "source": item.source,
                "compiler": item.compiler,
                "constructor_arguments": item.arguments,
                "standard_input": str(input_path(path)),
            }
            for name, item in submissions.items()
        ]
        out.print_json(json.dumps({"chain_id": record.chain_id, "contracts": rows}))
        return
    out.print("compiler type: Solidity (Standard-Json-Input)")
    out.print(f"compiler version: {record.content['compiler']}")
    out.print(f"file to upload: {input_path(path)}", soft_wrap=True)
    for name, item in submissions.items():
        out.print(f"{name}", style="bold")
        out.print(f"  address: {item.address}\n  contract: {item.source}", soft_wrap=True)
        out.print(f"  constructor arguments: {item.arguments or 'none'}", soft_wrap=True)
    remark(f"nothing was submitted; add --live, with the explorer's key in {KEY_VARIABLE}")
