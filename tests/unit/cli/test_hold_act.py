"""Allowances are made to stand once, by whichever way the token takes, before the action."""

from types import SimpleNamespace

from trimtab.cli.hold_act import act
from trimtab.cli.hold_grant import Grant, Transaction
from trimtab.cli.hold_permit import PermitDomain
from trimtab.cli.holder import Action
from trimtab.errors import CallReverted

TOKEN, VAULT, HOLDER = ("0x" + digit * 40 for digit in "abc")
DOMAIN = PermitDomain("0x00000000000000000000000000000000000000AA", 1, "Coin", "1", 0)
SIGNATURE = (27, b"\1" * 32, b"\2" * 32)


class FakeExecutor:
    """Mines at once whatever it is given."""

    def __init__(self):
        self.sent = []

    def settle(self):
        return ()

    def submit(self, intent):
        self.sent.append(intent)
        outcome = SimpleNamespace(block_number=1, gas_used=2, transaction_hash="0x3")
        return SimpleNamespace(require_success=lambda: outcome)


class FakeSession:
    """A session whose node takes every permit, or none."""

    def __init__(self, *, takes_permits=True):
        self.executor = FakeExecutor()
        self.node = self
        self._takes_permits = takes_permits
        self.signed = []

    def address(self):
        return HOLDER

    def call(self, call):
        if not self._takes_permits:
            raise CallReverted("Error", {}, "invalid signature", data=b"1234")
        return b""

    def sign_typed_data(self, message):
        self.signed.append(message)
        return SIGNATURE

    def sending(self):
        return self

    def __enter__(self):
        return SimpleNamespace(executor=self.executor, signer=self)

    def __exit__(self, *_):
        return None


def action(domain, *, standing=0, with_permit=None):
    grant = Grant(TOKEN, HOLDER, VAULT, 10, standing, "10 USDC", "the vault", domain)
    last = Transaction("hold deposit", "deposit 10 USDC", VAULT, b"deposit")
    return Action("deposit 10 USDC", (), (grant,), last, 99, with_permit)


def kinds(session):
    return [intent.subject.kind for intent in session.executor.sent]


def test_a_permit_takes_the_place_of_an_approval():
    session = FakeSession()

    act(session, "hold deposit", lambda: action(DOMAIN), live=True)

    assert kinds(session) == ["hold permit", "hold deposit"]
    assert session.signed[0]["message"]["value"] == 10
    assert session.signed[0]["message"]["deadline"] == 99


def test_a_signature_that_the_token_refuses_makes_room_for_an_approval():
    session = FakeSession(takes_permits=False)

    act(session, "hold deposit", lambda: action(DOMAIN), live=True)

    assert kinds(session) == ["hold approve", "hold deposit"]


def test_a_token_without_permit_is_approved_after_its_old_allowance_is_cleared():
    session = FakeSession()

    act(session, "hold deposit", lambda: action(None, standing=3), live=True)

    assert kinds(session) == ["hold approve", "hold approve", "hold deposit"]
    amounts = [int.from_bytes(intent.data[-32:], "big") for intent in session.executor.sent[:2]]
    assert amounts == [0, 10]


def test_an_action_that_can_carries_the_permit_itself():
    session = FakeSession()

    def with_permit(signature):
        return Transaction("hold zap in", "zap", VAULT, b"zap" + signature[1])

    act(session, "hold deposit", lambda: action(DOMAIN, with_permit=with_permit), live=True)

    (only,) = session.executor.sent
    assert only.data == b"zap" + SIGNATURE[1]


def test_a_dry_run_neither_signs_nor_sends():
    session = FakeSession()

    act(session, "hold deposit", lambda: action(DOMAIN), live=False)

    assert not session.signed
    assert not session.executor.sent
