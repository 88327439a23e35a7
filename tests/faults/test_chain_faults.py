"""Whatever the chain does to a keeper's transaction, the vault is rebalanced once (TX-1, TX-3)."""

from contextlib import suppress

import pytest
from faults.proxy import first_then
from faults.scene import FINAL_BLOCKS, until
from trimtab.errors import LocalChainError
from trimtab.local.accounts import local_accounts

GWEI = 10**9


def broadcast(scene):
    """A keeper whose transaction waits for a block, and its signed bytes."""
    scene.request("evm_setAutomine", False)
    keeper = scene.start()
    sent = until(
        lambda: [s for s in scene.proxy.seen if s.method == "eth_sendRawTransaction" and s.answer],
        what="the broadcast",
    )
    return keeper, sent[-1].params[0]


def mandate(scene):
    return scene.desk.record.contract("Mandate")


def pause(scene):
    scene.desk.sender("guardian").send(mandate(scene), "pause()")


def unpause(scene):
    scene.desk.sender("owner").send(mandate(scene), "unpause()")


def mined_reverted(scene):
    """A keeper whose transaction was simulated well and reverts in its block."""
    keeper, raw = broadcast(scene)
    scene.request("anvil_dropTransaction", scene.proxy.broadcast()[-1])
    pause(scene)
    with suppress(LocalChainError):  # the keeper itself may have been quicker
        scene.request("eth_sendRawTransaction", raw)
    scene.mine()
    scene.request("evm_setAutomine", True)
    until(lambda: scene.node.receipt(scene.proxy.broadcast()[-1]), what="the receipt")
    assert scene.rebalances() == 0
    return keeper


def test_a_simulation_that_passes_and_an_execution_that_reverts(scene):
    keeper = mined_reverted(scene)

    keeper.says("reverted")
    for _ in range(3):
        scene.mine()
    assert len(scene.attempts()) == 1
    unpause(scene)
    scene.mine(FINAL_BLOCKS)

    scene.ends_well()
    assert sorted(scene.states()) == ["reverted", "succeeded"]


class TestReorgs:
    """A block that held the transaction leaves the chain."""

    def test_one_drops_the_transaction(self, scene):
        before = scene.request("evm_snapshot")
        scene.start()
        until(lambda: scene.states() == ["mined"], what="the receipt")
        assert scene.rebalances() == 1

        scene.request("evm_revert", before)
        scene.mine(2)
        assert scene.rebalances() == 0

        scene.ends_well()

    def test_one_mines_it_elsewhere(self, scene):
        before = scene.request("evm_snapshot")
        _keeper, raw = broadcast(scene)
        scene.mine()
        until(lambda: scene.states() == ["mined"], what="the receipt")
        first = scene.node.receipt(scene.proxy.broadcast()[-1])

        scene.request("evm_revert", before)
        scene.mine(2)
        with suppress(LocalChainError):  # the keeper itself may have been quicker
            scene.request("eth_sendRawTransaction", raw)
        scene.mine()

        scene.ends_well()
        (outcome,) = scene.rows("outcomes")
        assert outcome["transaction_hash"] == first.transaction_hash
        assert outcome["block_hash"] != first.block_hash

    def test_one_makes_it_revert(self, scene):
        before = scene.request("evm_snapshot")
        _keeper, raw = broadcast(scene)
        scene.mine()
        until(lambda: scene.states() == ["mined"], what="the receipt")

        scene.request("evm_revert", before)
        pause(scene)
        with suppress(LocalChainError):  # the keeper itself may have been quicker
            scene.request("eth_sendRawTransaction", raw)
        scene.mine()
        scene.request("evm_setAutomine", True)
        assert scene.rebalances() == 0
        scene.until_over()
        assert scene.states() == ["reverted"]
        unpause(scene)
        scene.mine()

        scene.ends_well()


def test_a_transaction_that_the_pool_evicts_is_sent_again_by_the_next_keeper(scene):
    keeper, _raw = broadcast(scene)
    scene.request("anvil_dropTransaction", scene.proxy.broadcast()[-1])
    keeper.die()
    scene.mine()

    scene.start()
    until(lambda: len(scene.proxy.broadcast()) > 1, what="the second broadcast")
    scene.mine_until_rebalanced()

    scene.ends_well()
    assert len(scene.attempts()) == 1


def test_a_base_fee_above_the_ceiling_is_waited_out(scene):
    scene.request("anvil_setNextBlockBaseFeePerGas", hex(500 * GWEI))
    scene.mine()
    keeper = scene.start()
    keeper.says("above the ceiling")
    for _ in range(3):
        scene.request("anvil_setNextBlockBaseFeePerGas", hex(500 * GWEI))
        scene.mine()
    assert scene.intents() == []

    scene.request("anvil_setNextBlockBaseFeePerGas", hex(7))
    scene.mine()

    scene.ends_well()


def foreign(scene, nonce, *, fee=50 * GWEI):
    """A transaction that somebody else sends with the keeper's key."""
    account = local_accounts().keeper
    signed = account.sign_transaction(
        {
            "type": 2,
            "chainId": scene.node.chain_id(),
            "nonce": nonce,
            "gas": 21_000,
            "maxFeePerGas": fee,
            "maxPriorityFeePerGas": fee,
            "to": account.address,
            "value": 0,
        }
    )
    return scene.request("eth_sendRawTransaction", "0x" + signed.raw_transaction.hex())


def test_the_key_is_used_by_somebody_else(scene):
    broadcast(scene)
    foreign(scene, scene.counted)
    scene.mine()
    scene.request("evm_setAutomine", True)
    assert scene.rebalances() == 0

    until(lambda: "used by another program" in scene.told(), what="the keeper's notice")
    scene.mine(FINAL_BLOCKS)

    scene.ends_well()
    assert sorted(scene.states()) == ["succeeded", "superseded"]


def test_a_gap_in_the_nonces_of_somebody_else_holds_up_nothing(scene):
    foreign(scene, scene.counted + 1)

    scene.start()
    scene.ends_well()
    assert scene.node.transaction_count(scene.account) == scene.counted + 2


class TestPrices:
    """Without a price that can be trusted nothing is sent, and with one again it is."""

    def test_one_is_too_old(self, scene):
        later = scene.node.head().timestamp + 4 * 86_400
        scene.request("evm_setNextBlockTimestamp", later)
        scene.mine()
        self.nothing_until(scene, lambda: scene.desk.move(ETH=1.3))

    @pytest.mark.parametrize("answer", [0, 10**16], ids=["zero", "jumping"])
    def test_one_is_none(self, scene, answer):
        feed = next(feed for feed in scene.desk.world.market.feeds if feed.symbol == "ETH")
        sender = scene.desk.sender("operator")
        now = scene.node.head().timestamp
        sender.send(feed.aggregator, "setAnswer(int256,uint256)", answer, now)

        self.nothing_until(scene, lambda: scene.desk.move(ETH=1.32))

    def test_the_sequencer_is_down(self, scene, sequencer):
        sender, now = scene.desk.sender("operator"), scene.node.head().timestamp
        say = "setRound(int256,uint256,uint256)"
        sender.send(sequencer, say, 1, now, now)

        self.nothing_until(scene, lambda: sender.send(sequencer, say, 0, now - 86_400, now))

    def nothing_until(self, scene, repair):
        keeper = scene.ready()
        until(lambda: keeper.events("decided"), what="a decision")
        assert keeper.events("decided")[-1]["action"] == "hold"
        assert scene.intents() == []
        repair()
        scene.ends_well()


def test_without_money_for_gas_nothing_is_sent(scene):
    scene.request("anvil_setBalance", scene.account, "0x0")
    keeper = scene.start()
    keeper.says("may be needed for gas")
    assert scene.intents() == []

    scene.request("anvil_setBalance", scene.account, hex(10**20))
    scene.mine()

    scene.ends_well()


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_is_off_and_then_set_right(scene, hours):
    clock = scene.folder / "clock"
    clock.mkdir()
    (clock / "sitecustomize.py").write_text(
        f"import time\nreal = time.time\ntime.time = lambda: real() + {hours * 3600}\n"
    )
    keeper = scene.start(PYTHONPATH=str(clock))
    scene.proxy.fail("eth_sendRawTransaction", first_then(keeper.kill), times=1)
    assert keeper.ended() == -9

    scene.start()

    scene.mine()
    scene.ends_well()
