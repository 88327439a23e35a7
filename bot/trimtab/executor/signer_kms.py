"""A key in AWS KMS that never leaves it: KMS signs digests, and its answer is checked here.

KMS knows nothing of transactions. It returns a signature in DER, with either of two possible `s`
and without the parity of `v`: the smaller `s` is taken, and the parity is that which leads to the
key's own address. What comes of it is held against what was asked for, as any signer's answer is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from eth_keys.datatypes import PublicKey
from eth_keys.exceptions import BadSignature
from eth_typing import ChecksumAddress
from eth_utils.exceptions import ValidationError

from trimtab.errors import BadInput, SignerFailed
from trimtab.executor.fee_market import assembled, digest, encoded_fields
from trimtab.executor.signer_remote import HALF_ORDER, Unlike, checked, signer_of

ORDER = 2 * HALF_ORDER + 1
"""Order of the curve secp256k1."""

ALGORITHM = "ECDSA_SHA_256"
"""What KMS calls a signature of a digest of 32 bytes, whatever made the digest."""

SEQUENCE, INTEGER = 0x30, 0x02
"""Tags of DER."""

POINT = b"\x04"
"""First byte of a public key that is not compressed."""

CURVE = bytes.fromhex("06052b8104000a")
"""Object identifier of secp256k1, as it stands in a public key of KMS."""


class Kms(Protocol):
    """The two calls of AWS KMS that are needed, as boto3 offers them."""

    def get_public_key(self, **request: Any) -> Mapping[str, Any]:
        """The key that belongs to an address."""

    def sign(self, **request: Any) -> Mapping[str, Any]:
        """A signature in DER."""


def open_kms(region: str | None, *, timeout: float) -> Kms:
    """The service, by boto3 and the credentials that this finds.

    Raises
    ------
    BadInput
        If boto3 is not installed, or no region is known.
    """
    try:
        import boto3  # noqa: PLC0415 (only who uses it has it)
        from botocore.config import Config  # noqa: PLC0415 (only who uses it has it)
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415 (only who uses it has it)
    except ModuleNotFoundError as error:
        raise BadInput(
            f"keys.kms_key needs the package {error.name}: install trimtab[kms]"
        ) from None
    patience = Config(
        connect_timeout=timeout, read_timeout=timeout, retries={"total_max_attempts": 2}
    )
    try:
        found: Kms = boto3.client("kms", region_name=region, config=patience)
    except BotoCoreError as error:
        raise BadInput(
            f"AWS KMS cannot be used ({type(error).__name__}): set keys.kms_region"
        ) from None
    return found


class KmsSigner:
    """Has transactions signed by a key in AWS KMS, of the kind `ECC_SECG_P256K1`.

    Parameters
    ----------
    kms
        The service.
    key
        Id, ARN or alias of the key.
    address
        The address that belongs to it.
    """

    def __init__(self, kms: Kms, key: str, address: ChecksumAddress) -> None:
        self._kms, self._key = kms, key
        self._address = address

    def __repr__(self) -> str:
        return f"KmsSigner({self.address})"

    @property
    def address(self) -> ChecksumAddress:
        """Who sends."""
        return self._address

    def require_account(self) -> None:
        """Refuse a key that is not that of the address.

        Raises
        ------
        SignerFailed
            If KMS does not answer, or the key is of another kind or address.
        """
        answer = self._ask(lambda: self._kms.get_public_key(KeyId=self._key))
        found = address_of(answer.get("PublicKey"))
        if found is None:
            raise self._fault("is no key of the curve secp256k1, which KMS calls ECC_SECG_P256K1")
        if found != self._address:
            raise self._fault(f"belongs to {found}, expected {self._address}")

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """The signed transaction, as it is broadcast.

        Raises
        ------
        SignerFailed
            If KMS gives no signature, or that of something else.
        """
        fields = encoded_fields(transaction)
        what = digest(fields)
        answer = self._ask(
            lambda: self._kms.sign(
                KeyId=self._key, Message=what, MessageType="DIGEST", SigningAlgorithm=ALGORITHM
            )
        )
        try:
            signature = self._with_parity(what, *low(der_numbers(answer.get("Signature"))))
            return checked(assembled(fields, signature), transaction, self._address)
        except Unlike as fault:
            raise self._fault(str(fault)) from None

    def sign_typed_data(self, message: Mapping[str, Any]) -> None:
        """Nothing: what a permit allows is asked for in a transaction instead."""

    def _with_parity(self, what: bytes, r: int, s: int) -> tuple[int, int, int]:
        for parity in (0, 1):
            if signer_of(what, (parity, r, s)) == self._address:
                return parity, r, s
        raise Unlike(f"signed as somebody else than {self._address}, or something else")

    def _ask(self, question: Any) -> Mapping[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 (see open_kms)

        try:
            answer: Mapping[str, Any] = question()
        except ClientError as error:
            # Its words may name accounts and credentials; the code says enough.
            code = error.response.get("Error", {}).get("Code", "unknown")
            raise self._fault(f"is refused: {code}") from None
        except BotoCoreError as error:
            raise self._fault(f"cannot be asked: {type(error).__name__}") from None
        return answer

    def _fault(self, problem: str) -> SignerFailed:
        return SignerFailed(f"AWS KMS: its key {self._key}", problem)


def address_of(public_key: object) -> ChecksumAddress | None:
    """Address of a public key as KMS states it (SubjectPublicKeyInfo); None of another curve."""
    if not isinstance(public_key, bytes) or CURVE not in public_key[:24] or len(public_key) < 65:
        return None
    point = public_key[-65:]
    try:
        return PublicKey(point[1:]).to_checksum_address() if point[:1] == POINT else None
    except (BadSignature, ValidationError, ValueError):
        return None


def low(numbers: tuple[int, int]) -> tuple[int, int]:
    """`r` and the smaller of the two possible `s`, which alone nodes accept (EIP-2)."""
    r, s = numbers
    return r, min(s, ORDER - s)


def der_numbers(signature: object) -> tuple[int, int]:
    """`r` and `s` of a signature in DER, which has one form for each pair.

    Raises
    ------
    Unlike
        If it is none.
    """
    if not isinstance(signature, bytes) or signature[:1] != bytes([SEQUENCE]):
        raise Unlike("its signature is no signature in DER")
    body = _content(signature, SEQUENCE)
    first = body[: 2 + _length(body)]
    r, s = (_number(_content(part, INTEGER)) for part in (first, body[len(first) :]))
    return r, s


def _length(data: bytes) -> int:
    """How long the content is whose header `data` begins with; two numbers need one byte for it."""
    if len(data) < 2 or data[1] >= 0x80:
        raise Unlike("its signature is no signature in DER")
    return data[1]


def _content(data: bytes, tag: int) -> bytes:
    """What stands in `data`, which must be one value of this tag and nothing beside it."""
    if len(data) != 2 + _length(data) or data[0] != tag:
        raise Unlike("its signature is no signature in DER")
    return data[2:]


def _number(content: bytes) -> int:
    """A positive number below the curve's order, in as few bytes as it needs."""
    number = int.from_bytes(content, "big")
    shortest = number.bit_length() // 8 + 1
    if not 0 < number < ORDER or len(content) != shortest:
        raise Unlike("its signature is no signature in DER")
    return number
