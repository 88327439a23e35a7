"""Whatever a node does to a keeper's calls, the vault is rebalanced once (TX-1)."""

import socket
from urllib.request import urlopen

import pytest
from faults.proxy import (
    FaultyProxy,
    changing,
    cut,
    first_then,
    malformed,
    refusing,
    reply_lost,
    replying,
    result_of,
    silent,
    standing_at,
    status,
    swallowed,
    then,
    truncated,
)
from faults.scene import until

FAULTS = [
    pytest.param(status(429, Retry_After="1"), id="429"),
    pytest.param(status(500), id="500"),
    pytest.param(status(503), id="503"),
    pytest.param(silent(1.5), id="time-out"),
    pytest.param(malformed, id="malformed"),
    pytest.param(truncated, id="truncated"),
    pytest.param(cut, id="cut"),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_node_that_fails_when_it_is_sent_a_transaction_and_after(scene, fault):
    """The broadcast fails, taken or not, and so does all that is asked next."""
    proxy = scene.proxy
    proxy.fail(
        "eth_sendRawTransaction",
        first_then(lambda: proxy.fail(None, fault, times=2), fault),
        times=1,
    )
    scene.start()

    until(lambda: len(proxy.broadcast()) > 0, what="the broadcast")
    scene.mine()
    scene.ends_well()
    assert len(scene.attempts()) == 1


def test_a_broadcast_whose_answer_is_lost_is_followed(scene):
    scene.proxy.fail("eth_sendRawTransaction", reply_lost, times=1)
    scene.start()

    scene.ends_well()
    assert len(scene.attempts()) == 1


def test_a_transaction_that_the_node_knows_already_is_sent(scene):
    def known(call, forward):
        forward(call)
        return refusing(-32000, "already known")(call, forward)

    scene.proxy.fail("eth_sendRawTransaction", known, times=1)
    scene.start()

    scene.ends_well()
    assert scene.proxy.count("eth_sendRawTransaction") == 1


def test_a_receipt_that_comes_late_is_waited_for(scene):
    scene.proxy.fail("eth_getTransactionReceipt", replying(None), times=3)
    scene.start()

    scene.ends_well()
    assert len(set(scene.proxy.broadcast())) == 1


def test_an_invented_receipt_of_a_dropped_transaction_is_not_believed(scene):
    head = scene.node.head()

    def invented(call, _forward):
        return replying(
            {
                "transactionHash": call["params"][0],
                "blockNumber": hex(head.number),
                "blockHash": head.hash,
                "status": "0x1",
                "gasUsed": "0x5208",
                "effectiveGasPrice": "0x7",
                "logs": [],
            }
        )(call, None)

    scene.proxy.fail("eth_sendRawTransaction", swallowed, times=1)
    scene.proxy.fail("eth_getTransactionReceipt", invented)
    keeper = scene.start()

    until(lambda: scene.proxy.count("eth_getTransactionReceipt") >= 2, what="looks for it")
    assert scene.states() == ["sent"]
    keeper.die()
    scene.proxy.heal()

    scene.start()
    scene.ends_well()
    assert len(scene.attempts()) == 1


def test_a_transaction_that_is_dropped_in_silence_is_sent_again_by_the_next_keeper(scene):
    scene.proxy.fail("eth_sendRawTransaction", swallowed, times=1)
    keeper = scene.start()
    until(lambda: scene.states() == ["sent"], what="the broadcast")
    keeper.die()

    scene.start()
    scene.ends_well()
    assert len(scene.attempts()) == 1


def test_an_absurd_count_takes_no_nonce(scene):
    """The node errs about its newest block; what it says of older ones contradicts that."""

    def absurd(call, forward):
        newest = isinstance(call["params"][1], dict)  # by its hash; older ones by their height
        return result_of(call, hex(10**9)) if newest else forward(call)

    scene.proxy.fail("eth_getTransactionCount", absurd)
    scene.start().says("of which 0 are certain")
    assert scene.intents() == []
    scene.proxy.heal()
    scene.mine()

    scene.ends_well()
    assert [intent["nonce"] for intent in scene.intents()] == [scene.counted]


def test_a_node_of_another_chain_is_refused(scene):
    scene.proxy.fail("eth_chainId", replying("0x1"))
    keeper = scene.start()

    assert keeper.ended() == 2
    assert "the node serves chain 1" in keeper.said()
    assert scene.proxy.broadcast() == []


@pytest.fixture
def second(scene):
    proxy = FaultyProxy(scene.desk.chain.url)
    scene.watch(proxy)
    yield proxy
    proxy.close()


class TestTwoNodes:
    """One of two nodes may fail in any way."""

    def test_one_is_down(self, scene, second):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with socket.create_server(("127.0.0.1", 0)) as free:
            place = f"127.0.0.1:{free.getsockname()[1]}"
        scene.start(scene.settings(nowhere, second), TRIMTAB__MONITOR__LISTEN=place)

        scene.until_rebalanced()
        with urlopen(f"http://{place}/metrics", timeout=5) as answer:
            figures = answer.read().decode()
        for url, serves in ((nowhere, "0.0"), (second.url, "1.0")):
            assert f'trimtab_endpoint_up{{endpoint="{url}"}} {serves}' in figures
        scene.ends_well()

    def test_one_goes_down_when_it_is_sent_the_transaction(self, scene, second):
        scene.proxy.fail(
            "eth_sendRawTransaction", first_then(lambda: scene.proxy.fail(None, cut), cut)
        )
        scene.start(scene.settings(scene.proxy, second))

        scene.ends_well()
        assert len(scene.attempts()) == 1

    def test_both_are_down_for_a_while(self, scene, second):
        for proxy in (scene.proxy, second):
            proxy.fail(
                "eth_feeHistory",
                first_then(lambda p=proxy: p.fail(None, cut, times=3), cut),
                times=1,
            )
        scene.start(scene.settings(scene.proxy, second))

        scene.ends_well()

    def test_one_stands_still(self, scene, second):
        second.fail("eth_getBlockByNumber", standing_at(scene.node.head().number - 50))
        scene.start(scene.settings(second, scene.proxy))

        scene.ends_well()
        assert second.count("eth_call") == 0

    def test_one_serves_another_chain(self, scene, second):
        second.fail("eth_chainId", replying("0x1"))
        scene.start(scene.settings(second, scene.proxy))

        scene.ends_well()
        assert {seen.method for seen in second.seen} == {"eth_chainId", "eth_getBlockByNumber"}

    def test_they_disagree_about_a_block(self, scene, second):
        scene.ready(scene.settings(scene.proxy, second))
        scene.ends_well()
        second.fail("eth_getBlockByNumber", changing(hash="0x" + "ab" * 32))
        scene.mine()

        scene.processes[-1].says("endpoints disagree").says("the endpoints disagree about blocks")
        second.heal()
        scene.mine()
        number = scene.node.head().number
        until(
            lambda: any(e["block"] == number for e in scene.processes[-1].events("decided")),
            what="a decision after that",
        )

    def test_one_does_not_show_the_receipt(self, scene, second):
        second.fail("eth_getTransactionReceipt", replying(None))
        scene.start(scene.settings(second, scene.proxy))

        scene.ends_well()
        assert len(set(scene.proxy.broadcast())) == 1

    def test_one_knows_the_transaction_from_the_other(self, scene, second):
        scene.request("evm_setAutomine", False)
        second.fail("eth_sendRawTransaction", refusing(-32000, "already known"))
        scene.proxy.fail("eth_sendRawTransaction", then(scene.mine))
        scene.start(scene.settings(second, scene.proxy))

        scene.ends_well()
        assert len(scene.attempts()) == 1
