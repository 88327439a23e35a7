"""Shows what a holder is about to do and, if told to, does it: allowances first, each once."""

from __future__ import annotations

from collections.abc import Callable

from trimtab.chain.node import Call
from trimtab.cli.app import out, remark
from trimtab.cli.hold_grant import Grant, Transaction
from trimtab.cli.hold_permit import works
from trimtab.cli.holder import Action
from trimtab.cli.resume import finished_before, send
from trimtab.cli.session import Sending, Session
from trimtab.executor.intents import Intent
from trimtab.store.journal import Subject

Plan = Callable[[], Action]
"""Works an action out from the newest block."""


def act(session: Session, kind: str, plan: Plan, *, live: bool) -> None:
    """Show the action of a kind that `plan` works out, and send it if `live`.

    Transactions of an interrupted run are brought to their end before anything is planned: an
    approval that arrives then is used, and an action that arrives is not done a second time.
    """
    if not live:
        _rehearse(session, plan())
        return
    with session.sending() as sending:
        if kind in finished_before(sending):
            remark("nothing new was sent; run it again to do it once more")
            return
        action = plan()
        _show(action)
        _send_all(session, sending, action)


def _rehearse(session: Session, action: Action) -> None:
    _show(action)
    for number, title in enumerate(_titles(action), start=1):
        out.print(f"{number}. {title}", soft_wrap=True)
    if not action.grants:
        last = action.transaction
        session.node.call(Call(last.to, last.data, session.address()))
        remark("the node says that it would succeed now")
    remark("dry run: nothing was signed or sent; add --live to send")


def _show(action: Action) -> None:
    out.print(action.title, style="bold")
    for line in action.lines:
        out.print(f"  {line}", soft_wrap=True)


def _titles(action: Action) -> list[str]:
    """What would be sent, one line for each transaction."""
    titles: list[str] = []
    last = f"{action.transaction.title} → {action.transaction.to}"
    for grant in action.grants:
        if grant.domain is None:
            titles += [f"{step.title} → {step.to}" for step in grant.approvals()]
        elif action.with_permit is not None:
            last = f"{last}, with a permit for {grant.text}"
        else:
            titles.append(f"permit {grant.text} for {grant.whom} → {grant.token}")
    return [*titles, last]


def _send_all(session: Session, sending: Sending, action: Action) -> None:
    last = action.transaction
    for grant in action.grants:
        last = _let_take(session, sending, action, grant) or last
    _send(sending, last)


def _let_take(
    session: Session, sending: Sending, action: Action, grant: Grant
) -> Transaction | None:
    """Make an allowance stand; where the action carries the permit itself, what to send then.

    A signer elsewhere may sign transactions only, and a token may refuse the signature: an approval
    does then.
    """
    permit = grant.permit(action.deadline)
    if permit is not None:
        signature = sending.signer.sign_typed_data(permit.typed_data())
        if signature is not None and works(session.node, permit, signature):
            if action.with_permit is not None:
                return action.with_permit(signature)
            title = f"permit {grant.text} for {grant.whom}"
            data = permit.calldata(signature)
            _send(sending, Transaction("hold permit", title, grant.token, data))
            return None
    for step in grant.approvals():
        _send(sending, step)
    return None


def _send(sending: Sending, transaction: Transaction) -> None:
    intent = Intent(Subject(transaction.kind), transaction.to, transaction.data)
    send(sending, intent, transaction.title)
