"""What a relay is handed first becomes public when its time is over, whatever the relay does."""

from dataclasses import replace

import pytest
from trimtab import errors
from trimtab.chain.node import Node
from trimtab.executor.means import Relay
from trimtab.store.database import Database
from unit.executor.desk import INTENT, FakeClock, executor_on, raw_sends, states
from unit.executor.fake_chain import FakeChain

PRIVATE = 4.0
"""Less than an executor waits for a receipt, in seconds."""


@pytest.fixture
def database():
    with Database(None) as opened:
        yield opened


class SilentRelay(FakeChain):
    """Thanks for each transaction and forgets it."""

    def send_raw_transaction(self, signed):
        taken = FakeChain(mines_at_once=False)
        return taken.send_raw_transaction(signed)


def desk(database, relay_chain, *, chain=None, clock=None):
    """An executor with a relay, the public chain, and what the relay was asked."""
    chain = chain or FakeChain()
    relay = Relay(Node(relay_chain), PRIVATE)
    return executor_on(chain, database, clock, relay=relay), chain


def test_a_relay_that_mines_leaves_nothing_for_the_nodes(database):
    chain, relay = FakeChain(mines_at_once=False), FakeChain(mines_at_once=False)
    clock = FakeClock()

    def mined():
        chain.mempool |= relay.mempool
        chain.mine()

    clock.while_asleep = mined
    executor, _ = desk(database, relay, chain=chain, clock=clock)

    assert executor.submit(INTENT).succeeded
    assert (raw_sends(relay), raw_sends(chain)) == (1, 0)


def test_what_a_relay_drops_in_silence_is_made_public_after_its_time(database):
    relay, clock = SilentRelay(), FakeClock()
    executor, chain = desk(database, relay, clock=clock)

    assert executor.submit(INTENT).succeeded

    assert clock.time - 1000.0 == PRIVATE + 1.0, "and one more look"
    assert (raw_sends(relay), raw_sends(chain)) == (1, 1)


@pytest.mark.parametrize(
    "error",
    [errors.NodeUnreachable("relay", "away"), errors.NodeRefused("x", -32000, "not today")],
    ids=["away", "refuses"],
)
def test_a_relay_that_fails_makes_nothing_public_before_its_time(database, error):
    relay, clock = FakeChain(), FakeClock()

    def fail(_signed):
        raise error

    relay.send_raw_transaction = fail
    executor, chain = desk(database, relay, clock=clock)

    assert executor.submit(INTENT).succeeded

    assert clock.time - 1000.0 == PRIVATE + 1.0, "and one more look"
    assert raw_sends(chain) == 1


def test_a_process_that_goes_on_with_it_keeps_it_private_as_long(database):
    clock = FakeClock()
    executor, chain = desk(database, SilentRelay(), clock=clock)
    died = RuntimeError("killed")

    def die():
        raise died

    clock.while_asleep = die
    with pytest.raises(RuntimeError):
        executor.submit(INTENT)

    heir_clock = FakeClock()
    heir_clock.time = 1002.0
    relay = SilentRelay()
    heir, _ = desk(database, relay, chain=chain, clock=heir_clock)
    heir.reconcile()
    assert (raw_sends(relay), raw_sends(chain)) == (0, 0)

    heir_clock.time = 1005.0
    heir.reconcile()

    assert (raw_sends(relay), raw_sends(chain)) == (0, 1)
    assert states(heir) == []


def test_what_does_nothing_is_public_at_once(database):
    chain, relay = FakeChain(mines_at_once=False), SilentRelay()
    clock = FakeClock()
    executor, _ = desk(database, relay, chain=chain, clock=clock)
    with pytest.raises(errors.NotMined):
        executor.submit(replace(INTENT, data=b"a"))
    public = raw_sends(chain)
    clock.time += 100
    clock.while_asleep = chain.mine

    executor.cancel(executor.in_flight())

    assert raw_sends(chain) == public + 1
    assert raw_sends(relay) == 1
