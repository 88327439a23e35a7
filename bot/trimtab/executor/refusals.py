"""What a node means when it does not take a transaction: every client has words of its own."""

from __future__ import annotations

from enum import Enum

from trimtab.errors import NodeRefused


class Refused(Enum):
    """Why a transaction was not taken."""

    KNOWN = "known"
    """The node has it already."""
    NONCE_USED = "nonce used"
    """A mined transaction has its nonce: this one, or another."""
    NONCE_AHEAD = "nonce ahead"
    """An earlier transaction of the sender is missing."""
    NO_MONEY = "no money"
    """The sender cannot pay for it."""
    UNDERPRICED = "underpriced"
    """It offers too little for gas."""
    OTHER = "other"
    """Something else; the node's words say what."""


_WORDS: tuple[tuple[str, Refused], ...] = (
    ("already known", Refused.KNOWN),
    ("already imported", Refused.KNOWN),
    ("known transaction", Refused.KNOWN),
    ("alreadyknown", Refused.KNOWN),
    ("already exists", Refused.KNOWN),
    ("already in mempool", Refused.KNOWN),
    ("replacement transaction underpriced", Refused.UNDERPRICED),
    ("nonce too low", Refused.NONCE_USED),
    ("nonce is too low", Refused.NONCE_USED),
    ("oldnonce", Refused.NONCE_USED),
    ("nonce too high", Refused.NONCE_AHEAD),
    ("nonce gap", Refused.NONCE_AHEAD),
    ("insufficient funds", Refused.NO_MONEY),
    ("insufficient balance", Refused.NO_MONEY),
    ("cannot afford", Refused.NO_MONEY),
    ("underpriced", Refused.UNDERPRICED),
    ("fee too low", Refused.UNDERPRICED),
    ("less than block base fee", Refused.UNDERPRICED),
    ("lower than block's base fee", Refused.UNDERPRICED),
    ("fee cap less than", Refused.UNDERPRICED),
    ("feetoolow", Refused.UNDERPRICED),
    ("below the base fee", Refused.UNDERPRICED),
)
"""Words of geth, Erigon, Nethermind, Besu, Reth, anvil and py-evm, the longer ones first."""


def why(refusal: NodeRefused) -> Refused:
    """The meaning of a node's words about a transaction that it did not take."""
    words = refusal.reason.lower()
    if "invalid transaction nonce: expected" in words:
        return _py_evm_nonce(words)
    return next((meaning for text, meaning in _WORDS if text in words), Refused.OTHER)


def _py_evm_nonce(words: str) -> Refused:
    """Meaning of `Expected 1, but got 0`."""
    numbers = [int(word) for word in words.replace(",", " ").split() if word.isdigit()]
    if len(numbers) < 2:
        return Refused.OTHER
    return Refused.NONCE_USED if numbers[1] < numbers[0] else Refused.NONCE_AHEAD
