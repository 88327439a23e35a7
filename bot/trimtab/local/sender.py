"""Sends what makes the local world: contracts, tokens, pools. Nothing of a keeper goes through."""

from __future__ import annotations

from functools import cache
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.grammar import TupleType, parse
from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress
from eth_utils.abi import function_signature_to_4byte_selector

from trimtab.chain.answers import Receipt
from trimtab.chain.node import Call, Node
from trimtab.errors import CallReverted, LocalChainError
from trimtab.local.chain import LocalChain

TRANSACTION_GAS = 15_000_000
"""Gas limit of every transaction that makes the world: half a block."""

MAX_FEE = 100 * 10**9
"""Highest fee per gas offered, in wei; far above any base fee that a local chain reaches."""


class Sender:
    """One account's transactions on a local chain, each mined before the method returns.

    Gas is always given: it is many times faster than an estimate, and the same on every chain.
    """

    def __init__(self, chain: LocalChain, account: LocalAccount) -> None:
        self.chain = chain
        self.account = account
        self.address: ChecksumAddress = account.address
        self._node = Node(chain.provider)

    def deploy(self, bytecode: bytes, types: str = "()", *arguments: Any) -> ChecksumAddress:
        """Create a contract and return its address.

        Parameters
        ----------
        bytecode
            Creation code without constructor arguments.
        types, arguments
            ABI types of the constructor's arguments, as in `(address,uint24)`, and the arguments.
        """
        receipt = self.transact(None, bytecode + encode(_components(types), arguments))
        if receipt.contract is None:
            raise LocalChainError(f"{receipt.transaction_hash} created no contract")
        return receipt.contract

    def send(self, to: ChecksumAddress, signature: str, *arguments: Any) -> Receipt:
        """Call a function such as `transfer(address,uint256)` in a transaction."""
        return self.transact(to, encode_call(signature, *arguments))

    def read(
        self, to: ChecksumAddress, signature: str, returns: str, *arguments: Any
    ) -> tuple[Any, ...]:
        """Call a function without a transaction.

        Parameters
        ----------
        to
            Contract to ask.
        signature, arguments
            Function, as in `balanceOf(address)`, and its arguments.
        returns
            Types it returns, as in `(uint256,bool)`.
        """
        data = encode_call(signature, *arguments)
        output = self._node.call(Call(to, data, self.address, gas=TRANSACTION_GAS))
        return decode(_components(returns), output)

    def fund(self, receiver: ChecksumAddress, amount: int) -> Receipt:
        """Send an amount of the native currency, in wei."""
        return self.transact(receiver, b"", value=amount)

    def transact(self, to: ChecksumAddress | None, data: bytes, *, value: int = 0) -> Receipt:
        """Sign, send and mine one transaction.

        Raises
        ------
        LocalChainError
            If the transaction reverts; it says with what.
        """
        fields: dict[str, Any] = {
            "type": 2,
            "chainId": self._node.chain_id(),
            "nonce": self._node.transaction_count(self.address),
            "gas": TRANSACTION_GAS,
            "maxFeePerGas": MAX_FEE,
            "maxPriorityFeePerGas": 0,
            "value": value,
            "data": data,
        }
        signed = self.account.sign_transaction(fields if to is None else fields | {"to": to})
        receipt = self._node.receipt(self._node.send_raw(bytes(signed.raw_transaction)))
        if receipt is None:
            raise LocalChainError(f"{self.chain.name} did not mine a transaction at once")
        if not receipt.succeeded:
            raise LocalChainError(self._failure(Call(to, data, self.address, value)))
        return receipt

    def _failure(self, call: Call) -> str:
        """What a transaction that was undone says when it is only called."""
        where = call.to or "a new contract"
        try:
            self._node.call(call)
        except CallReverted as reason:
            return f"a transaction to {where} reverted: {reason}"
        return f"a transaction to {where} reverted, but a call of it succeeds: too little gas?"


def encode_call(signature: str, *arguments: Any) -> bytes:
    """Calldata of a function, from a signature such as `transfer(address,uint256)`."""
    selector, types = _parsed(signature)
    return selector + encode(types, arguments)


@cache
def _parsed(signature: str) -> tuple[bytes, tuple[str, ...]]:
    """Selector and argument types of a function."""
    types = signature[signature.index("(") :]
    return bytes(function_signature_to_4byte_selector(signature)), _components(types)


@cache
def _components(types: str) -> tuple[str, ...]:
    """Types inside the outer parentheses of `types`."""
    parsed = parse(types) if types != "()" else None
    return (
        tuple(c.to_type_str() for c in parsed.components) if isinstance(parsed, TupleType) else ()
    )
