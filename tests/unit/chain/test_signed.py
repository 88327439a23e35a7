"""A transaction in a block is its signer's only if the signature says so."""

import pytest
from eth_account import Account as EthAccount
from hexbytes import HexBytes
from trimtab.chain.signed import by, hashes
from trimtab.errors import NodeAnsweredWrongly

ALICE = EthAccount.from_key("0x" + "11" * 32)
BOB = EthAccount.from_key("0x" + "22" * 32)
COMMON = {"nonce": 7, "gas": 21_000, "value": 5, "to": BOB.address, "data": "0x0102"}
FEES = {"maxFeePerGas": 100, "maxPriorityFeePerGas": 10}
ACCESS = [{"address": BOB.address, "storageKeys": ["0x" + "01" * 32]}]
KINDS = {
    "legacy": {"gasPrice": 100, "chainId": 5},
    "access list": {"type": 1, "gasPrice": 100, "chainId": 5, "accessList": ACCESS},
    "dynamic fee": {"type": 2, "chainId": 5, "accessList": ACCESS} | FEES,
}


def as_listed(fields, account=ALICE):
    """A signed transaction as a node shows it, and its hash."""
    signed = account.sign_transaction(fields)
    shown = {name: hex(v) if isinstance(v, int) else v for name, v in fields.items()}
    signature = {"v": hex(signed.v), "r": hex(signed.r), "s": hex(signed.s)}
    named = {"from": account.address, "input": fields["data"], "hash": signed.hash.to_0x_hex()}
    return shown | signature | named, signed


def block(*listed):
    return {"transactions": list(listed)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_transaction_is_encoded_as_it_was_signed(kind):
    listed, signed = as_listed(COMMON | KINDS[kind])

    (found,) = by(ALICE.address, block(listed), chain_id=5, what="block")

    assert found.raw == signed.raw_transaction
    assert found.transaction_hash == signed.hash.to_0x_hex()
    assert found.nonce == 7


def test_a_creation_has_no_receiver():
    fields = {name: value for name, value in COMMON.items() if name != "to"}
    listed, signed = as_listed(fields | KINDS["dynamic fee"])

    (found,) = by(ALICE.address, block(listed | {"to": None}), chain_id=5, what="block")

    assert found.raw == signed.raw_transaction


@pytest.mark.parametrize("change", ["nonce", "value", "gas", "input", "r"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_transaction_is_nobodys(kind, change):
    listed, _ = as_listed(COMMON | KINDS[kind])
    other = listed[change][:-1] + ("1" if listed[change][-1] != "1" else "2")

    assert by(ALICE.address, block(listed | {change: other}), chain_id=5, what="block") == ()


@pytest.mark.parametrize("kind", KINDS)
def test_a_transaction_for_another_chain_does_not_count(kind):
    listed, _ = as_listed(COMMON | KINDS[kind])

    assert by(ALICE.address, block(listed), chain_id=6, what="block") == ()


def test_a_transaction_for_no_chain_in_particular_does_not_count():
    listed, _ = as_listed(COMMON | {"gasPrice": 100})

    assert by(ALICE.address, block(listed), chain_id=5, what="block") == ()


def test_somebody_elses_transaction_under_a_false_name_does_not_count():
    listed, _ = as_listed(COMMON | KINDS["dynamic fee"], BOB)

    assert by(ALICE.address, block(listed), chain_id=5, what="block") == ()
    lie = listed | {"from": ALICE.address}
    assert by(ALICE.address, block(lie), chain_id=5, what="block") == ()


def test_transactions_of_kinds_that_are_not_known_are_left_out():
    listed, _ = as_listed(COMMON | KINDS["dynamic fee"])

    assert by(ALICE.address, block(listed | {"type": "0x7e"}), chain_id=5, what="block") == ()


@pytest.mark.parametrize(
    "change",
    [{"nonce": None}, {"from": "0x12"}, {"v": "0x2"}, {"to": "0x1"}, {"accessList": [7]}],
)
def test_a_transaction_of_no_shape_is_refused(change):
    listed, _ = as_listed(COMMON | KINDS["dynamic fee"])

    with pytest.raises(NodeAnsweredWrongly):
        by(ALICE.address, block(listed | change), chain_id=5, what="block 9")


def test_hashes_are_as_the_node_lists_them():
    name = "0x" + "ab" * 32

    assert hashes(block(name, bytes(HexBytes(name))), "block 9") == (name, name)


@pytest.mark.parametrize("listed", [None, "0x", [7], ["0xab"]])
def test_a_list_of_hashes_of_no_shape_is_refused(listed):
    with pytest.raises(NodeAnsweredWrongly, match="block 9"):
        hashes({"transactions": listed}, "block 9")
