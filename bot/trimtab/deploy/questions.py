"""Single questions to contracts that are not ours, whose answers may be missing or odd."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.answers import Block
from trimtab.chain.contracts import decode_result, encode_call
from trimtab.chain.node import Call, Node
from trimtab.deploy.spec import NO_ADDRESS
from trimtab.errors import CallReverted, NodeAnsweredWrongly


@dataclass(frozen=True, slots=True)
class Chain:
    """A node and the block at which everything is asked.

    Attributes
    ----------
    node, block
        The node, and the block.
    """

    node: Node
    block: Block

    def has_code(self, address: str) -> bool:
        """Whether a contract lives at `address`."""
        return bool(self.node.code(to_checksum_address(address), at=self.block))

    def ask(self, to: str, signature: str, kind: str, *arguments: object) -> Any:
        """The one answer of a view, or None if it reverts or answers something else.

        Parameters
        ----------
        to
            The contract.
        signature
            The view, for example `balanceOf(address)`.
        kind
            Type of the answer, for example `uint256`; addresses come back with their checksum.
        """
        answers = self.ask_all(to, signature, [kind], *arguments)
        return answers[0] if answers else None

    def ask_all(
        self, to: str, signature: str, kinds: list[str], *arguments: object
    ) -> tuple[Any, ...] | None:
        """All answers of a view, or None if it reverts or answers something else."""
        call = Call(to_checksum_address(to), encode_call(signature, *arguments))
        try:
            found = decode_result(kinds, self.node.call(call, at=self.block), signature)
        except (CallReverted, NodeAnsweredWrongly):
            return None
        return tuple(
            to_checksum_address(value) if kind == "address" else value
            for kind, value in zip(kinds, found, strict=True)
        )

    def symbol(self, token: str) -> str | None:
        """Symbol of a token; some old ones answer with 32 bytes instead of a text."""
        text = self.ask(token, "symbol()", "string")
        if text is not None:
            return str(text)
        raw = self.ask(token, "symbol()", "bytes32")
        return None if raw is None else bytes(raw).rstrip(b"\0").decode("ascii", "replace")

    def pool(self, factory: str, token_a: str, token_b: str, fee: int) -> ChecksumAddress | None:
        """The Uniswap V3 pool of two tokens and a fee, or None if there is none."""
        signature = "getPool(address,address,uint24)"
        found = self.ask(factory, signature, "address", token_a, token_b, fee)
        return None if found in (None, NO_ADDRESS) else found
