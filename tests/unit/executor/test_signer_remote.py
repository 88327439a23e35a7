"""A remote signer can sign what it was asked, or nothing: a lie changes no transaction."""

import pytest
import rlp
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st
from trimtab.chain.reverts import Refusal
from trimtab.errors import NodeRefused, NodeUnreachable, SignerFailed
from trimtab.executor.fee_market import FIELDS
from trimtab.executor.signer import LocalSigner
from trimtab.executor.signer_remote import RemoteSigner

OWNER = Account.from_key("0x" + "11" * 32)
THIEF = Account.from_key("0x" + "22" * 32)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
ASKED = {
    "type": 2,
    "chainId": 8453,
    "nonce": 7,
    "gas": 400_000,
    "maxFeePerGas": 3 * 10**9,
    "maxPriorityFeePerGas": 10**6,
    "value": 0,
    "to": "0x1111111111111111111111111111111111111111",
    "data": "0x1234abcd",
}


def sign(fields, account=OWNER):
    return bytes(account.sign_transaction(fields).raw_transaction)


class Signer:
    """Answers as it is told; an exception is raised instead."""

    name = "http://signer"
    pins_by_hash = False

    def __init__(self, answer, accounts=(OWNER.address,)):
        self.answer, self.accounts = answer, list(accounts)
        self.asked = []

    def request(self, method, params):
        self.asked.append((method, params))
        answer = self.accounts if method == "eth_accounts" else self.answer
        if isinstance(answer, Exception):
            raise answer
        return answer


def remote(answer, **options):
    return RemoteSigner(Signer(answer, **options), OWNER.address)


def hexed(data):
    return "0x" + data.hex()


def with_signature(signed, change):
    """`signed` with its last three fields changed."""
    fields = rlp.decode(signed[1:])
    fields[-3:] = change(*fields[-3:])
    return b"\x02" + rlp.encode(fields)


@pytest.mark.parametrize("shape", [hexed, lambda raw: {"raw": hexed(raw), "tx": {}}])
def test_what_was_asked_is_passed_on_as_it_is(shape):
    assert remote(shape(sign(ASKED))).sign_transaction(ASKED) == sign(ASKED)


def test_a_contract_may_be_created():
    asked = {key: value for key, value in ASKED.items() if key != "to"}

    assert remote(hexed(sign(asked))).sign_transaction(asked) == sign(asked)


@given(
    nonce=st.integers(0, 2**63),
    gas=st.integers(21_000, 2**40),
    fee=st.integers(0, 2**90),
    value=st.integers(0, 2**100),
    data=st.binary(max_size=200),
)
def test_any_transaction_is_recognised_as_the_one_that_was_asked_for(nonce, gas, fee, value, data):
    asked = ASKED | {"nonce": nonce, "gas": gas, "value": value, "data": hexed(data)}
    asked |= {"maxFeePerGas": fee, "maxPriorityFeePerGas": fee}
    signed = LocalSigner(OWNER.key).sign_transaction(asked)

    assert remote(hexed(signed)).sign_transaction(asked) == signed


def test_the_request_says_everything_in_hexadecimal():
    signer = Signer(hexed(sign(ASKED)))

    RemoteSigner(signer, OWNER.address).sign_transaction(ASKED)

    ((method, (params,)),) = signer.asked
    assert method == "eth_signTransaction"
    assert params["from"] == OWNER.address
    assert (params["nonce"], params["value"], params["chainId"]) == ("0x7", "0x0", "0x2105")
    assert all(isinstance(value, str) and value.startswith("0x") for value in params.values())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("to", THIEF.address),
        ("value", 1),
        ("data", "0x1234abce"),
        ("nonce", 8),
        ("chainId", 1),
        ("gas", 400_001),
        ("maxFeePerGas", 10**12),
        ("maxPriorityFeePerGas", 2 * 10**6),
        ("accessList", [{"address": THIEF.address, "storageKeys": []}]),
    ],
)
def test_a_signer_that_changes_a_field_is_named_with_it(field, value):
    assert field in FIELDS

    with pytest.raises(SignerFailed, match=f"signer http://signer signed another {field}: "):
        remote(hexed(sign(ASKED | {field: value}))).sign_transaction(ASKED)


def test_a_signature_of_somebody_else_is_refused():
    with pytest.raises(SignerFailed, match=f"signed as {THIEF.address}, expected {OWNER.address}"):
        remote(hexed(sign(ASKED, THIEF))).sign_transaction(ASKED)


def test_the_other_signature_of_the_same_transaction_is_refused():
    def mirrored(parity, r, s):
        other = ORDER - int.from_bytes(s, "big")
        flipped = b"" if parity else b"\x01"
        return flipped, r, other.to_bytes(32, "big")

    with pytest.raises(SignerFailed, match="greater of two possible s"):
        remote(hexed(with_signature(sign(ASKED), mirrored))).sign_transaction(ASKED)


@pytest.mark.parametrize(
    "change",
    [
        lambda parity, r, s: (parity, b"", b""),
        lambda parity, r, s: (b"\x05", r, s),
        lambda parity, r, s: (parity, [r], s),
        lambda parity, r, s: (parity, b"\x00" + r, s),
        lambda parity, r, s: (parity, r * 2, s),
        lambda parity, r, s: (b"\x00" * 2 + parity, r, s),
    ],
    ids=["zeros", "parity", "list", "leading zero", "too long", "padded parity"],
)
def test_what_is_no_signature_is_refused(change):
    with pytest.raises(SignerFailed):
        remote(hexed(with_signature(sign(ASKED), change))).sign_transaction(ASKED)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        [],
        "0x",
        "0x02",
        "signed",
        7,
        "0x02" + "c0" * 40,
        hexed(sign(ASKED) + b"\x00"),
        hexed(b"\x01" + sign(ASKED)[1:]),
        "0x02" + "f7" * 3000,
    ],
    ids=str,
)
def test_what_is_no_transaction_is_refused(answer):
    with pytest.raises(SignerFailed, match="nothing was sent"):
        remote(answer).sign_transaction(ASKED)


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_fail(noise):
    with pytest.raises(SignerFailed):
        remote(hexed(noise)).sign_transaction(ASKED)


@pytest.mark.parametrize(
    "fault",
    [
        NodeUnreachable("http://signer", "gone"),
        NodeRefused("eth_signTransaction", -32000, "locked"),
        Refusal(b""),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_signer_that_fails_is_a_failure_that_may_pass(fault):
    with pytest.raises(SignerFailed, match="nothing was sent"):
        remote(fault).sign_transaction(ASKED)


def test_a_signer_without_the_account_is_refused_at_the_start():
    remote(None).require_account()

    with pytest.raises(SignerFailed, match=f"holds {THIEF.address}, expected {OWNER.address}"):
        remote(None, accounts=[THIEF.address]).require_account()
    with pytest.raises(SignerFailed, match="holds no account"):
        remote(None, accounts=[]).require_account()


def test_it_signs_nothing_but_transactions():
    signer = Signer(hexed(sign(ASKED)))

    assert RemoteSigner(signer, OWNER.address).sign_typed_data({"message": {}}) is None
    assert signer.asked == []
