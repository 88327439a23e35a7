"""One node, asked in types: every answer is checked, every failure is one of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from eth_typing import ChecksumAddress, HexStr

from trimtab.chain import answers, signed
from trimtab.chain.answers import Block, FeeHistory, Log, Receipt
from trimtab.chain.reverts import Refusal, Tokens, decode_revert
from trimtab.chain.signed import SignedTransaction
from trimtab.chain.transport import TIMEOUT_SECONDS, Transport, transport_for
from trimtab.errors import BlockMoved, CallReverted, NoContract, NodeRefused, WrongChain

if TYPE_CHECKING:
    from web3.providers.base import BaseProvider

Tag = Literal["latest", "pending", "finalized"]
"""A block by its place in the chain."""

At = Block | int | Tag
"""Which state is read: a pinned block, a height, or a tag."""

REVERTING = frozenset({"eth_call", "eth_estimateGas", "eth_sendRawTransaction"})
"""Requests in which a contract may refuse."""

MAX_COUNT = 2**63 - 1
"""Largest number of transactions of an account that is believed: databases end there."""

INVALID_PARAMS = -32602
"""JSON-RPC code for parameters that a node does not understand."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is simulated.

    Attributes
    ----------
    to
        Contract; None to create one.
    data
        Calldata, or creation code.
    sender
        Who calls; the zero address if nobody is named.
    value
        Native coins sent along, in wei.
    gas
        Gas given; None for the node's own maximum.
    """

    to: ChecksumAddress | None
    data: bytes
    sender: ChecksumAddress | None = None
    value: int = 0
    gas: int | None = None

    def params(self) -> dict[str, str]:
        """The call as JSON-RPC takes it."""
        known = {
            "to": self.to,
            "from": self.sender,
            "gas": None if self.gas is None else hex(self.gas),
            "value": hex(self.value) if self.value else None,
        }
        given = {key: str(value) for key, value in known.items() if value is not None}
        return given | {"data": "0x" + self.data.hex()}


class Node:
    """One node of one chain.

    Parameters
    ----------
    source
        An HTTP address, a web3 HTTP provider without retries, an eth-tester provider, or anything
        that can carry requests.
    timeout
        How long one answer is waited for, in seconds; for an address only.
    """

    def __init__(
        self, source: BaseProvider | Transport | str, *, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._transport: Transport = transport_for(source, timeout=timeout)
        self._pins_by_hash = self._transport.pins_by_hash
        self._chain_id: int | None = None

    @property
    def name(self) -> str:
        """What the node is called in logs and errors."""
        return self._transport.name

    def chain_id(self) -> int:
        """Id of the chain; asked once, since a node does not change it."""
        if self._chain_id is None:
            self._chain_id = self._quantity("eth_chainId")
        return self._chain_id

    def require_chain(self, expected: int) -> None:
        """Refuse a node of another chain.

        Raises
        ------
        WrongChain
            If the node's chain id is not `expected`.
        """
        actual = self.chain_id()
        if actual != expected:
            raise WrongChain(expected, actual)

    def require_code(self, address: ChecksumAddress, what: str, *, at: At = "latest") -> None:
        """Refuse an address without code; `what` says in the error whose it should be.

        Raises
        ------
        NoContract
            If no contract lives there.
        """
        if not self.code(address, at=at):
            number = at.number if isinstance(at, Block) else at
            raise NoContract(address, what, number)

    def head(self) -> Block:
        """The newest block."""
        return self._block("latest")

    def finalized(self) -> Block:
        """The newest block that the chain's consensus holds to be final."""
        return self._block("finalized")

    def block(self, number: int) -> Block | None:
        """The block at a height, or None if the chain is not that long."""
        found = self._request("eth_getBlockByNumber", hex(number), False)
        return None if found is None else answers.block(found, f"block {number}")

    def transactions_in(self, number: int) -> tuple[HexStr, ...]:
        """Hashes of the transactions in the block at a height; none if there is no such block."""
        found = self._request("eth_getBlockByNumber", hex(number), False)
        return () if found is None else signed.hashes(found, f"block {number}")

    def signed_by(self, account: ChecksumAddress, number: int) -> tuple[SignedTransaction, ...]:
        """Transactions in the block at a height that `account` signed for this chain.

        The signatures are checked here, so that a node cannot make one up. Blob and set-code
        transactions are left out.
        """
        found = self._request("eth_getBlockByNumber", hex(number), True)
        if found is None:
            return ()
        return signed.by(account, found, chain_id=self.chain_id(), what=f"block {number}")

    def confirm(self, block: Block) -> None:
        """Refuse what was read at `block` if the chain no longer holds it.

        Costs nothing where calls name their block by hash.

        Raises
        ------
        BlockMoved
            If another block stands at its height.
        """
        if self._pins_by_hash:
            return
        now = self.block(block.number)
        if now is None or now.hash != block.hash:
            raise BlockMoved(block.number, block.hash, now.hash if now else None)

    def call(self, call: Call, *, at: At = "latest", tokens: Tokens | None = None) -> bytes:
        """What a contract returns.

        Parameters
        ----------
        call
            The call.
        at
            The state that is read.
        tokens
            Names of tokens, for the sentence of a revert.

        Raises
        ------
        CallReverted
            If the contract refuses.
        """
        try:
            return answers.octets(self._state_request("eth_call", call.params(), at), "eth_call")
        except Refusal as refusal:
            raise _reverted(refusal, tokens) from None

    def estimate_gas(self, call: Call) -> int:
        """Gas that a transaction would use on top of the newest block.

        Raises
        ------
        CallReverted
            If it would revert.
        """
        try:
            # The block is named because clients differ in the default, and thus in the time.
            return self._quantity("eth_estimateGas", call.params(), "latest")
        except Refusal as refusal:
            raise _reverted(refusal, None) from None

    def fee_history(self, blocks: int, *, percentile: float) -> FeeHistory:
        """Fees of the last `blocks` blocks, tips at a percentile from 0 to 100."""
        found = self._request("eth_feeHistory", hex(blocks), "latest", [percentile])
        return answers.fee_history(found)

    def send_raw(self, transaction: bytes) -> HexStr:
        """Hand a signed transaction to the node; returns the hash the node names.

        Raises
        ------
        NodeRefused
            If the node does not take it; `reason` is in the node's own words.
        """
        try:
            found = self._request("eth_sendRawTransaction", "0x" + transaction.hex())
        except Refusal as refusal:
            raise _reverted(refusal, None) from None
        return answers.hash32(found, "eth_sendRawTransaction")

    def receipt(self, transaction_hash: HexStr) -> Receipt | None:
        """The receipt of a mined transaction, or None."""
        found = self._request("eth_getTransactionReceipt", transaction_hash)
        return None if found is None else answers.receipt(found, transaction_hash)

    def knows(self, transaction_hash: HexStr) -> bool:
        """Whether the node has a transaction, in a block or waiting for one."""
        return self._request("eth_getTransactionByHash", transaction_hash) is not None

    def transaction_count(self, address: ChecksumAddress, *, at: At = "latest") -> int:
        """Number of transactions that `address` has sent, mined by `at`."""
        found = self._state_request("eth_getTransactionCount", address, at)
        return answers.quantity(found, "eth_getTransactionCount", maximum=MAX_COUNT)

    def balance(self, address: ChecksumAddress, *, at: At = "latest") -> int:
        """Native coins of `address`, in wei."""
        return answers.quantity(
            self._state_request("eth_getBalance", address, at), "eth_getBalance"
        )

    def code(self, address: ChecksumAddress, *, at: At = "latest") -> bytes:
        """Code of the contract at `address`; empty if there is none."""
        return answers.octets(self._state_request("eth_getCode", address, at), "eth_getCode")

    def logs(
        self, address: ChecksumAddress, topics: list[str], *, first: int, last: int
    ) -> tuple[Log, ...]:
        """Events of a contract whose first topic is one of `topics`, from two heights inclusive."""
        wanted = {
            "address": address,
            "topics": [topics],
            "fromBlock": hex(first),
            "toBlock": hex(last),
        }
        return answers.logs(self._request("eth_getLogs", wanted), "eth_getLogs")

    def _block(self, tag: Tag) -> Block:
        return answers.block(self._request("eth_getBlockByNumber", tag, False), f"{tag} block")

    def _quantity(self, method: str, *params: Any) -> int:
        return answers.quantity(self._request(method, *params), method)

    def _state_request(self, method: str, subject: object, at: At) -> object:
        """A request whose last parameter names a block; falls back to heights where hashes fail."""
        try:
            return self._request(method, subject, self._place(at))
        except NodeRefused as refusal:
            if not (
                self._pins_by_hash and isinstance(at, Block) and refusal.code == INVALID_PARAMS
            ):
                raise
            self._pins_by_hash = False
            return self._request(method, subject, self._place(at))

    def _place(self, at: At) -> object:
        if isinstance(at, Block):
            return {"blockHash": at.hash} if self._pins_by_hash else hex(at.number)
        return hex(at) if isinstance(at, int) else at

    def _request(self, method: str, *params: Any) -> object:
        try:
            return self._transport.request(method, list(params))
        except Refusal as refusal:
            if method in REVERTING:
                raise
            # No contract runs in any other request: the node only chose its words badly.
            raise NodeRefused(method, None, _reverted(refusal, None).sentence) from None


def _reverted(refusal: Refusal, tokens: Tokens | None) -> CallReverted:
    revert = decode_revert(refusal.data, tokens)
    return CallReverted(revert.name, revert.args_by_name, revert.sentence, data=revert.data)
