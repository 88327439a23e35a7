"""What a node means when it does not take a transaction: every client has words of its own."""

from __future__ import annotations

from enum import Enum

from trimtab.errors import NodeRefused


class Refused(Enum):
    """Why a transaction was not taken."""

    KNOWN = "known"
    """The node has it already: it was sent."""
    NONCE_USED = "nonce used"
    """A mined transaction has its nonce: this one, or another."""
    NONCE_AHEAD = "nonce ahead"
    """An earlier transaction of the sender is missing."""
    NO_MONEY = "no money"
    """The sender cannot pay for it."""
    UNDERPRICED = "underpriced"
    """It offers too little for gas."""
    REPLACEMENT_UNDERPRICED = "replacement underpriced"
    """It offers too little to take the place of another one with its nonce."""
    GAS_TOO_LOW = "gas too low"
    """Its gas limit does not even cover what every transaction costs."""
    GAS_TOO_HIGH = "gas too high"
    """Its gas limit is above that of a block."""
    TOO_DEAR = "too dear"
    """It offers more than the node itself lets anybody offer."""
    TOO_LARGE = "too large"
    """It has more bytes than the node takes."""
    POOL_FULL = "pool full"
    """The node holds as many transactions as it can."""
    RATE_LIMITED = "rate limited"
    """The node has been asked too often."""
    NOT_SYNCED = "not synced"
    """The node does not take transactions now."""
    WRONG_CHAIN = "wrong chain"
    """It was signed for another chain."""
    UNSUPPORTED = "unsupported"
    """The node does not know transactions of this type, or may not take any."""
    OTHER = "other"
    """Something else; the node's words say what."""


_WORDS: tuple[tuple[Refused, tuple[str, ...]], ...] = (
    (
        Refused.RATE_LIMITED,
        (
            "rate limit",  # Infura, Ankr, Cloudflare and others
            "request limit",  # QuickNode
            "too many requests",
            "request count exceeded",  # Infura
            "compute units",  # Alchemy
            "capacity limit",  # Alchemy
            "throughput",  # Alchemy
            "credits limit",
            "quota",
        ),
    ),
    (
        Refused.KNOWN,
        (
            "already known",  # geth, Erigon, Reth, Infura
            "alreadyknown",  # Nethermind
            "already imported",  # anvil, Parity
            "alreadyimported",  # Substrate
            "known transaction",  # Besu, older geth
            "existing tx with same hash",  # Erigon
            "already exists",
            "already in mempool",
            "already in the pool",
        ),
    ),
    (
        Refused.REPLACEMENT_UNDERPRICED,
        (
            "replacement transaction underpriced",  # geth, Besu, Reth, anvil
            "replacement not allowed",
            "replacementnotallowed",  # Nethermind
            "could not replace existing tx",  # Erigon
            "another transaction with same nonce in the queue",  # Parity
            "ownnoncealreadyused",  # Nethermind
        ),
    ),
    (
        Refused.NONCE_USED,
        (
            "nonce too low",  # geth, Erigon, Besu, Reth, anvil, Nitro
            "nonce is too low",  # Parity
            "nonce_too_low",
            "oldnonce",  # Nethermind
            "pool(stale)",  # Substrate
            "already mined",
        ),
    ),
    (
        Refused.NONCE_AHEAD,
        (
            "nonce too high",  # geth, Nitro
            "nonce gap",
            "noncegap",  # Nethermind
            "noncetoofarinfuture",  # Nethermind
            "too distant from current sender nonce",  # Besu
            "nonce too far",
        ),
    ),
    (
        Refused.NO_MONEY,
        (
            "insufficient funds",  # geth, Erigon, Reth, anvil, Nitro
            "insufficientfunds",  # Nethermind
            "insufficient balance",  # Parity
            "upfront cost exceeds account balance",  # Besu
            "not enough funds",
            "cannot afford",  # py-evm
        ),
    ),
    (
        Refused.POOL_FULL,
        (
            "txpool is full",  # geth, Reth
            "pool is full",  # Erigon
            "feetoolowtocompete",  # Nethermind: its pool is full of better ones
            "too many transactions in the queue",  # Parity
            "transaction pool limit",  # Besu
            "account limit exceeded",
            "in-flight transaction limit",  # geth, for delegated accounts
        ),
    ),
    (
        Refused.TOO_DEAR,
        (
            "exceeds the configured cap",  # geth
            "fee cap exceeded",  # Besu
            "fee too high",  # OP stack
        ),
    ),
    (
        Refused.UNDERPRICED,
        (
            "underpriced",  # geth, Erigon, Reth
            "fee too low",  # Erigon, OP stack
            "feetoolow",  # Nethermind
            "tip too low",  # Erigon
            "less than block base fee",  # geth, Reth, Nitro
            "lower than block's base fee",  # py-evm
            "fee cap less than",  # older geth
            "below the base fee",
            "below current base fee",  # Besu
            "below configured minimum gas price",  # Besu
            "below the minimum",
            "gas price too low",  # Nitro, anvil
            "gas price is too low",  # Parity
            "tip cap",  # BNB chain, Polygon: below their minimum
        ),
    ),
    (
        Refused.GAS_TOO_HIGH,
        (
            "exceeds block gas limit",  # geth, Besu, Erigon, Reth
            "gaslimitexceeded",  # Nethermind
            "gas limit exceeds",
            "gas limit is above",
            "gas limit too high",  # EIP-7825
            "intrinsic gas too high",  # anvil
            "exceeds current gas limit",  # Parity
        ),
    ),
    (
        Refused.GAS_TOO_LOW,
        (
            "intrinsic gas",  # geth, Besu, Erigon, Reth, Nitro
            "gas too low",
            "gas is too low",  # Parity
            "floor data gas",  # geth, EIP-7623
        ),
    ),
    (
        Refused.TOO_LARGE,
        (
            "oversized data",  # geth, Reth
            "max initcode size exceeded",  # geth, Reth
            "too big",  # Parity
            "maxtxsizeexceeded",  # Nethermind
        ),
    ),
    (
        Refused.WRONG_CHAIN,
        (
            "invalid chain id",  # geth, anvil
            "chain id",
            "chainid",
            "only replay-protected",  # geth
        ),
    ),
    (
        Refused.NOT_SYNCED,
        (
            "syncing",  # Nethermind
            "not in sync",
            "not synced",
            "pool not enabled",  # Besu
            "node is not ready",
            "temporarily unavailable",
        ),
    ),
    (
        Refused.UNSUPPORTED,
        (
            "transaction type not supported",  # geth, Reth
            "unsupported transaction type",
            "invalid transaction type",  # Besu
            "notsupportedtxtype",  # Nethermind
            "not whitelisted",
            "not permitted",
        ),
    ),
)
"""Parts of what nodes say, in lower case.

A sentence may have words of more than one meaning; the first line with one of its words decides.
"""


def why(refusal: NodeRefused) -> Refused:
    """The meaning of a node's words about a transaction that it did not take."""
    words = refusal.reason.lower()
    if "invalid transaction nonce: expected" in words:
        return _py_evm_nonce(words)
    for meaning, parts in _WORDS:
        if any(part in words for part in parts):
            return meaning
    return Refused.OTHER


def _py_evm_nonce(words: str) -> Refused:
    """Meaning of `Expected 1, but got 0`."""
    numbers = [int(word) for word in words.replace(",", " ").split() if word.isdigit()]
    if len(numbers) < 2:
        return Refused.OTHER
    return Refused.NONCE_USED if numbers[1] < numbers[0] else Refused.NONCE_AHEAD
