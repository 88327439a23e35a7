"""A chain of one file, with a mempool, blocks and reorganisations; it is honest about all three."""

import re
from dataclasses import dataclass

from eth_account import Account as EthAccount
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_utils import to_checksum_address
from eth_utils.crypto import keccak
from hexbytes import HexBytes
from trimtab.errors import NodeRefused

CHAIN_ID = 31337
GENESIS = "0x" + "00" * 32


@dataclass(frozen=True)
class Transaction:
    """A signed transaction, read back from its bytes."""

    hash: str
    sender: str
    fields: dict

    @classmethod
    def of(cls, signed):
        fields = TypedTransaction.from_bytes(HexBytes(signed)).as_dict()
        sender = to_checksum_address(EthAccount.recover_transaction(signed))
        return cls("0x" + keccak(hexstr=HexBytes(signed).hex()).hex(), sender, fields)

    @property
    def slot(self):
        return self.sender, self.fields["nonce"]

    @property
    def data(self):
        return bytes(self.fields["data"])

    def replaces(self, other):
        names = ("maxFeePerGas", "maxPriorityFeePerGas")
        return all(self.fields[name] * 100 >= other.fields[name] * 110 for name in names)

    def as_json(self):
        numbers = ("nonce", "gas", "value", "maxFeePerGas", "maxPriorityFeePerGas", "r", "s", "v")
        shown = {name: hex(self.fields[name]) for name in numbers}
        to = bytes(self.fields["to"])
        return shown | {
            "hash": self.hash,
            "from": self.sender,
            "to": "0x" + to.hex() if to else None,
            "input": "0x" + self.data.hex(),
            "type": "0x2",
            "accessList": [],
        }


@dataclass(frozen=True)
class Block:
    """A block of one branch."""

    hash: str
    transactions: tuple


class FakeChain:
    """Speaks JSON-RPC to a `Node`; `mines_at_once` decides whether a mempool is seen."""

    name = "fake"
    pins_by_hash = False

    def __init__(self, *, mines_at_once=True, balance=10**20):
        self.mines_at_once = mines_at_once
        self.balance = balance
        self.blocks = [Block(GENESIS, ())]
        self.mempool = {}
        self.branches = 0
        self.refusals = []
        self.reverts = False
        self.asked = []
        self.base_fee = 10**9

    def request(self, method, params):
        self.asked.append(method)
        name = re.sub("[A-Z]", lambda letter: "_" + letter.group().lower(), method)
        return getattr(self, name.removeprefix("eth_"))(*params)

    # What a node answers

    def chain_id(self):
        return CHAIN_ID

    def call(self, *_):
        return "0x"

    def estimate_gas(self, call, _place):
        return 21_000 if call["data"] == "0x" else 100_000

    def get_balance(self, *_):
        return self.balance

    def fee_history(self, *_):
        return {"baseFeePerGas": [hex(self.base_fee)], "reward": [[hex(10**8)]]}

    def get_block_by_number(self, place, full):
        number = self._height(place)
        if number >= len(self.blocks):
            return None
        block, parent = self.blocks[number], self.blocks[max(0, number - 1)]
        shown = [tx.as_json() if full else tx.hash for tx in block.transactions]
        times = {"number": number, "timestamp": 12 * number, "gasLimit": 30_000_000}
        return times | {"hash": block.hash, "parentHash": parent.hash, "transactions": shown}

    def get_transaction_count(self, address, place):
        return self.count(address, self._height(place))

    def get_transaction_by_hash(self, transaction_hash):
        mined = (tx for block in self.blocks for tx in block.transactions)
        known = (tx for tx in (*self.mempool.values(), *mined) if tx.hash == transaction_hash)
        return next((tx.as_json() for tx in known), None)

    def get_transaction_receipt(self, transaction_hash):
        for number, block in enumerate(self.blocks):
            if transaction_hash in [tx.hash for tx in block.transactions]:
                return self.receipt(transaction_hash, number)
        return None

    def send_raw_transaction(self, signed):
        if self.refusals:
            raise self._refusal(self.refusals.pop(0))
        new = Transaction.of(signed)
        if new.slot[1] < self.count(new.sender):
            raise self._refusal("nonce too low")
        old = self.mempool.get(new.slot)
        if old and old.hash == new.hash:
            raise self._refusal("already known")
        if old and not new.replaces(old):
            raise self._refusal("replacement transaction underpriced")
        self.mempool[new.slot] = new
        if self.mines_at_once:
            self.mine()
        return new.hash

    # What happens to a chain

    def mine(self, blocks=1):
        """Put every transaction whose turn it is into a block, and empty ones after it."""
        for _ in range(blocks):
            taken = []
            for slot in sorted(self.mempool):
                sender, nonce = slot
                if nonce == self.count(sender) + sum(tx.sender == sender for tx in taken):
                    taken.append(self.mempool.pop(slot))
            self._add(taken)
            self._forget_used()

    def reorganise(self, depth, *, drop=False):
        """Replace the last blocks by empty ones; what was in them is in the mempool, or gone."""
        depth = min(depth, len(self.blocks) - 1)
        undone = self.blocks[len(self.blocks) - depth :]
        del self.blocks[len(self.blocks) - depth :]
        self.branches += 1
        if not drop:
            for transaction in (tx for block in undone for tx in block.transactions):
                self.mempool.setdefault(transaction.slot, transaction)
        for _ in undone:
            self._add([])

    def use_nonce_elsewhere(self, account):
        """Mine a transaction that the key of `account` signed and no journal knows."""
        self.mempool = {slot: tx for slot, tx in self.mempool.items() if slot[0] != account.address}
        foreign = foreign_transaction(account, self.count(account.address))
        self._add([Transaction.of(foreign)])

    # What is true, whatever a node says

    def count(self, address, height=None):
        height = len(self.blocks) - 1 if height is None else height
        mined = (tx for block in self.blocks[: height + 1] for tx in block.transactions)
        return sum(tx.sender == address for tx in mined)

    def mined(self):
        """Every transaction that a block holds, in order."""
        return [tx for block in self.blocks for tx in block.transactions]

    def receipt(self, transaction_hash, number):
        return {
            "transactionHash": transaction_hash,
            "blockNumber": number,
            "blockHash": self.blocks[number].hash,
            "status": 0 if self.reverts else 1,
            "gasUsed": 80_000,
            "effectiveGasPrice": 10**9,
            "contractAddress": None,
            "logs": [],
        }

    def _height(self, place):
        tops = {"latest": len(self.blocks) - 1, "finalized": max(0, len(self.blocks) - 3)}
        return tops[place] if place in tops else int(place, 16)

    def _add(self, transactions):
        parent = self.blocks[-1].hash
        listed = "".join(tx.hash for tx in transactions)
        block_hash = "0x" + keccak(text=f"{parent} {self.branches} {listed}").hex()
        self.blocks.append(Block(block_hash, tuple(transactions)))

    def _forget_used(self):
        stale = [slot for slot in self.mempool if slot[1] < self.count(slot[0])]
        for slot in stale:
            del self.mempool[slot]

    @staticmethod
    def _refusal(words):
        return NodeRefused("eth_sendRawTransaction", -32000, words)


def foreign_transaction(account, nonce):
    """What another program that has the key might sign."""
    fields = {
        "type": 2,
        "chainId": CHAIN_ID,
        "nonce": nonce,
        "gas": 21_000,
        "maxFeePerGas": 10**12,
        "maxPriorityFeePerGas": 10**12,
        "value": 1,
        "to": account.address,
    }
    return account.sign_transaction(fields).raw_transaction.to_0x_hex()
