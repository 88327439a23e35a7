"""Shows what an operation changes, who may do it, and, if told to, does it or writes it down."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from eth_typing import ChecksumAddress

from trimtab.chain.contracts import interface
from trimtab.chain.node import Call
from trimtab.chain.reverts import TokenName
from trimtab.cli.app import out, remark
from trimtab.cli.resume import finished_before, send
from trimtab.cli.vault_rules import Rules
from trimtab.cli.vault_words import address
from trimtab.deploy.governance_safe import SafeBatch, SafeTransaction, batch_json
from trimtab.deploy.spec import NO_ADDRESS
from trimtab.errors import BadInput, CallReverted, InvariantError
from trimtab.executor.intents import Intent
from trimtab.store.journal import Subject

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before sending.")]
SafeFile = Annotated[
    Path | None,
    typer.Option("--safe", help="Write a batch for a Safe's Transaction Builder; send nothing."),
]

SafeAddress = Annotated[
    str | None, typer.Option("--sender", help="The Safe for --safe, where several may send it.")
]


@dataclass(frozen=True, slots=True)
class Way:
    """How an operation is carried out.

    Attributes
    ----------
    live
        Whether it is sent.
    yes
        Whether nobody is asked before.
    safe
        File for a Safe, in place of sending.
    sender
        The Safe, where more than one may send it.
    """

    live: bool
    yes: bool
    safe: Path | None
    sender: str | None


@dataclass(frozen=True, slots=True)
class Deed:
    """A transaction that carries an operation out.

    Attributes
    ----------
    kind
        Its kind in the journal.
    lines
        What it changes, in words.
    to, data, value
        The call; value in wei.
    """

    kind: str
    lines: tuple[str, ...]
    to: ChecksumAddress
    data: bytes
    value: int = 0


def carry_out(rules: Rules, deed: Deed, way: Way, *, sender: ChecksumAddress) -> None:
    """Show a deed; then rehearse it, send it or write it down.

    Parameters
    ----------
    sender
        Who sends it, and may; the Safe, if it is written down.

    Raises
    ------
    BadInput
        If the contracts would refuse it, or nobody agrees.
    """
    for line in deed.lines:
        out.print(line, style="bold", soft_wrap=True)
    rehearse(rules, Call(deed.to, deed.data, sender, deed.value))
    if way.safe is not None:
        _write_batch(rules, deed, way.safe, sender)
        return
    if not way.live:
        remark("the node says that it would succeed now")
        remark("dry run: nothing was signed or sent; add --live to send")
        return
    if not way.yes:
        _ask()
    with rules.session.sending() as sending:
        if deed.kind in finished_before(sending):
            remark("nothing new was sent; run it again to do it once more")
            return
        intent = Intent(Subject(deed.kind), deed.to, deed.data, value=deed.value)
        send(sending, intent, deed.kind)


def sender_of(rules: Rules, way: Way, candidates: Iterable[ChecksumAddress]) -> ChecksumAddress:
    """Who sends: the account of the keystore; for a batch, the Safe that is named or the only one.

    Raises
    ------
    BadInput
        If a batch could be for several Safes, or for none.
    """
    if way.safe is None:
        if way.sender is not None:
            raise BadInput(
                "--sender names the Safe of --safe; otherwise the keystore's account sends"
            )
        return rules.session.address()
    if way.sender is not None:
        return address(way.sender, "--sender")
    known = [holder for holder in dict.fromkeys(candidates) if holder != NO_ADDRESS]
    if len(known) != 1:
        listed = ", ".join(known) or "nobody that is known here"
        raise BadInput(f"--safe: {listed} may send this: name the Safe with --sender")
    return known[0]


def rehearse(rules: Rules, call: Call) -> None:
    """Refuse a call that the contracts would refuse.

    Raises
    ------
    BadInput
        With what they say.
    """
    tokens = {
        holding.token: TokenName(holding.label, holding.decimals)
        for holding in rules.snapshot.holdings
    }
    try:
        rules.chain.node.call(call, tokens=tokens)
    except CallReverted as revert:
        raise BadInput(f"the contracts would refuse: {revert.sentence} ({revert.name})") from revert


def encoded(contract: str, function: str, arguments: tuple[object, ...]) -> bytes:
    """Calldata from what a person wrote.

    Raises
    ------
    BadInput
        If a number does not fit the contract.
    """
    try:
        return interface(contract).encode(function, *arguments)
    except InvariantError as fault:
        raise BadInput(f"a value does not fit {function} of {contract}: {fault}") from None


def _ask() -> None:
    try:
        agreed = typer.confirm("Do this?", err=True)
    except typer.Abort:
        raise BadInput("nobody answered; where nobody can, add --yes") from None
    if not agreed:
        raise BadInput("nothing was sent")


def _write_batch(rules: Rules, deed: Deed, file: Path, safe: ChecksumAddress) -> None:
    batch = SafeBatch(
        chain_id=rules.chain.node.chain_id(),
        safe=safe,
        created_at=rules.now,
        name=deed.kind,
        description="; ".join(deed.lines),
        transactions=(SafeTransaction(deed.to, deed.data, deed.value),),
    )
    try:
        with file.open("x", encoding="utf-8") as stream:
            json.dump(batch_json(batch), stream, indent=2, ensure_ascii=False)
    except FileExistsError:
        raise BadInput(f"{file}: a file stands there already; it was not touched") from None
    except OSError as error:
        raise BadInput(f"{file}: cannot be written: {error.strerror}") from None
    remark(f"wrote {file} for the Transaction Builder of the Safe {safe}; nothing was sent")
