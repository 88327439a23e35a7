"""A private relay that takes a transaction and drops it costs time, and nothing else."""

import time

import pytest
from faults.proxy import FaultyProxy, cut, swallowed
from faults.scene import until

PRIVATE = 5
"""Time for which a transaction is left to the relay, in seconds."""


@pytest.fixture
def relay(scene):
    proxy = FaultyProxy(scene.desk.chain.url)
    scene.watch(proxy)
    yield proxy
    scene.close()
    proxy.close()


def start(scene, relay):
    return scene.start(
        TRIMTAB__NODE__PRIVATE_URL=relay.url, TRIMTAB__NODE__PUBLIC_AFTER=f"{PRIVATE} s"
    )


def sent_at(proxy):
    return [seen.at for seen in proxy.seen if seen.method == "eth_sendRawTransaction"]


def test_a_relay_that_drops_in_silence(scene, relay):
    relay.fail("eth_sendRawTransaction", swallowed)
    start(scene, relay)

    scene.ends_well()
    assert len(scene.attempts()) == 1
    assert relay.broadcast() == scene.proxy.broadcast()
    assert sent_at(scene.proxy)[0] - sent_at(relay)[0] > PRIVATE - 2


def test_a_relay_that_does_not_answer(scene, relay):
    relay.fail(None, cut)
    keeper = start(scene, relay)

    scene.ends_well()
    assert "relay failed" in keeper.said()
    assert len(scene.attempts()) == 1


def test_a_relay_that_brings_it_into_a_block(scene, relay):
    start(scene, relay)

    until(lambda: scene.rebalances() == 1, what=scene.told)
    time.sleep(PRIVATE + 1)
    assert scene.proxy.broadcast() == []
    scene.until_over()
    scene.check()
