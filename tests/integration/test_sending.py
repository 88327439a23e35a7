"""On a real mempool: transactions are followed, replaced, cancelled, and never doubled."""

import multiprocessing
import time

import pytest
from integration.keeper_world import Desk, build, move
from trimtab import errors
from trimtab.chain.lens import read_snapshot
from trimtab.chain.node import Node
from trimtab.domain.phrases import amount_text
from trimtab.executor.clock import SystemClock
from trimtab.executor.executor import Executor, Means, Patience
from trimtab.executor.fees import FixedFees, HistoryFees
from trimtab.executor.intents import Intent
from trimtab.executor.networks import OP_STACK, Finality, Network
from trimtab.executor.signer import LocalSigner
from trimtab.executor.tenure import Claim
from trimtab.local.accounts import local_accounts
from trimtab.local.anvil import AnvilChain
from trimtab.local.sender import Sender
from trimtab.store.database import Database
from trimtab.store.journal import IntentState, Journal, Purpose, Subject

GWEI = 10**9
ACCOUNT = local_accounts().deployer
NOBODY = "0x000000000000000000000000000000000000dEaD"
SPEND = Intent(Subject("spend"), NOBODY, b"", 1, 21_000)
FINAL_LATER = Network("test", Finality(2))
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def chain():
    with AnvilChain() as chain:
        chain.mine()
        chain.automine = False
        yield chain


@pytest.fixture
def node(chain):
    return Node(chain.provider)


@pytest.fixture
def database(tmp_path):
    with Database(tmp_path / "journal.db") as opened:
        yield opened


def executor_of(node, database, *, network=FINAL_LATER, fees=None, stuck=0.0, account=ACCOUNT):
    """An executor that looks once for a receipt, and then gives the test its turn."""
    fees = fees or FixedFees(2 * GWEI)
    means = Means(node, Journal(database), LocalSigner(account.key), fees, SystemClock(), network)
    return Executor(means, Patience(poll=0.01, wait=0.0, stuck=stuck))


@pytest.fixture
def executor(node, database):
    return executor_of(node, database)


def send(executor, intent=SPEND):
    with pytest.raises(errors.NotMined):
        executor.submit(intent)
    return executor.in_flight()


def states(executor):
    return [str(one.state) for one in executor.reconcile()]


def test_a_transaction_is_followed_until_its_block_is_final(chain, node, executor):
    send(executor)
    chain.mine()

    assert states(executor) == ["mined"]
    chain.mine()
    chain.mine()
    assert states(executor) == ["succeeded"]
    assert node.balance(NOBODY) == 1


def test_a_transaction_that_a_reorganisation_drops_is_decided_on_anew(chain, node, executor):
    send(executor)
    chain.mine()
    assert states(executor) == ["mined"]
    chain._request("anvil_reorg", 1, [])
    chain._request("anvil_dropAllTransactions")

    assert states(executor) == ["sent"]
    assert node.balance(NOBODY) == 0
    assert executor.is_stuck(executor.in_flight())
    with pytest.raises(errors.NotMined):
        executor.replace(executor.in_flight(), SPEND)
    for _ in range(3):
        chain.mine()
    assert states(executor) == ["succeeded"]
    assert node.balance(NOBODY) == 1


def test_a_transaction_that_a_reorganisation_mines_elsewhere_is_found_there(chain, node, executor):
    pending = send(executor)
    chain.mine()
    executor.reconcile()
    signed = "0x" + pending.newest.signed.hex()
    chain._request("anvil_reorg", 1, [[signed, 0]])

    (found,) = executor.reconcile()

    assert found.state is IntentState.MINED
    assert found.outcome.transaction_hash == pending.newest.transaction_hash
    assert node.transaction_count(ACCOUNT.address) == 1


def test_an_evicted_transaction_is_cancelled_and_the_account_goes_on(chain, node, executor):
    pending = send(executor)
    chain._request("anvil_dropTransaction", pending.newest.transaction_hash)

    with pytest.raises(errors.NotMined):
        executor.cancel(pending)
    for _ in range(3):
        chain.mine()

    assert states(executor) == ["cancelled"]
    assert node.balance(NOBODY) == 0
    send(executor)
    chain.mine()
    assert node.balance(NOBODY) == 1


def test_fresh_calldata_takes_the_place_of_what_is_stuck(chain, node, executor):
    pending = send(executor)
    fresh = Intent(SPEND.subject, NOBODY, b"", 5, 21_000)

    with pytest.raises(errors.NotMined):
        executor.replace(pending, fresh)
    chain.mine()

    (found,) = executor.reconcile()
    assert found.outcome.transaction_hash != pending.newest.transaction_hash
    assert found.outcome.effective_gas_price >= 2 * GWEI * 9 // 8
    assert node.balance(NOBODY) == 5
    assert node.transaction_count(ACCOUNT.address) == 1


def test_a_cancellation_does_nothing_and_uses_the_nonce(chain, node, executor):
    pending = send(executor)

    with pytest.raises(errors.NotMined):
        executor.cancel(pending)
    chain.mine()

    (found,) = executor.reconcile()
    assert found.outcome.purpose is Purpose.CANCEL
    assert (node.balance(NOBODY), node.transaction_count(ACCOUNT.address)) == (0, 1)


def test_a_base_fee_above_the_ceiling_is_waited_out(chain, node, database):
    executor = executor_of(node, database, fees=HistoryFees(ceiling=10 * GWEI))
    chain._request("anvil_setNextBlockBaseFeePerGas", hex(50 * GWEI))
    chain.mine()

    with pytest.raises(errors.FeeTooHigh, match="above the ceiling"):
        executor.submit(SPEND)
    assert executor.unfinished() == []
    chain._request("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
    chain.mine()
    send(executor)
    chain.mine()

    assert node.balance(NOBODY) == 1


def test_another_program_that_uses_the_key_supersedes_what_is_in_flight(
    chain, node, database, tmp_path
):
    executor = executor_of(node, database)
    pending = send(executor)
    chain._request("anvil_dropTransaction", pending.newest.transaction_hash)
    with Database(tmp_path / "other.db") as other:
        send(executor_of(node, other), Intent(Subject("other"), NOBODY, b"", 7, 21_000))
    chain.mine()

    assert states(executor) == ["mined"]
    chain.mine()
    chain.mine()
    assert states(executor) == ["superseded"]
    assert node.balance(NOBODY) == 7


def test_a_rollups_data_fee_is_part_of_what_the_sender_must_have(chain, node, database):
    fee = 10**20
    answer = f"0x7f{fee:064x}60005260206000f3"  # returns the fee, whatever is asked
    chain._request("anvil_setCode", OP_STACK.l1_oracle, answer)
    rollup = Network("rollup", Finality(2), l1_oracle=OP_STACK.l1_oracle)
    executor = executor_of(node, database, network=rollup)
    needed = fee + 1 + 21_000 * 2 * GWEI

    chain._request("anvil_setBalance", ACCOUNT.address, hex(needed - 1))
    shown = amount_text(needed, 18)
    with pytest.raises(errors.LowBalance, match=f"but {shown} may be needed"):
        executor.submit(SPEND)
    chain._request("anvil_setBalance", ACCOUNT.address, hex(needed))
    send(executor)


def test_a_journal_outlives_the_chain_it_was_made_on_and_is_refused(node, database):
    send(executor_of(node, database))

    with AnvilChain(genesis_timestamp=1_800_000_000) as other:
        fresh = executor_of(Node(other.provider), database)
        with pytest.raises(errors.StoreError, match="name another database"):
            fresh.submit(SPEND)
        assert Node(other.provider).transaction_count(ACCOUNT.address) == 0


# A leader that is killed


def lead_and_send(url, place, pipe):
    """A leader that has sent something, and then waits for its end."""
    with Database(place) as database:
        executor = executor_of(Node(url), database)
        executor.lead(Claim("leader", 2.0))
        send(executor)
        pipe.send(executor.in_flight().newest.transaction_hash)
        pipe.recv()


def test_who_takes_over_from_a_killed_leader_goes_on_with_what_it_sent(chain, node, place):
    ours, theirs = SPAWN.Pipe()
    leader = SPAWN.Process(target=lead_and_send, args=(chain.url, place, theirs))
    leader.start()
    assert ours.poll(60)
    sent = ours.recv()
    leader.kill()
    leader.join()
    with Database(place) as database:
        standby = executor_of(node, database)
        with pytest.raises(errors.LeaseLost, match="held by leader"):
            standby.submit(Intent(Subject("second"), NOBODY, b"", 5, 21_000))
        chain.mine()
        while not standby.lead(Claim("standby", 60)):
            time.sleep(0.1)

        (followed,) = standby.unfinished()
        assert followed.state is IntentState.MINED
        assert followed.newest.transaction_hash == sent
        send(standby, Intent(Subject("second"), NOBODY, b"", 5, 21_000))
        chain.mine()
    assert (node.balance(NOBODY), node.transaction_count(ACCOUNT.address)) == (6, 2)


# Two keepers that share nothing but the vault


def vault_nonce(world):
    record, caller = world.record, local_accounts().keeper.address
    lens, head = record.contract("VaultLens"), world.node.head()
    return read_snapshot(world.node, lens, vault=record.vault, caller=caller, block=head).nonce


@pytest.fixture
def world():
    with AnvilChain() as chain:
        world = build(chain)
        move(world, 1)
        yield world


def rebalances_of_two(world, tmp_path, accounts):
    """How often the vault was rebalanced by two keepers who planned at the same block."""
    before, head = vault_nonce(world), world.node.head()
    world.chain.automine = False
    found = []
    with Database(tmp_path / "one.db") as one, Database(tmp_path / "two.db") as two:
        desks = [Desk(world, one), Desk(world, two)]
        for desk, account in zip(desks, accounts, strict=True):
            with pytest.raises((errors.NotMined, errors.NodeRefused)):
                desk.keeper(account).step(head)
        world.chain.mine()
        for desk, account in zip(desks, accounts, strict=True):
            found += [one.state for one in desk.executor(account).reconcile()]
    return vault_nonce(world) - before, found


def test_two_keepers_without_a_common_database_rebalance_once(world, tmp_path):
    second = local_accounts().operator
    Sender(world.chain, local_accounts().owner).send(
        world.record.contract("Mandate"), "addKeeper(address)", second.address
    )

    rebalanced, ends = rebalances_of_two(world, tmp_path, [local_accounts().keeper, second])

    assert rebalanced == 1
    assert sorted(ends) == [IntentState.REVERTED, IntentState.SUCCEEDED]


def test_two_keepers_with_one_key_and_no_common_database_rebalance_once(world, tmp_path):
    key = local_accounts().keeper

    rebalanced, ends = rebalances_of_two(world, tmp_path, [key, key])

    assert rebalanced == 1
    assert sorted(ends) in (
        [IntentState.SUCCEEDED, IntentState.SUPERSEDED],
        [IntentState.SUCCEEDED, IntentState.SUCCEEDED],  # both signed the very same bytes
    )
