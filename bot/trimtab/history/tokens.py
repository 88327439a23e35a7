"""What the tokens of a vault call themselves, and how their amounts count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.answers import Block
from trimtab.chain.contracts import decode_result, encode_call
from trimtab.chain.lens import MAX_DECIMALS
from trimtab.chain.node import Call, Node
from trimtab.domain.snapshot import LABEL_LENGTH
from trimtab.errors import CallReverted, NodeAnsweredWrongly


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What a person calls a token, and how many decimals its amounts have."""

    symbol: str
    decimals: int


def read_tokens(node: Node, tokens: Iterable[str], *, at: Block) -> dict[str, TokenFacts]:
    """Symbols and decimals of tokens, by address; an address stands for an unfit symbol.

    Raises
    ------
    NodeAnsweredWrongly
        If a token states decimals that it cannot have.
    """
    return {token: _facts(node, to_checksum_address(token), at) for token in tokens}


def balance_of(node: Node, token: ChecksumAddress, account: ChecksumAddress, *, at: Block) -> int:
    """Balance of an account, in the token's smallest unit."""
    answer = node.call(Call(token, encode_call("balanceOf(address)", account)), at=at)
    return int(decode_result(["uint256"], answer, f"balance of {token}")[0])


def _facts(node: Node, token: ChecksumAddress, at: Block) -> TokenFacts:
    answer = node.call(Call(token, encode_call("decimals()")), at=at)
    decimals = decode_result(["uint256"], answer, f"decimals of {token}")[0]
    if decimals > MAX_DECIMALS:
        raise NodeAnsweredWrongly(f"decimals of {token}", decimals, f"at most {MAX_DECIMALS}")
    return TokenFacts(_symbol(node, token, at), decimals)


def _symbol(node: Node, token: ChecksumAddress, at: Block) -> str:
    """The symbol if it can be shown safely, else the address; tokens choose their symbols."""
    try:
        answer = node.call(Call(token, encode_call("symbol()")), at=at)
        symbol = str(decode_result(["string"], answer, f"symbol of {token}")[0])
    except (CallReverted, NodeAnsweredWrongly):
        return token
    shown = 0 < len(symbol) <= LABEL_LENGTH and symbol.isascii() and symbol.isprintable()
    return symbol if shown else token
