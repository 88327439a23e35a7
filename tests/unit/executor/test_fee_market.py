"""What is signed here is what eth-account signs, byte for byte."""

from eth_account import Account
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st
from trimtab.executor.signer import LocalSigner

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def sized(bits):
    return st.integers(0, 2**bits - 1)


@st.composite
def transactions(draw):
    """Fields as a draft has them, with or without a recipient."""
    to = draw(st.none() | st.binary(min_size=20, max_size=20).map(to_checksum_address))
    return {
        "type": 2,
        "chainId": draw(st.integers(1, 2**53)),
        "nonce": draw(sized(64)),
        "gas": draw(sized(64)),
        "maxFeePerGas": draw(sized(256)),
        "maxPriorityFeePerGas": draw(sized(256)),
        "value": draw(sized(256)),
        "data": "0x" + draw(st.binary(max_size=300)).hex(),
    } | ({} if to is None else {"to": to})


@given(transactions(), st.integers(1, ORDER - 1).map(lambda number: number.to_bytes(32, "big")))
def test_a_transaction_is_signed_as_the_library_signs_it(transaction, key):
    account = Account.from_key(key)

    signed = LocalSigner(key).sign_transaction(transaction)

    assert signed == account.sign_transaction(transaction).raw_transaction
    assert Account.recover_transaction(signed) == account.address == LocalSigner(key).address
