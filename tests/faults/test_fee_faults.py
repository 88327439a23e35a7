"""Gas that rises never doubles a rebalance, loses one, or makes it cost more than its ceiling."""

import pytest
from faults.scene import until
from faults.steered_clock import SteeredClock

GWEI = 10**9
LONG = 200
"""Seconds after which what no block holds is decided anew."""


@pytest.fixture
def clock(scene):
    return SteeredClock(scene.folder)


def fees(scene):
    return [(int(row["max_fee"]), int(row["priority_fee"])) for row in scene.rows("attempts")]


def base_fee(scene, wei):
    """The base fee of the next block, which is mined a minute after the last one."""
    scene.request("anvil_setNextBlockBaseFeePerGas", hex(wei))
    scene.request("evm_setNextBlockTimestamp", scene.node.head().timestamp + 60)
    scene.mine()


def waiting(scene, clock):
    """A keeper whose transaction waits for a block."""
    scene.request("evm_setAutomine", False)
    keeper = scene.start(**clock.variables)
    until(scene.proxy.broadcast, what="the broadcast")
    until(lambda: scene.states() == ["sent"], what="the journal's note")
    return keeper


def waits_at(keeper, head):
    """Whether the keeper decided at that block to wait: it is in the middle of nothing else."""
    seen = [(decided["block"], decided["action"]) for decided in keeper.events("decided")]
    return (head.number, "wait") in seen


def test_a_replacement_offers_an_eighth_more_however_little_gas_has_risen(scene, clock):
    """The node here would take 5 % more, and others would not."""
    base = scene.node.head().base_fee
    waiting(scene, clock)
    scene.request("anvil_setNextBlockBaseFeePerGas", hex(base * 105 // 100))

    clock.ahead(LONG)
    until(lambda: len(fees(scene)) == 2, what="a replacement")

    for before, after in zip(*fees(scene), strict=True):
        assert after * 1000 >= before * 1125
    first, second = scene.rows("attempts")
    assert first["signed"] != second["signed"]
    scene.mine_until_rebalanced()
    scene.ends_well()
    assert len(scene.intents()) == 1


def test_a_base_fee_above_the_ceiling_for_an_hour_is_waited_out(scene, clock):
    """What is on its way meanwhile is neither replaced nor forgotten, and not sent for ever."""
    keeper = waiting(scene, clock)
    began = scene.node.head().timestamp
    scene.request("anvil_dropTransaction", scene.proxy.broadcast()[-1])
    clock.ahead(LONG)
    for minute in range(1, 61):
        base_fee(scene, 500 * GWEI)
        clock.ahead(LONG + 60 * minute)
    keeper.says("above the ceiling")
    assert len(fees(scene)) == 1
    assert len(scene.proxy.broadcast()) == 1
    assert scene.node.head().timestamp >= began + 3600
    until(lambda: waits_at(keeper, scene.node.head()), what="a look at the hour's end")

    base_fee(scene, GWEI)
    scene.request("evm_setAutomine", True)
    scene.mine_until_rebalanced()

    scene.ends_well()
    assert len(scene.intents()) == 1, scene.states()
