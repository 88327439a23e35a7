"""What a node may answer, checked: everything it returns is somebody else's input.

A real node answers with hexadecimal strings, the chain inside the process with Python numbers and
bytes. Both are accepted, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_typing import ChecksumAddress, HexStr
from eth_utils.address import to_checksum_address

from trimtab.errors import NodeAnsweredWrongly

MAX_UINT256 = 2**256 - 1
"""Largest number an EVM word holds."""

MAX_TIME = 2**40 - 1
"""Latest timestamp that is believed, in seconds: the contracts keep times in 40 bits."""

MAX_TEXT = 300
"""Characters of a node's own words that are repeated in an error."""


@dataclass(frozen=True, slots=True)
class Block:
    """Header of a block, as far as anything here needs it.

    Attributes
    ----------
    number, timestamp
        Height, and time in seconds.
    hash, parent_hash
        Lower-case hexadecimal, 32 bytes.
    gas_limit
        Most gas the block can hold.
    base_fee
        Wei per gas; None where the chain has none.
    """

    number: int
    hash: HexStr
    parent_hash: HexStr
    timestamp: int
    gas_limit: int
    base_fee: int | None


@dataclass(frozen=True, slots=True)
class Log:
    """An event as it stands in a receipt, still encoded."""

    address: ChecksumAddress
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    transaction_hash: HexStr
    index: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a mined transaction did.

    Attributes
    ----------
    succeeded
        False if it reverted.
    gas_used, effective_gas_price
        Gas, and wei per gas.
    l1_fee
        Wei that a rollup charged for its data beside gas; 0 elsewhere.
    contract
        Address of the contract it created, if it created one.
    """

    transaction_hash: HexStr
    block_number: int
    block_hash: HexStr
    succeeded: bool
    gas_used: int
    effective_gas_price: int
    l1_fee: int
    contract: ChecksumAddress | None
    logs: tuple[Log, ...]


@dataclass(frozen=True, slots=True)
class FeeHistory:
    """Fees of the latest blocks.

    Attributes
    ----------
    base_fees
        Wei per gas, oldest first; the last one is that of the block to come.
    rewards
        Tip per gas at the percentile asked for, in wei, one per past block.
    """

    base_fees: tuple[int, ...]
    rewards: tuple[int, ...]


def quantity(value: object, what: str, *, maximum: int = MAX_UINT256) -> int:
    """The non-negative whole number that `value` states.

    Raises
    ------
    NodeAnsweredWrongly
        If it is not a number, or not between 0 and `maximum`.
    """
    number = _whole_number(value)
    if number is None or not 0 <= number <= maximum:
        raise NodeAnsweredWrongly(what, shown(value), f"a whole number from 0 to {maximum}")
    return number


def octets(value: object, what: str, *, length: int | None = None) -> bytes:
    """The bytes that `value` states, exactly `length` of them if given."""
    data = _bytes(value)
    if data is None or (length is not None and len(data) != length):
        expected = "bytes as 0x…" if length is None else f"{length} bytes as 0x…"
        raise NodeAnsweredWrongly(what, shown(value), expected)
    return data


def hash32(value: object, what: str) -> HexStr:
    """A 32-byte hash, in lower case."""
    return HexStr("0x" + octets(value, what, length=32).hex())


def address(value: object, what: str) -> ChecksumAddress:
    """An address, in the mixed case that carries its checksum."""
    return to_checksum_address(octets(value, what, length=20))


def fields(value: object, what: str) -> dict[str, Any]:
    """An object with named fields."""
    if not hasattr(value, "keys") or not hasattr(value, "__getitem__"):
        raise NodeAnsweredWrongly(what, shown(value), "an object")
    return {str(key): value[key] for key in value.keys()}  # noqa: SIM118 (not only dicts)


def items(value: object, what: str, *, most: int = 100_000) -> list[object]:
    """A list of at most `most` items."""
    if not isinstance(value, list | tuple) or len(value) > most:
        raise NodeAnsweredWrongly(what, shown(value), f"a list of at most {most} items")
    return list(value)


def block(value: object, what: str) -> Block:
    """A block header."""
    got = fields(value, what)
    base_fee = got.get("baseFeePerGas")
    return Block(
        number=quantity(got.get("number"), f"{what}: number"),
        hash=hash32(got.get("hash"), f"{what}: hash"),
        parent_hash=hash32(got.get("parentHash"), f"{what}: parentHash"),
        timestamp=quantity(got.get("timestamp"), f"{what}: timestamp", maximum=MAX_TIME),
        gas_limit=quantity(got.get("gasLimit"), f"{what}: gasLimit"),
        base_fee=None if base_fee is None else quantity(base_fee, f"{what}: baseFeePerGas"),
    )


def receipt(value: object, wanted: HexStr) -> Receipt:
    """The receipt of the transaction `wanted`; one of another transaction is refused."""
    what = f"receipt of {wanted}"
    got = fields(value, what)
    transaction_hash = hash32(got.get("transactionHash"), f"{what}: transactionHash")
    if transaction_hash != wanted.lower():
        raise NodeAnsweredWrongly(f"{what}: transactionHash", transaction_hash, wanted)
    contract = got.get("contractAddress")
    return Receipt(
        transaction_hash=transaction_hash,
        block_number=quantity(got.get("blockNumber"), f"{what}: blockNumber"),
        block_hash=hash32(got.get("blockHash"), f"{what}: blockHash"),
        succeeded=quantity(got.get("status"), f"{what}: status", maximum=1) == 1,
        gas_used=quantity(got.get("gasUsed"), f"{what}: gasUsed"),
        effective_gas_price=quantity(got.get("effectiveGasPrice"), f"{what}: effectiveGasPrice"),
        l1_fee=quantity(got.get("l1Fee") or 0, f"{what}: l1Fee"),
        contract=None if contract in (None, "") else address(contract, f"{what}: contractAddress"),
        logs=logs(got.get("logs"), what),
    )


def logs(value: object, what: str) -> tuple[Log, ...]:
    """Logs, in the order given."""
    return tuple(_log(item, f"{what}: log") for item in items(value, f"{what}: logs"))


def fee_history(value: object) -> FeeHistory:
    """Fees of past blocks; tips are left out where the node states none."""
    what = "eth_feeHistory"
    got = fields(value, what)
    base_fees = items(got.get("baseFeePerGas"), f"{what}: baseFeePerGas", most=1025)
    if not base_fees:
        raise NodeAnsweredWrongly(f"{what}: baseFeePerGas", "[]", "at least one base fee")
    rewards = items(got.get("reward") or [], f"{what}: reward", most=1024)
    return FeeHistory(
        base_fees=tuple(quantity(fee, f"{what}: baseFeePerGas") for fee in base_fees),
        rewards=tuple(_only_reward(row, f"{what}: reward") for row in rewards),
    )


def shown(value: object) -> str:
    """`value` as it may stand in an error: on one line, cut to a bounded length."""
    text = repr(value[:MAX_TEXT] if isinstance(value, str | bytes) else value)
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"


def _whole_number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if not isinstance(value, str) or not value.startswith("0x") or not 3 <= len(value) <= 66:
        return None
    try:
        return int(value, 16)
    except ValueError:
        return None


def _bytes(value: object) -> bytes | None:
    if isinstance(value, bytes):
        return bytes(value)
    if not isinstance(value, str) or not value.startswith("0x"):
        return None
    try:
        return bytes.fromhex(value[2:])
    except ValueError:
        return None


def _log(value: object, what: str) -> Log:
    got = fields(value, what)
    topics = items(got.get("topics"), f"{what}: topics", most=4)
    return Log(
        address=address(got.get("address"), f"{what}: address"),
        topics=tuple(octets(topic, f"{what}: topic", length=32) for topic in topics),
        data=octets(got.get("data"), f"{what}: data"),
        block_number=quantity(got.get("blockNumber"), f"{what}: blockNumber"),
        transaction_hash=hash32(got.get("transactionHash"), f"{what}: transactionHash"),
        index=quantity(got.get("logIndex"), f"{what}: logIndex"),
    )


def _only_reward(row: object, what: str) -> int:
    tips = items(row, what, most=1)
    if not tips:
        raise NodeAnsweredWrongly(what, "[]", "one tip for the percentile asked for")
    return quantity(tips[0], what)
