"""The index follows the chain through stops and reorganisations, and says what happened."""

from dataclasses import replace

import pytest
from eth_abi import encode
from trimtab.chain.answers import Block, Log
from trimtab.chain.contracts import interface
from trimtab.domain.snapshot import Reason
from trimtab.domain.units import WAD
from trimtab.errors import BlockMoved
from trimtab.history.chronicle import SPAN
from trimtab.history.events import NOBODY
from trimtab.history.indexer import Indexer, Subject
from trimtab.history.past import Past
from trimtab.store.database import Database
from trimtab.store.event_index import EventIndex

VAULT = "0x00000000000000000000000000000000000000aA"
MANDATE = "0x00000000000000000000000000000000000000bb"
KEEPER = "0x00000000000000000000000000000000000000cc"


def word(value):
    return (
        int(value, 16).to_bytes(32, "big") if isinstance(value, str) else value.to_bytes(32, "big")
    )


def event(contract, name, topics, types, values, *, block, index=0):
    address = VAULT if contract == "Vault" else MANDATE
    head = (interface(contract).event(name).topic, *map(word, topics))
    return Log(address, head, encode(types, values), block, "0x" + f"{block:064x}", index)


def minted(shares, block):
    return event("Vault", "Transfer", (NOBODY, KEEPER), ["uint256"], [shares], block=block)


def rebalanced(nonce, nav, block):
    legs = event(
        "Vault", "LegSettled", (1, VAULT, MANDATE), ["uint256"] * 4, [5, 6, 7, 8], block=block
    )
    values = [Reason.THRESHOLD, nav, nav, WAD // 10, 0, 3, 4]
    return [
        legs,
        event(
            "Vault", "Rebalanced", (KEEPER, nonce), ["uint256"] * 7, values, block=block, index=1
        ),
    ]


def keeper_set(allowed, block):
    return event("Mandate", "KeeperSet", (KEEPER,), ["bool"], [allowed], block=block, index=7)


class FakeChain:
    """Blocks with a hash by branch, and the logs in them."""

    def __init__(self, height, logs):
        self.height, self.held, self.branch, self.forked = height, logs, "a", None
        self.asked = []

    def fork(self, at, height, logs):
        self.height, self.held, self.branch, self.forked = height, logs, "b", at

    def block(self, number):
        if number > self.height:
            return None
        branch = "b" if self.forked is not None and number >= self.forked else "a"
        return Block(number=number, hash=f"0x{branch}{number}", timestamp=number * 12, **REST)

    def head(self):
        return self.block(self.height)

    def logs(self, address, topics, *, first, last):
        self.asked.append((first, last))
        return tuple(
            log
            for log in self.held
            if log.address == address
            and first <= log.block_number <= last
            and "0x" + log.topics[0].hex() in topics
        )


REST = {
    name: None for name in Block.__dataclass_fields__ if name not in ("number", "hash", "timestamp")
}


@pytest.fixture
def index():
    with Database(None) as database:
        yield EventIndex(database, 1, VAULT)


def indexer(chain, index, first=0):
    return Indexer(chain, index, Subject(VAULT, MANDATE, first))


def told(index):
    past = Past(VAULT)
    past.tell(index.logs())
    return past


LOGS = [keeper_set(True, 2), minted(4 * WAD, 3), *rebalanced(0, 8 * WAD, 50)]


def test_what_happened_is_told_with_legs_and_the_value_of_a_share(index):
    assert not indexer(FakeChain(100, LOGS), index).step()

    past = told(index)
    (rebalance,) = past.rebalances
    assert rebalance.per_share == 2 * WAD
    assert (rebalance.caller, rebalance.reason) == (KEEPER, Reason.THRESHOLD)
    assert (rebalance.timestamp, rebalance.block_number) == (600, 50)
    assert [leg.amount_in for leg in rebalance.legs] == [5]
    assert list(past.keepers) == [KEEPER]


def test_a_long_chain_is_read_in_spans_and_a_stopped_run_goes_on(index):
    chain = FakeChain(2 * SPAN + 5, LOGS)
    assert indexer(chain, index, first=2).step()
    chain.asked.clear()

    again = indexer(chain, index, first=2)
    assert again.step()
    assert not again.step()

    assert chain.asked[0] == (SPAN + 2, 2 * SPAN + 1)
    assert chain.asked[-1] == (2 * SPAN + 2, 2 * SPAN + 5)
    assert len(told(index).rebalances) == 1


def test_nothing_new_asks_for_no_events(index):
    chain = FakeChain(100, LOGS)
    one = indexer(chain, index)
    one.step()
    chain.asked.clear()

    assert not one.step()
    assert chain.asked == []


def test_what_the_chain_took_back_is_read_again_from_where_it_parted(index):
    chain = FakeChain(40, LOGS)
    one = indexer(chain, index)
    one.step()
    chain.height = 60
    one.step()
    chain.fork(45, 61, [*LOGS[:2], *rebalanced(0, 4 * WAD, 55)])
    chain.asked.clear()

    one.step()

    assert chain.asked[0] == (41, 61)
    (rebalance,) = told(index).rebalances
    assert (rebalance.block_number, rebalance.per_share) == (55, WAD)


def test_a_chain_that_changes_while_it_is_read_leaves_the_index_as_it_was(index):
    chain = FakeChain(40, LOGS)
    answer = chain.logs

    def forking(*args, **kwargs):
        found = answer(*args, **kwargs)
        chain.fork(30, 40, [])
        return found

    chain.logs = forking
    with pytest.raises(BlockMoved):
        indexer(chain, index).step()

    assert index.mark() is None
    assert index.logs() == []


def test_a_keeper_that_was_removed_is_none(index):
    chain = FakeChain(100, [*LOGS, keeper_set(False, 60)])
    indexer(chain, index).step()

    assert not told(index).keepers


def test_events_of_a_strange_kind_are_left_out(index):
    past = Past(VAULT)
    indexer(FakeChain(100, LOGS), index).step()
    strange = replace(index.logs()[0], topics=(b"x" * 32,))

    past.tell([strange])

    assert not past.keepers
