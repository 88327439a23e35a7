"""On a real EVM, each transaction takes effect once, and each failure names itself."""

import multiprocessing
import time
from contextlib import suppress

import pytest
import sqlalchemy as sql
from trimtab import errors
from trimtab.chain import artifacts
from trimtab.chain.contracts import interface
from trimtab.chain.node import Call, Node
from trimtab.executor.clock import SystemClock
from trimtab.executor.drafts import Offer
from trimtab.executor.executor import Executor, Means, Patience
from trimtab.executor.fees import FixedFees, HistoryFees
from trimtab.executor.intents import Intent
from trimtab.executor.signer import LocalSigner
from trimtab.local.accounts import local_accounts
from trimtab.local.anvil import AnvilChain
from trimtab.local.ethtester import EthTesterChain
from trimtab.store.database import Database
from trimtab.store.journal import IntentState, Journal, Subject
from trimtab.store.schema import intents

GWEI = 10**9
TOKEN = interface("MockToken")
ACCOUNT = local_accounts().deployer
NOBODY = "0x000000000000000000000000000000000000dEaD"


@pytest.fixture(params=[EthTesterChain, AnvilChain], ids=["eth-tester", "anvil"])
def chain(request):
    with request.param() as chain:
        yield chain


@pytest.fixture
def node(chain):
    return Node(chain.provider)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path):
    with Database(path) as database:
        yield Journal(database)


def executor_of(node, journal, account, fees=None):
    means = Means(
        node, journal, LocalSigner(account.key), fees or FixedFees(2 * GWEI), SystemClock()
    )
    return Executor(means, Patience(poll=0.05, wait=60.0))


@pytest.fixture
def executor(node, journal):
    return executor_of(node, journal, local_accounts().deployer)


def creation():
    code = artifacts.load("MockToken").linked({})
    return code + TOKEN.constructor_arguments("Mock", "MOCK", 6)


@pytest.fixture
def token(executor):
    return executor.submit(Intent(Subject("create token"), None, creation())).contract


def mint(token, receiver, amount):
    return Intent(Subject("mint"), token, TOKEN.encode("mint", receiver, amount))


def balance(node, token, holder):
    data = node.call(Call(token, TOKEN.encode("balanceOf", holder)))
    return int.from_bytes(data)


def test_a_contract_is_created_and_called(node, executor, token):
    outcome = executor.submit(mint(token, NOBODY, 5 * 10**6))

    assert outcome.succeeded
    assert balance(node, token, NOBODY) == 5 * 10**6
    (transfer,) = TOKEN.events_in(outcome.logs, "Transfer", of=token)
    assert (transfer["to"], transfer["value"]) == (NOBODY, 5 * 10**6)


def test_a_fixed_price_is_what_is_paid(executor, token):
    outcome = executor.submit(mint(token, NOBODY, 1))

    assert outcome.effective_gas_price == 2 * GWEI


def test_fees_taken_from_the_chain_are_enough(journal):
    with AnvilChain() as chain:
        fees = HistoryFees(ceiling=100 * GWEI)
        executor = executor_of(Node(chain.provider), journal, local_accounts().owner, fees)

        outcome = executor.submit(Intent(Subject("create token"), None, creation()))

    assert outcome.succeeded
    assert outcome.effective_gas_price <= 100 * GWEI


def test_a_custom_error_is_named_before_anything_is_sent(node, executor, token):
    wanted = Intent(Subject("send"), token, TOKEN.encode("transfer", NOBODY, 7))

    with pytest.raises(errors.RejectedByVault) as caught:
        executor.submit(wanted)

    assert caught.value.name == "ERC20InsufficientBalance"
    assert caught.value.args_by_name["needed"] == 7
    assert node.transaction_count(executor.address) == 1


def test_a_creation_that_reverts_is_refused_in_words(executor):
    arguments = interface("Vault").constructor_arguments("V", "V", NOBODY, NOBODY)
    code = artifacts.load("Vault").linked(dict.fromkeys(artifacts.load("Vault").links, NOBODY))

    with pytest.raises(errors.RejectedByVault):
        executor.submit(Intent(Subject("create vault"), None, code + arguments))

    assert executor.unfinished() == []


def test_a_transaction_that_runs_out_of_gas_is_not_sent(node, executor, token):
    starved = Intent(Subject("mint"), token, TOKEN.encode("mint", NOBODY, 1), gas=30_000)

    with pytest.raises(errors.TrimtabError):
        executor.submit(starved)

    assert node.transaction_count(executor.address) == 1


def test_a_sender_without_money_is_told_so(node, journal):
    poor = executor_of(node, journal, local_accounts().holder)
    rest = node.balance(poor.address) - 10**13
    poor.submit(Intent(Subject("spend"), NOBODY, b"", rest - 21_000 * 2 * GWEI, 21_000))

    with pytest.raises(errors.LowBalance, match=poor.address):
        poor.submit(Intent(Subject("create token"), None, creation()))

    assert poor.unfinished() == []
    assert node.transaction_count(poor.address) == 1


def test_a_node_of_another_chain_is_refused(node):
    with pytest.raises(errors.WrongChain, match="names chain 1"):
        node.require_chain(1)


def test_an_address_without_code_is_refused(node):
    with pytest.raises(errors.NoContract, match=f"the vault at {NOBODY}"):
        node.require_code(NOBODY, "the vault", at=node.head())


def test_a_transaction_written_down_and_never_sent_is_sent_after_a_restart(node, path):
    account = local_accounts().deployer
    with Database(path) as database:
        before = executor_of(node, Journal(database), account)
        intent = Intent(Subject("create token"), None, creation(), gas=2_000_000)
        before._write_down(Offer(intent, 2_000_000, FixedFees(2 * GWEI).fees(node)))
    with Database(path) as database:
        after = executor_of(node, Journal(database), account)

        (settled,) = after.reconcile()

        assert settled.state is IntentState.SUCCEEDED
        assert after.unfinished() == []
    assert node.code(settled.outcome.contract) != b""
    assert node.transaction_count(account.address) == 1


def test_a_transaction_mined_before_its_receipt_was_seen_is_found_after_a_restart(node, path):
    account = local_accounts().deployer
    with Database(path) as database:
        before = executor_of(node, Journal(database), account)
        intent = Intent(Subject("create token"), None, creation(), gas=2_000_000)
        written = before._write_down(Offer(intent, 2_000_000, FixedFees(2 * GWEI).fees(node)))
        node.send_raw(written.attempts[0].signed)
    with Database(path) as database:
        after = executor_of(node, Journal(database), account)

        (settled,) = after.reconcile()

        assert settled.outcome.succeeded
    assert node.transaction_count(account.address) == 1


def test_a_nonce_used_by_another_program_supersedes_the_journal(node, path, tmp_path):
    account = local_accounts().deployer
    with Database(path) as database, Database(tmp_path / "other.db") as other:
        ours = executor_of(node, Journal(database), account)
        intent = Intent(Subject("create token"), None, creation(), gas=2_000_000)
        ours._write_down(Offer(intent, 2_000_000, FixedFees(2 * GWEI).fees(node)))
        executor_of(node, Journal(other), account).submit(
            Intent(Subject("spend"), NOBODY, b"", 1, 21_000)
        )

        (settled,) = ours.reconcile()

        assert settled.state is IntentState.SUPERSEDED
    assert node.transaction_count(account.address) == 1


def send_many(address, path, count, results):
    """One of two processes that share an account, a node and a journal, and take turns."""
    node = Node(address)
    succeeded = []
    with Database(path) as database:
        executor = executor_of(node, Journal(database), local_accounts().deployer)
        while len(succeeded) < count:
            with suppress(errors.IntentPending, errors.NodeBehind):
                outcome = executor.submit(Intent(Subject("spend"), NOBODY, b"", 1, 21_000))
                succeeded.append(outcome.succeeded)
            time.sleep(0.02)
    results.put(succeeded)


def test_a_process_killed_while_it_sends_has_sent_only_what_its_journal_holds(path):
    context = multiprocessing.get_context("spawn")
    Database(path).close()
    with AnvilChain() as chain:
        victim = context.Process(target=send_many, args=(chain.url, path, 1000, context.Queue()))
        victim.start()
        while Node(chain.provider).balance(NOBODY) < 5 and victim.is_alive():
            chain.mine()
            time.sleep(0.02)
        victim.kill()
        victim.join()
        with Database(path) as database:
            executor = executor_of(Node(chain.provider), Journal(database), ACCOUNT)
            executor.reconcile()
            chain.mine()
            executor.reconcile()
            with database.read() as connection:
                written = connection.scalar(sql.select(sql.func.count()).select_from(intents))

            assert executor.unfinished() == []
        assert Node(chain.provider).balance(NOBODY) == written
        assert Node(chain.provider).transaction_count(ACCOUNT.address) == written


def test_two_processes_share_an_account_and_a_journal_without_losing_a_transaction(place):
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    Database(place).close()
    with AnvilChain() as chain:
        arguments = (chain.url, place, 10, results)
        racers = [context.Process(target=send_many, args=arguments) for _ in range(2)]
        for racer in racers:
            racer.start()
        while any(racer.is_alive() for racer in racers):
            chain.mine()
            time.sleep(0.1)
        node = Node(chain.provider)

        assert [results.get(timeout=5) for _ in racers] == [[True] * 10] * 2
        assert node.balance(NOBODY) == 20
        assert node.transaction_count(local_accounts().deployer.address) == 20
