"""Sends what makes the local world: contracts, tokens, pools. Nothing of a keeper goes through."""

from __future__ import annotations

from typing import Any

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.answers import Receipt
from trimtab.chain.artifacts import load
from trimtab.chain.contracts import decode_result, encode_call, interface
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

    def create(self, name: str, *arguments: object) -> ChecksumAddress:
        """Create one of the package's compiled contracts and return its address."""
        encoded = interface(name).constructor_arguments(*arguments)
        return self.deploy(load(name).bytecode + encoded)

    def deploy(self, code: bytes) -> ChecksumAddress:
        """Create a contract from its creation code, constructor arguments included."""
        receipt = self.transact(None, code)
        if receipt.contract is None:
            raise LocalChainError(f"{receipt.transaction_hash} created no contract")
        return receipt.contract

    def send(self, to: ChecksumAddress, signature: str, *arguments: object) -> Receipt:
        """Call a function such as `transfer(address,uint256)` in a transaction."""
        return self.transact(to, encode_call(signature, *arguments))

    def read_number(self, to: ChecksumAddress, signature: str, *arguments: object) -> int:
        """Call a function such as `balanceOf(address)` that returns one number."""
        return int(self._read("uint256", to, signature, *arguments))

    def read_address(
        self, to: ChecksumAddress, signature: str, *arguments: object
    ) -> ChecksumAddress:
        """Call a function such as `getPool(address,address,uint24)` that returns one address."""
        return to_checksum_address(self._read("address", to, signature, *arguments))

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

    def _read(self, kind: str, to: ChecksumAddress, signature: str, *arguments: object) -> str:
        call = Call(to, encode_call(signature, *arguments), gas=TRANSACTION_GAS)
        return str(decode_result([kind], self._node.call(call), signature)[0])

    def _failure(self, call: Call) -> str:
        """What a transaction that was undone says when it is only called."""
        where = call.to or "a new contract"
        try:
            self._node.call(call)
        except CallReverted as reason:
            return f"a transaction to {where} reverted: {reason}"
        return f"a transaction to {where} reverted, but a call of it succeeds: too little gas?"
