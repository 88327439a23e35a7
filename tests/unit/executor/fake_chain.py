"""A chain of one file: accounts, nonces, a mempool. What it is sent, it mines at most once."""

import re

from eth_account import Account as EthAccount
from eth_account.typed_transactions import TypedTransaction
from eth_utils import to_checksum_address
from eth_utils.crypto import keccak
from hexbytes import HexBytes
from trimtab.errors import NodeRefused

CHAIN_ID = 31337
HEAD = "0x" + "bb" * 32


class FakeChain:
    """Speaks JSON-RPC to a `Node`; `mines_at_once` decides whether a mempool is seen."""

    name = "fake"
    pins_by_hash = False

    def __init__(self, *, mines_at_once=True, balance=10**20):
        self.mines_at_once = mines_at_once
        self.balance = balance
        self.counts = {}
        self.blocks = [{}]
        self.mempool = {}
        self.receipts = {}
        self.refusals = []
        self.reverts = False
        self.asked = []

    def request(self, method, params):
        self.asked.append(method)
        name = re.sub("[A-Z]", lambda letter: "_" + letter.group().lower(), method)
        return getattr(self, name.removeprefix("eth_"))(*params)

    def chain_id(self):
        return CHAIN_ID

    def call(self, *_):
        return "0x"

    def estimate_gas(self, *_):
        return 100_000

    def get_balance(self, *_):
        return self.balance

    def get_block_by_number(self, _place, _full):
        zeros = "0x" + "00" * 32
        times = {"number": len(self.blocks) - 1, "timestamp": 12, "gasLimit": 30_000_000}
        return times | {"hash": HEAD, "parentHash": zeros}

    def get_transaction_count(self, address, place):
        counts = self.counts if place == "latest" else self.blocks[int(place, 16)]
        return counts.get(address, 0)

    def get_transaction_receipt(self, transaction_hash):
        return self.receipts.get(transaction_hash)

    def send_raw_transaction(self, signed):
        if self.refusals:
            raise NodeRefused("eth_sendRawTransaction", -32000, self.refusals.pop(0))
        transaction_hash = "0x" + keccak(hexstr=signed).hex()
        sender, nonce = sender_and_nonce(signed)
        if nonce < self.counts.get(sender, 0):
            raise NodeRefused("eth_sendRawTransaction", -32000, "nonce too low")
        if transaction_hash in self.mempool:
            raise NodeRefused("eth_sendRawTransaction", -32000, "already known")
        self.mempool[transaction_hash] = (sender, nonce)
        if self.mines_at_once:
            self.mine()
        return transaction_hash

    def mine(self):
        """Put every transaction whose turn it is into a block."""
        for transaction_hash, (sender, nonce) in sorted(self.mempool.items(), key=lambda e: e[1]):
            if nonce == self.counts.get(sender, 0):
                self.counts[sender] = nonce + 1
                self.receipts[transaction_hash] = self._receipt(transaction_hash)
                del self.mempool[transaction_hash]
        self.blocks.append(dict(self.counts))

    def use_nonce_elsewhere(self, address):
        """Mine a transaction of `address` that no journal knows."""
        self.counts[address] = self.counts.get(address, 0) + 1
        self.mine()

    def _receipt(self, transaction_hash):
        return {
            "transactionHash": transaction_hash,
            "blockNumber": 7,
            "blockHash": HEAD,
            "status": 0 if self.reverts else 1,
            "gasUsed": 80_000,
            "effectiveGasPrice": 10**9,
            "contractAddress": None,
            "logs": [],
        }


def sender_and_nonce(signed):
    """Who signed a transaction, and its nonce."""
    sender = EthAccount.recover_transaction(signed)
    fields = TypedTransaction.from_bytes(HexBytes(signed)).as_dict()
    return to_checksum_address(sender), fields["nonce"]
