"""AWS KMS can sign what it was asked, or nothing; its signatures become those that nodes take."""

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from eth_account import Account
from eth_keys.datatypes import PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from moto.kms.models import kms_backends
from trimtab.errors import BadInput, SignerFailed
from trimtab.executor.fee_market import digest, encoded_fields
from trimtab.executor.signer_kms import (
    HALF_ORDER,
    ORDER,
    KmsSigner,
    Unlike,
    address_of,
    der_numbers,
    low,
    open_kms,
)

REGION = "eu-central-1"
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
OWNER, THIEF = (PrivateKey(bytes([byte]) * 32) for byte in (17, 34))
PREFIX = bytes.fromhex("3056301006072a8648ce3d020106052b8104000a03420004")
"""What stands before a key of secp256k1 in SubjectPublicKeyInfo."""


@pytest.fixture
def aws(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield boto3.client("kms", region_name=REGION)


def new_key(aws, spec="ECC_SECG_P256K1"):
    """A key that signs digests as they are: moto would hash them once more, and AWS does not."""
    made = aws.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    held = kms_backends[made["AWSAccountId"]][REGION].keys[made["KeyId"]].private_key
    as_it_is = ec.ECDSA(Prehashed(hashes.SHA256()))
    held.sign = lambda message, _algorithm: held.private_key.sign(message, as_it_is)
    return made["KeyId"]


def address_in(aws, key):
    return address_of(aws.get_public_key(KeyId=key)["PublicKey"])


def test_a_key_in_kms_signs_as_its_address(aws):
    key = new_key(aws)
    address = address_in(aws, key)
    signer = KmsSigner(open_kms(REGION, timeout=5.0), key, address)
    signer.require_account()

    for nonce in range(8):  # either parity, either s
        signed = signer.sign_transaction(ASKED | {"nonce": nonce})
        assert Account.recover_transaction(signed) == address


def test_a_key_is_found_by_its_alias(aws):
    key = new_key(aws)
    aws.create_alias(AliasName="alias/keeper", TargetKeyId=key)
    address = address_in(aws, key)

    signed = KmsSigner(aws, "alias/keeper", address).sign_transaction(ASKED)

    assert Account.recover_transaction(signed) == address


def test_a_key_of_another_address_is_refused(aws):
    mine, other = new_key(aws), new_key(aws)
    signer = KmsSigner(aws, other, address_in(aws, mine))

    with pytest.raises(SignerFailed, match=f"belongs to {address_in(aws, other)}, expected"):
        signer.require_account()
    with pytest.raises(SignerFailed, match="signed as somebody else"):
        signer.sign_transaction(ASKED)


def test_a_key_of_another_curve_is_refused(aws):
    signer = KmsSigner(aws, new_key(aws, "ECC_NIST_P256"), OWNER.public_key.to_checksum_address())

    with pytest.raises(SignerFailed, match="ECC_SECG_P256K1"):
        signer.require_account()


def test_a_key_that_is_missing_is_named_with_the_code_of_aws(aws):
    signer = KmsSigner(aws, "alias/nobody", OWNER.public_key.to_checksum_address())

    with pytest.raises(SignerFailed, match=r"alias/nobody is refused: NotFoundException"):
        signer.sign_transaction(ASKED)


def test_without_a_region_the_setting_is_named(monkeypatch):
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")

    with pytest.raises(BadInput, match=r"set keys\.kms_region"):
        open_kms(None, timeout=1.0)


class FakeKms:
    """Answers as it is told; an exception is raised instead."""

    def __init__(self, answer):
        self.answer = answer

    def sign(self, **_):
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"Signature": self.answer}


def der(r, s):
    parts = [number.to_bytes(number.bit_length() // 8 + 1, "big") for number in (r, s)]
    body = b"".join(bytes([2, len(part)]) + part for part in parts)
    return bytes([0x30, len(body)]) + body


def signed_by(key, transaction=ASKED, *, high=False):
    _, r, s = key.sign_msg_hash(digest(encoded_fields(transaction))).vrs
    return der(r, ORDER - s if high else s)


def fake(answer):
    return KmsSigner(FakeKms(answer), "key", OWNER.public_key.to_checksum_address())


@pytest.mark.parametrize("high", [False, True])
def test_either_of_two_signatures_becomes_the_one_that_nodes_take(high):
    signed = fake(signed_by(OWNER, high=high)).sign_transaction(ASKED)

    assert signed == fake(signed_by(OWNER)).sign_transaction(ASKED)
    assert Account.recover_transaction(signed) == OWNER.public_key.to_checksum_address()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(signed_by(THIEF), id="somebody-else"),
        pytest.param(signed_by(OWNER, ASKED | {"nonce": 8}), id="something-else"),
        pytest.param(der(1, 1), id="invented"),
        pytest.param(signed_by(OWNER) + b"\0", id="more"),
        pytest.param(signed_by(OWNER)[:-1], id="less"),
        pytest.param(b"", id="nothing"),
        pytest.param(None, id="none"),
        pytest.param("30", id="text"),
    ],
)
def test_what_is_no_signature_of_the_transaction_is_refused(answer):
    with pytest.raises(SignerFailed, match="nothing was sent"):
        fake(answer).sign_transaction(ASKED)


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "AccessDenied", "Message": "arn:secret"}}, "Sign"),
        EndpointConnectionError(endpoint_url="https://secret.amazonaws.com"),
    ],
)
def test_a_service_that_fails_is_a_failed_signer_and_its_words_are_not_repeated(error):
    with pytest.raises(SignerFailed) as caught:
        fake(error).sign_transaction(ASKED)

    assert "secret" not in str(caught.value)


@given(st.integers(1, ORDER - 1), st.integers(1, ORDER - 1))
def test_numbers_in_der_are_read_back_and_made_low(r, s):
    assert der_numbers(der(r, s)) == (r, s)
    assert low((r, s))[1] in {s, ORDER - s}
    assert low((r, s))[1] <= HALF_ORDER


@given(st.binary(max_size=80))
def test_any_bytes_are_numbers_in_their_one_form_or_refused(data):
    try:
        r, s = der_numbers(data)
    except Unlike:
        return
    assert der(r, s) == data


@given(st.binary(max_size=120))
def test_any_bytes_are_a_public_key_or_none(data):
    assert address_of(data) is None or len(data) >= 65


def test_an_address_is_that_of_the_key():
    public = PREFIX + OWNER.public_key.to_bytes()

    assert address_of(public) == OWNER.public_key.to_checksum_address()
