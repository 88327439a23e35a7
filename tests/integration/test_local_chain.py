"""Both local chains keep the same time, mine at once, go back when asked, and agree to the wei."""

import os
import subprocess
import sys
import tempfile
from fractions import Fraction

import pytest
from eth_abi import encode
from eth_utils.abi import function_signature_to_4byte_selector
from trimtab.chain.contracts import encode_call
from trimtab.chain.node import Call, Node
from trimtab.errors import CallReverted, LocalChainError
from trimtab.local.accounts import local_accounts
from trimtab.local.anvil import AnvilChain
from trimtab.local.chain import BLOCK_SECONDS, CHAIN_ID, GENESIS_TIMESTAMP
from trimtab.local.ethtester import EthTesterChain
from trimtab.local.feeds import deploy_feed
from trimtab.local.market import deploy_market
from trimtab.local.sender import Sender
from trimtab.local.tokens import deploy_token
from trimtab.local.uniswap import ARTIFACTS, PoolSpec, create_pool, deploy_uniswap

DAY = 86_400
ROUTER_SWAP = (
    "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))",
    ("address", "address", "uint24", "address", "uint256", "uint256", "uint160"),
)
PRICES = [
    {"USDC": Fraction(1), "BTC": Fraction(btc), "ETH": Fraction(eth)}
    for btc, eth in [(30_000, 2_000), (31_000, 1_900), (29_500, 1_905), (29_510, 2_400)]
]


@pytest.fixture(params=[EthTesterChain, AnvilChain], ids=["eth-tester", "anvil"])
def chain(request):
    with request.param() as chain:
        yield chain


@pytest.fixture
def sender(chain):
    return Sender(chain, local_accounts().operator)


@pytest.fixture
def node(chain):
    return Node(chain.provider)


def test_a_chain_starts_at_the_time_it_is_given(chain, node):
    assert chain.timestamp() == node.head().timestamp == GENESIS_TIMESTAMP


def test_every_chain_has_the_same_id(node):
    assert node.chain_id() == CHAIN_ID


def test_every_account_has_funds_from_the_start(node):
    balances = {node.balance(account.address) for account in local_accounts().all()}

    assert len(balances) == 1
    assert balances.pop() >= 10**24


def test_a_transaction_is_mined_in_a_block_of_its_own(sender, node):
    receipts = [sender.fund(local_accounts().keeper.address, 5) for _ in range(2)]

    assert [receipt.block_number for receipt in receipts] == [1, 2]
    assert node.head().timestamp == GENESIS_TIMESTAMP + 2 * BLOCK_SECONDS


def test_the_next_block_has_the_timestamp_that_was_set_and_later_ones_follow_it(chain, sender):
    chain.set_next_timestamp(GENESIS_TIMESTAMP + DAY)

    sender.fund(local_accounts().keeper.address, 5)
    first = chain.timestamp()
    sender.fund(local_accounts().keeper.address, 5)

    assert first == GENESIS_TIMESTAMP + DAY
    assert chain.timestamp() == first + BLOCK_SECONDS


def test_an_empty_block_takes_the_time_that_was_set(chain, node):
    chain.set_next_timestamp(GENESIS_TIMESTAMP + 777)

    chain.mine()

    assert (node.head().number, node.head().timestamp) == (1, GENESIS_TIMESTAMP + 777)


def test_time_does_not_go_back(chain):
    with pytest.raises(LocalChainError, match=f"give {GENESIS_TIMESTAMP + 1} or more"):
        chain.set_next_timestamp(GENESIS_TIMESTAMP)


def test_a_revert_returns_to_the_state_and_the_time_of_the_snapshot(chain, sender, node):
    sender.fund(local_accounts().keeper.address, 5)
    before = node.head(), node.balance(local_accounts().keeper.address)
    snapshot = chain.snapshot()
    chain.set_next_timestamp(GENESIS_TIMESTAMP + DAY)
    sender.fund(local_accounts().keeper.address, 5)

    chain.revert(snapshot)

    assert (node.head(), node.balance(local_accounts().keeper.address)) == before


def test_a_chain_goes_on_after_a_revert(chain, sender, node):
    snapshot = chain.snapshot()
    sender.fund(local_accounts().keeper.address, 5)
    chain.set_next_timestamp(GENESIS_TIMESTAMP + DAY)
    chain.revert(snapshot)

    sender.fund(local_accounts().keeper.address, 7)

    assert node.head().number == 1
    assert chain.timestamp() == GENESIS_TIMESTAMP + BLOCK_SECONDS


REVERTS_AFTER = "63{:08x}4211600b57005b5f5ffd"
"""Code of a contract that reverts once the block's timestamp is above a number."""


def test_calls_and_estimates_see_the_time_of_the_chain_not_of_this_machine(sender, node):
    code = bytes.fromhex(REVERTS_AFTER.format(GENESIS_TIMESTAMP + DAY))
    creation = bytes([0x5F + len(code)]) + code + bytes.fromhex("5f52600f6011f3")
    contract = sender.deploy(creation)

    assert node.call(Call(contract, b"")) == b""
    assert node.estimate_gas(Call(contract, b"")) > 21_000


def test_an_estimate_is_enough_for_the_transaction(sender, node):
    token = deploy_token(sender, "BTC")
    data = encode_call("mint(address,uint256)", local_accounts().holder.address, 5)

    estimate = node.estimate_gas(Call(token.address, data, sender.address))

    used = sender.transact(token.address, data).gas_used
    assert used <= estimate <= 2 * used


def test_an_estimate_of_what_reverts_says_why(sender, node):
    token = deploy_token(sender, "BTC")
    data = encode_call("transfer(address,uint256)", local_accounts().holder.address, 5)

    with pytest.raises(CallReverted, match="ERC20InsufficientBalance"):
        node.estimate_gas(Call(token.address, data, sender.address))


def test_a_transaction_that_reverts_says_with_what(sender):
    token = deploy_token(sender, "BTC")
    receiver = local_accounts().holder.address

    with pytest.raises(LocalChainError, match="ERC20InsufficientBalance"):
        sender.send(token.address, "transfer(address,uint256)", receiver, 1)


def test_tokens_have_the_decimals_of_their_models(sender):
    tokens = [deploy_token(sender, symbol) for symbol in ("USDC", "BTC", "ETH")]

    decimals = [sender.read_number(token.address, "decimals()") for token in tokens]

    assert decimals == [token.decimals for token in tokens] == [6, 8, 18]


def scripted_scenario(chain):
    """Everything that can differ between chains, after pools, feeds, swaps and an hour's wait."""
    sender = Sender(chain, local_accounts().operator)
    uniswap = deploy_uniswap(sender)
    tokens = {symbol: deploy_token(sender, symbol) for symbol in ("USDC", "BTC", "ETH")}
    feeds = tuple(deploy_feed(sender, symbol) for symbol in tokens)
    pools = tuple(
        create_pool(sender, uniswap, PoolSpec(pair, fee, Fraction(1_000_000)), tokens, PRICES[0])
        for pair, fee in [(("USDC", "BTC"), 500), (("USDC", "ETH"), 3000), (("BTC", "ETH"), 500)]
    )
    market = deploy_market(sender, feeds, pools)
    start = chain.timestamp() + DAY
    gas = []
    for day, prices in enumerate(PRICES):
        chain.set_next_timestamp(start + day * DAY)
        gas.append(market.step(prices).gas_used)
    swapper = Sender(chain, local_accounts().holder)
    usdc = tokens["USDC"]
    usdc.mint(sender, swapper.address, 10**10)
    swapper.send(usdc.address, "approve(address,uint256)", uniswap.router, 10**10)
    fields = (usdc.address, tokens["ETH"].address, 3000, swapper.address, 10**10, 0, 0)
    gas.append(swapper.transact(uniswap.router, exact_input_single(fields)).gas_used)
    holders = [swapper.address, market.address, *(pool.address for pool in pools)]
    node = Node(chain.provider)
    return {
        "addresses": [uniswap, *tokens.values(), *feeds, *pools],
        "balances": [[t.balance(sender, who) for t in tokens.values()] for who in holders],
        "roots": [sender.read_number(pool.address, "slot0()") for pool in pools],
        "gas": gas,
        "time": [node.block(n).timestamp for n in range(node.head().number + 1)],
    }


def exact_input_single(fields):
    signature, types = ROUTER_SWAP
    return function_signature_to_4byte_selector(signature) + encode(types, fields)


def test_both_chains_agree_to_the_wei():
    with EthTesterChain() as first, AnvilChain() as second:
        one, other = scripted_scenario(first), scripted_scenario(second)

    assert one == other
    assert one["balances"][0][2] > 0


def test_both_chains_agree_after_a_revert():
    seen = []
    for kind in (EthTesterChain, AnvilChain):
        with kind() as chain:
            snapshot = chain.snapshot()
            Sender(chain, local_accounts().operator).fund(local_accounts().keeper.address, 1)
            chain.revert(snapshot)
            seen.append(scripted_scenario(chain))

    assert seen[0] == seen[1]


def test_a_missing_anvil_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("TRIMTAB_ANVIL", str(tmp_path / "anvil"))

    with pytest.raises(LocalChainError, match=r"anvil is not at .*; run `npm ci`|run `npm ci`"):
        AnvilChain()


def test_a_program_that_is_not_anvil_is_named(tmp_path):
    program = tmp_path / "anvil"
    program.write_text("#!/bin/sh\necho wrong door\n")
    program.chmod(0o755)

    with pytest.raises(LocalChainError, match="it printed: wrong door"):
        AnvilChain(binary=program)


def test_anvil_goes_on_when_nobody_reads_what_it_prints():
    pipe_bytes, least_bytes_a_request = 65_536, 20

    with AnvilChain() as chain:
        for _ in range(pipe_bytes // least_bytes_a_request + 100):
            chain.timestamp()

        assert chain.timestamp() == GENESIS_TIMESTAMP


def test_closing_twice_does_nothing():
    chain = AnvilChain()

    chain.close()
    chain.close()

    assert chain._process.poll() is not None


def test_old_states_leave_the_disk_with_their_chain(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    with AnvilChain() as chain:
        chain._request("anvil_mine", hex(700))
        (folder,) = tmp_path.iterdir()
        stored = [path for path in folder.rglob("*") if path.is_file()]

    assert stored
    assert list(tmp_path.iterdir()) == []


FORGETFUL = """
from trimtab.local.anvil import AnvilChain
chain = AnvilChain()
print(chain._process.pid, flush=True)
raise SystemExit(3)
"""


def test_anvil_ends_with_the_program_that_forgot_to_close_it():
    command = [sys.executable, "-c", FORGETFUL]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 3
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


def test_missing_packages_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("TRIMTAB_NODE_MODULES", str(tmp_path))

    with EthTesterChain() as chain, pytest.raises(LocalChainError, match="TRIMTAB_NODE_MODULES"):
        deploy_uniswap(Sender(chain, local_accounts().operator))


def test_an_artifact_without_bytecode_is_named(tmp_path):
    (tmp_path / "@uniswap").mkdir()
    factory = tmp_path / ARTIFACTS["factory"]
    factory.parent.mkdir(parents=True)
    factory.write_text("{}")

    with EthTesterChain() as chain, pytest.raises(LocalChainError, match="`bytecode` field"):
        deploy_uniswap(Sender(chain, local_accounts().operator), tmp_path)
