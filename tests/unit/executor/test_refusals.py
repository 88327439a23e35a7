"""What nodes say about a transaction that they do not take is understood, whoever made them."""

import pytest
from trimtab.errors import NodeRefused
from trimtab.executor.refusals import Refused, why

SAYINGS = {
    "geth": [
        ("already known", Refused.KNOWN),
        ("known transaction: 4f2a", Refused.KNOWN),
        ("nonce too low: next nonce 5, tx nonce 4", Refused.NONCE_USED),
        ("nonce too high: next nonce 5, tx nonce 9", Refused.NONCE_AHEAD),
        ("insufficient funds for gas * price + value: balance 0, tx cost 1", Refused.NO_MONEY),
        ("replacement transaction underpriced", Refused.REPLACEMENT_UNDERPRICED),
        ("transaction underpriced: tip needed 1000000, tip permitted 1", Refused.UNDERPRICED),
        ("max fee per gas less than block base fee: address 0x1", Refused.UNDERPRICED),
        ("txpool is full", Refused.POOL_FULL),
        ("intrinsic gas too low: gas 20000, minimum needed 21000", Refused.GAS_TOO_LOW),
        ("insufficient gas for floor data gas cost: gas 1, minimum needed 2", Refused.GAS_TOO_LOW),
        ("exceeds block gas limit", Refused.GAS_TOO_HIGH),
        ("tx fee (2.00 ether) exceeds the configured cap (1.00 ether)", Refused.TOO_DEAR),
        ("oversized data: transaction size 200000, limit 131072", Refused.TOO_LARGE),
        ("invalid chain id for signer: have 1 want 5", Refused.WRONG_CHAIN),
        ("only replay-protected (EIP-155) transactions allowed over RPC", Refused.WRONG_CHAIN),
        ("transaction type not supported", Refused.UNSUPPORTED),
        ("in-flight transaction limit reached for delegated accounts", Refused.POOL_FULL),
    ],
    "Nethermind": [
        ("AlreadyKnown", Refused.KNOWN),
        ("OldNonce, Current nonce: 5, nonce of rejected tx: 4", Refused.NONCE_USED),
        ("NonceGap, Future nonce. Expected nonce: 4", Refused.NONCE_AHEAD),
        ("InsufficientFunds, Balance is 0 less than sending value + gas 5", Refused.NO_MONEY),
        ("FeeTooLow, MaxFeePerGas too low", Refused.UNDERPRICED),
        ("FeeTooLowToCompete", Refused.POOL_FULL),
        ("ReplacementNotAllowed, BlobTx", Refused.REPLACEMENT_UNDERPRICED),
        ("OwnNonceAlreadyUsed", Refused.REPLACEMENT_UNDERPRICED),
        ("GasLimitExceeded, Block gas limit: 30000000", Refused.GAS_TOO_HIGH),
        ("Syncing", Refused.NOT_SYNCED),
    ],
    "Besu": [
        ("Known transaction", Refused.KNOWN),
        ("Nonce too low", Refused.NONCE_USED),
        ("Transaction nonce is too distant from current sender nonce", Refused.NONCE_AHEAD),
        ("Upfront cost exceeds account balance", Refused.NO_MONEY),
        ("Replacement transaction underpriced", Refused.REPLACEMENT_UNDERPRICED),
        ("Gas price below configured minimum gas price", Refused.UNDERPRICED),
        ("gasPrice is below current base fee", Refused.UNDERPRICED),
        ("Intrinsic gas exceeds gas limit", Refused.GAS_TOO_LOW),
        ("Exceeds block gas limit", Refused.GAS_TOO_HIGH),
        ("Transaction fee cap exceeded", Refused.TOO_DEAR),
        ("Invalid transaction type", Refused.UNSUPPORTED),
        (
            "Transaction pool not enabled. (Either txpool explicitly disabled, or node not yet in "
            "sync).",
            Refused.NOT_SYNCED,
        ),
    ],
    "Erigon": [
        ("ALREADY_EXISTS: already known", Refused.KNOWN),
        ("INTERNAL_ERROR: existing tx with same hash", Refused.KNOWN),
        ("INTERNAL_ERROR: nonce too low", Refused.NONCE_USED),
        ("INTERNAL_ERROR: insufficient funds", Refused.NO_MONEY),
        ("could not replace existing tx", Refused.REPLACEMENT_UNDERPRICED),
        ("fee too low", Refused.UNDERPRICED),
        ("tip too low", Refused.UNDERPRICED),
        ("pending sub-pool is full", Refused.POOL_FULL),
    ],
    "Reth": [
        ("already known", Refused.KNOWN),
        ("nonce too low: next nonce 7, tx nonce 6", Refused.NONCE_USED),
        ("replacement transaction underpriced", Refused.REPLACEMENT_UNDERPRICED),
        ("insufficient funds for gas * price + value: have 1 want 2", Refused.NO_MONEY),
        ("max fee per gas less than block base fee", Refused.UNDERPRICED),
        ("txpool is full", Refused.POOL_FULL),
        ("max initcode size exceeded", Refused.TOO_LARGE),
    ],
    "anvil": [
        ("transaction already imported", Refused.KNOWN),
        ("nonce too low", Refused.NONCE_USED),
        ("replacement transaction underpriced", Refused.REPLACEMENT_UNDERPRICED),
        ("Insufficient funds for gas * price + value", Refused.NO_MONEY),
        ("max fee per gas less than block base fee", Refused.UNDERPRICED),
        ("intrinsic gas too low", Refused.GAS_TOO_LOW),
        ("intrinsic gas too high -- tx.gas_limit > env.block.gas_limit", Refused.GAS_TOO_HIGH),
    ],
    "rollups": [
        ("nonce too low: address 0x1, tx: 4 state: 5", Refused.NONCE_USED),
        ("fee too low: 1, use at least tx.gasLimit = 2 and tx.gasPrice = 3", Refused.UNDERPRICED),
        ("fee too high: 9, use less than 3 * 2.0", Refused.TOO_DEAR),
        ("gas price too low", Refused.UNDERPRICED),
        ("not enough funds for gas", Refused.NO_MONEY),
    ],
    "py-evm": [
        ("ValidationError: Invalid transaction nonce: Expected 1, but got 0", Refused.NONCE_USED),
        ("ValidationError: Invalid transaction nonce: Expected 1, but got 5", Refused.NONCE_AHEAD),
        ("Invalid transaction nonce: Expected nothing", Refused.OTHER),
        ("Sender b'x' cannot afford txn gas 3000", Refused.NO_MONEY),
        ("Sender's max fee per gas (5) is lower than block's base fee", Refused.UNDERPRICED),
    ],
    "hosted nodes": [
        (
            "Your app has exceeded its compute units per second capacity. If you have retries "
            "enabled, you can safely ignore this message",
            Refused.RATE_LIMITED,
        ),
        ("daily request count exceeded, request rate limited", Refused.RATE_LIMITED),
        ("project ID request rate exceeded: rate limit", Refused.RATE_LIMITED),
        ("50/second request limit reached - reduce calls per second", Refused.RATE_LIMITED),
        ("Too Many Requests", Refused.RATE_LIMITED),
        ("Monthly capacity limit exceeded", Refused.RATE_LIMITED),
        ("service temporarily unavailable", Refused.NOT_SYNCED),
    ],
    "nobody": [("", Refused.OTHER), ("the dog ate it", Refused.OTHER)],
}
CASES = [
    pytest.param(words, meaning, id=f"{who}: {words[:40]}")
    for who, sayings in SAYINGS.items()
    for words, meaning in sayings
]


@pytest.mark.parametrize(("words", "meaning"), CASES)
def test_the_words_of_every_client_are_understood(words, meaning):
    assert why(NodeRefused("eth_sendRawTransaction", -32000, words)) is meaning


@pytest.mark.parametrize("words", ["Already Known", "ALREADY KNOWN", "err: already known (0x1)"])
def test_neither_case_nor_what_stands_around_the_words_matters(words):
    assert why(NodeRefused("eth_sendRawTransaction", None, words)) is Refused.KNOWN
