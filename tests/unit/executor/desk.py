"""An executor of a fixed key on the fake chain."""

import pytest
from eth_account import Account as EthAccount
from trimtab import errors
from trimtab.chain.node import Node
from trimtab.executor.executor import Executor, Means, Patience
from trimtab.executor.fees import FixedFees
from trimtab.executor.intents import Intent
from trimtab.executor.networks import Finality, Network
from trimtab.executor.signer import LocalSigner
from trimtab.store.journal import Journal, Subject

ACCOUNT = EthAccount.from_key("0x" + "11" * 32)
VAULT = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
INTENT = Intent(Subject("rebalance", VAULT, 3), VAULT, b"\x01\x02")
NEXT = Intent(Subject("rebalance", VAULT, 4), VAULT, b"\x03")
GWEI = 10**9

FINAL_AT_ONCE = Network("test", Finality(0), least_tip=1)
FINAL_LATER = Network("test", Finality(2), least_tip=1)


class FakeClock:
    """Time passes only while somebody sleeps."""

    def __init__(self):
        self.time = 1000.0
        self.while_asleep = lambda: None

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds
        self.while_asleep()


def executor_on(chain, database, clock=None, *, network=FINAL_AT_ONCE, fees=None, relay=None):
    means = Means(
        node=Node(chain),
        journal=Journal(database),
        signer=LocalSigner(ACCOUNT.key),
        fees=fees or FixedFees(GWEI),
        clock=clock or FakeClock(),
        network=network,
        relay=relay,
    )
    return Executor(means, Patience(poll=1.0, wait=5.0, stuck=60.0))


def raw_sends(chain):
    return chain.asked.count("eth_sendRawTransaction")


def states(executor):
    return [str(intent.state) for intent in executor.unfinished()]


def stuck_executor(chain, database, *, fees=None):
    """An executor whose transaction is in the mempool, and older than is waited for."""
    clock = FakeClock()
    executor = executor_on(chain, database, clock, fees=fees)
    with pytest.raises(errors.NotMined):
        executor.submit(INTENT)
    clock.time += 100
    return executor, clock
