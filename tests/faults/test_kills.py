"""A keeper that is killed, wherever it stands, rebalances once and not twice (TX-1, TX-2, TX-3)."""

import os
import signal
import threading

import pytest
from eth_account import Account
from faults.proxy import FaultyProxy, first_then, replying, result_of, then
from faults.scene import PATIENCE, until
from integration.cli_desk import PASSWORD
from trimtab.local.accounts import local_accounts


def test_a_keeper_that_is_left_alone_rebalances_once(scene):
    keys = {"keystore": str(scene.desk.folder / "keeper.json")}
    scene.ready(scene.settings(scene.proxy, keys=keys), TRIMTAB_PASSWORD=PASSWORD)

    scene.ends_well()


def killed_by(scene, method, fault_of):
    """A keeper that dies at its first call of a method, and one that comes after it."""
    keeper = scene.start()
    scene.proxy.fail(method, fault_of(keeper.kill), times=1)
    assert keeper.ended() == -9, keeper.said()
    return keeper


def test_killed_before_the_journal_is_written(scene):
    killed_by(scene, "eth_estimateGas", first_then)
    assert scene.intents() == []

    scene.start()

    scene.ends_well()
    assert len(scene.attempts()) == 1


def test_killed_after_signing_before_the_journal_is_written(scene):
    """The signer is a machine of its own, which signs and sees the keeper die before it answers."""
    key = local_accounts().keeper

    def sign(call, _forward):
        fields = {k: v for k, v in call["params"][0].items() if k != "from"}
        signed = Account.sign_transaction(fields, key.key)
        if len(scene.processes) == 1:
            scene.processes[0].kill()
        return result_of(call, "0x" + signed.raw_transaction.hex())

    scene.proxy.fail("eth_signTransaction", sign)
    scene.proxy.fail("eth_accounts", replying([key.address]))
    file = scene.settings(scene.proxy, keys={"remote_url": scene.proxy.url, "address": key.address})

    assert scene.start(file).ended() == -9
    assert scene.intents() == []
    scene.start(file)

    scene.ends_well()


def test_killed_after_the_journal_is_written_before_the_broadcast(scene):
    killed_by(
        scene,
        "eth_sendRawTransaction",
        lambda kill: first_then(kill, lambda c, f: result_of(c, None)),
    )
    assert scene.states() == ["signed"]
    assert scene.node.transaction_count(scene.account) == scene.counted
    first = scene.attempts()

    scene.start()

    scene.ends_well()
    assert scene.attempts() == first


def test_killed_after_the_broadcast(scene):
    scene.request("evm_setAutomine", False)
    killed_by(scene, "eth_sendRawTransaction", then)
    assert scene.node.transaction_count(scene.account) == scene.counted

    scene.start()
    until(lambda: len(scene.proxy.broadcast()) > 1, what="the second broadcast")
    scene.mine_until_rebalanced()

    scene.ends_well()
    assert len(set(scene.proxy.broadcast())) == 1
    assert len(scene.proxy.broadcast()) == 2, "what was sent is not sent again and again"


def test_killed_after_mining(scene):
    killed_by(scene, "eth_getTransactionReceipt", first_then)
    assert scene.rebalances() == 1
    assert scene.states() == ["sent"]

    scene.start()

    scene.ends_well()
    assert len(scene.proxy.broadcast()) == 1


def test_stopped_in_the_middle_of_a_cycle_it_finishes_the_step(scene):
    keeper = scene.start()
    scene.proxy.fail("eth_sendRawTransaction", then(keeper.process.terminate), times=1)

    assert keeper.ended() == 130
    assert "the journal is complete" in keeper.said()
    assert set(scene.states()) <= {"mined", "succeeded"}
    scene.start()

    scene.ends_well()
    assert len(scene.proxy.broadcast()) == 1


@pytest.mark.parametrize("shares", [True, False], ids=["one-journal", "a-journal-each"])
def test_two_keepers_at_once_rebalance_once(scene, shares):
    second = FaultyProxy(scene.desk.chain.url)
    scene.watch(second)
    if not shares:
        scene.also = [scene.folder / "other.sqlite"]
        # Both have decided before either sends; on one journal the second stands by.
        both = threading.Barrier(2, timeout=PATIENCE)
        for proxy in (scene.proxy, second):
            proxy.fail("eth_feeHistory", first_then(both.wait), times=1)
    patient = {"TRIMTAB__NODE__TIMEOUT": f"{PATIENCE:.0f} s"}
    try:
        scene.start(**patient)
        scene.start(
            scene.settings(second),
            TRIMTAB__KEEPER__JOURNAL=str((scene.also or [scene.journal])[0]),
            **patient,
        )
        scene.ends_well()
    finally:
        scene.close()
        second.close()


def test_a_leader_that_was_paused_wakes_after_its_lease_ended(scene):
    """It has decided and not signed; the one that took over has rebalanced meanwhile."""
    short = {"TRIMTAB__KEEPER__LEASE": "10 s"}
    sleeper = scene.start(TRIMTAB__NODE__TIMEOUT=f"{PATIENCE:.0f} s", **short)
    awake = threading.Event()

    def pause():
        os.kill(sleeper.process.pid, signal.SIGSTOP)
        awake.wait(PATIENCE)

    second = FaultyProxy(scene.desk.chain.url)
    scene.watch(second)
    scene.proxy.fail("eth_estimateGas", first_then(pause), times=1)
    try:
        until(lambda: scene.proxy.count("eth_estimateGas"), what="the decision")
        scene.lease_ends()
        scene.start(scene.settings(second))
        scene.until_rebalanced()

        os.kill(sleeper.process.pid, signal.SIGCONT)
        awake.set()
        until(lambda: scene.pass_block() or "stands by" in sleeper.said(), what="notice")
        scene.ends_well()
        assert scene.proxy.broadcast() == []
    finally:
        awake.set()
        scene.close()
        second.close()
