"""What a network's twin contradicts is refused with its reason, before anything is sent."""

import json
import re

import pytest
from integration.twin import L1_FEE_PER_BYTE, PRICES, creation, open_twin, place
from integration.twin_bench import bench_at
from trimtab.chain.contracts import encode_arguments, interface
from trimtab.deploy.preview import Payer
from trimtab.deploy.spec import NO_ADDRESS
from trimtab.deploy.steps import Step
from trimtab.domain.units import DAY
from trimtab.local.accounts import local_accounts
from trimtab.local.packages import creation_code, node_modules
from trimtab.local.sender import Sender
from trimtab.local.uniswap import ARTIFACTS

NAME = "base"
ELSEWHERE = "0x00000000000000000000000000000000DeaDBeef"
SYMBOL_SELECTOR = bytes.fromhex("95d89b41")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with open_twin(NAME) as twin:
        yield bench_at(twin, tmp_path_factory.mktemp("refusals"))


@pytest.fixture
def bench(shared):
    with shared.twin.undone():
        yield shared


def feed(**change):
    """The feed of WETH behind its proxy replaced by one with another description or decimals."""

    def spoil(twin):
        address = twin.network.tokens["WETH"].feed.address
        facts = {"decimals": 8, "description": "ETH / USD"} | change
        other = twin.operator.create("MockAggregator", *facts.values())
        answer = int(PRICES["WETH"] * 10 ** facts["decimals"])
        twin.operator.send(other, "setAnswer(int256,uint256)", answer, twin.chain.timestamp())
        place(twin.operator, creation("MockFeedProxy", other), address)

    return spoil


def token(name, symbol, decimals):
    def spoil(twin):
        address = twin.network.tokens[name].address
        place(twin.operator, creation("MockToken", name, symbol, decimals), address)

    return spoil


def token_without_decimals(twin):
    """Code that answers symbol() with WETH, and reverts otherwise."""
    answer = b"\x60\x20\x5f\x52\x60\x04\x60\x20\x52\x7f" + b"WETH".ljust(32, b"\0")
    answer += b"\x60\x40\x52\x60\x60\x5f\xf3"
    head = b"\x5f\x35\x60\xe0\x1c\x63" + SYMBOL_SELECTOR + b"\x14\x60\x11\x57\x5f\x5f\xfd\x5b"
    address = twin.network.tokens["WETH"].address
    twin.request("anvil_setCode", address, "0x" + (head + answer).hex())


def uniswap(*names):
    """Uniswap's own code, made for another factory."""

    def spoil(twin):
        preset = twin.network.uniswap
        arguments = {
            "router": (NO_ADDRESS, ELSEWHERE, preset.positions, NO_ADDRESS),
            "quoter": (ELSEWHERE, NO_ADDRESS),
        }
        for name in names:
            types = ("address",) * len(arguments[name])
            code = creation_code(node_modules(), ARTIFACTS[name])
            code += encode_arguments(name, types, arguments[name])
            place(twin.operator, code, getattr(preset, name))

    return spoil


def without(address_of):
    return lambda twin: twin.empty(address_of(twin.network))


def stop_sequencer(twin):
    down = twin.operator.create("MockAggregator", 0, "L2 Sequencer Uptime Status Feed")
    now = twin.chain.timestamp()
    twin.operator.send(down, "setRound(int256,uint256,uint256)", 1, now, now)
    place(twin.operator, creation("MockFeedProxy", down), twin.network.sequencer_feed)


def grow_stale(twin):
    twin.chain.set_next_timestamp(twin.chain.timestamp() + 2 * DAY)
    twin.chain.mine()


def grow_poor(twin):
    twin.request("anvil_setBalance", local_accounts().deployer.address, hex(10**12))


def give_tokens_away(twin):
    owner = local_accounts().deployer
    balance = twin.tokens["LINK"].balance(twin.operator, owner.address)
    sender = type(twin.operator)(twin.chain, owner)
    sender.send(twin.tokens["LINK"].address, "transfer(address,uint256)", ELSEWHERE, balance)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (feed(description="USDC / USD"), 'calls itself "USDC / USD", expected "ETH / USD"'),
        (feed(decimals=18), "has 18 decimals, expected 8"),
        (token("WETH", "WETH", 8), "has 8 decimals, expected 18"),
        (token("WETH", "WEETH", 18), 'calls itself "WEETH", expected "WETH"'),
        (token_without_decimals, "does not say its decimals"),
        (grow_stale, " old, expected at most the heartbeat, 25 min"),
        (without(lambda n: n.uniswap.router), "uniswap.router: 0x2626664c2603336E57B271c5C0b26F42"),
        (without(lambda n: n.uniswap.quoter), "has no code, expected Uniswap V3's QuoterV2"),
        (without(lambda n: n.tokens["LINK"].address), "LINK: the token 0x88Fb150BDc53A65fe94Dea0c"),
        (without(lambda n: n.tokens["LINK"].feed.address), "has no code on this chain"),
        (without(lambda n: n.sequencer_feed), "sequencer_feed: 0xBCF85224fc0756B9Fa45aA7892530B47"),
        (stop_sequencer, "expected 0 (up) since a while"),
        (uniswap("router"), f"the router belongs to factory {ELSEWHERE}, the quoter to 0x33128a8"),
        (uniswap("router", "quoter"), f"belongs to {ELSEWHERE}; expected one and the same"),
        (grow_poor, "gas: the deployer 0x"),
        (give_tokens_away, "for the first deposit"),
    ],
)
def test_a_contradiction_is_refused_with_nothing_sent(bench, spoil, sentence):
    spoil(bench.twin)
    before = bench.sent

    result = bench.run("deploy", "--network", NAME, "--live")

    assert result.exit_code == 2, result.output
    assert sentence in result.stderr
    assert bench.sent == before
    assert not list(bench.folder.glob("deployments/**/*.json"))


def test_another_chain_than_the_networks_is_refused(bench):
    result = bench.run("deploy", "--network", "sepolia")

    assert result.exit_code == 2
    assert "node.chain_id is 8453, but --network sepolia is chain 11155111" in result.stderr


def test_a_node_of_another_chain_is_refused(bench):
    environment = {"TRIMTAB__NODE__CHAIN_ID": "84532"}

    result = bench.run("deploy", "--network", "base-sepolia", **environment)

    assert result.exit_code == 2
    assert "serves chain 8453, the configuration names chain 84532" in result.stderr


def test_without_a_network_the_file_must_say_everything_itself(bench):
    result = bench.run("deploy")

    assert result.exit_code == 2
    assert "deploy.assets[0].token: is missing for USDC, and no --network is named" in result.stderr
    assert "deploy.uniswap: is missing" in result.stderr


def test_an_asset_that_the_network_does_not_know_is_named(bench):
    routes = {f"TRIMTAB__DEPLOY__ROUTES__{index}__SELL": "UNI" for index in (1, 2)}
    environment = {"TRIMTAB__DEPLOY__ASSETS__2__SYMBOL": "UNI"} | routes

    result = bench.run("deploy", "--network", NAME, **environment)

    assert result.exit_code == 2
    assert "deploy.assets[2].feed: is missing for UNI, and network base does not" in result.stderr
    assert "deploy.assets[2].token" not in result.stderr


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    with open_twin("op-sepolia") as twin:
        bench = bench_at(twin, tmp_path_factory.mktemp("deployed"))
        bench.deploy()
        yield bench


def test_code_that_is_not_the_recorded_one_is_seen_by_deploy_and_by_doctor(deployed):
    with deployed.twin.undone():
        deployed.twin.request("anvil_setCode", deployed.record.contract("VaultLens"), "0x00")
        again = deployed.run("deploy", "--network", "op-sepolia", "--live")
        examined = deployed.run("doctor", "--json")

    assert again.exit_code == 2
    assert "says that VaultLens lives at" in again.stderr
    assert examined.exit_code == 1
    failed = [c for c in json.loads(examined.stdout)["checks"] if c["status"] == "fail"]
    assert [check["name"] for check in failed] == ["code of VaultLens"]


@pytest.mark.parametrize(
    "words", [("hold", "mint", "1"), ("hold", "redeem", "1"), ("vault", "pause"), ("inspect",)]
)
def test_a_record_whose_vault_is_another_contract_is_refused(deployed, words):
    token, vault = deployed.twin.tokens["USDC"].address, deployed.record.vault
    with deployed.twin.undone() as twin:
        twin.request("anvil_setCode", vault, twin.request("eth_getCode", token, "latest"))
        refused = deployed.run(*words, who="holder")
        twin.empty(vault)
        gone = deployed.run(*words, who="holder")

    assert f"{vault} is no vault that this version of trimtab knows" in refused.stderr
    assert f"the vault at {vault} has no code at block" in gone.stderr
    assert (refused.exit_code, gone.exit_code) == (2, 2)


def test_a_record_that_names_other_roles_than_the_chain_is_seen(deployed):
    text = deployed.record_file.read_text()
    keeper, holder = local_accounts().keeper.address, local_accounts().holder.address
    deployed.record_file.write_text(text.replace(keeper, holder))
    try:
        examined = deployed.run("doctor")
    finally:
        deployed.record_file.write_text(text)

    assert examined.exit_code == 1
    assert f"fail keeper {holder}: does not hold the role" in examined.stdout


def test_doctor_fails_a_timelock_whose_delay_was_shortened(deployed):
    lock = deployed.record.contract("TimelockController")
    shorten = "0x" + interface("TimelockController").encode("updateDelay", 1).hex()
    with deployed.twin.undone() as twin:
        twin.request("anvil_impersonateAccount", lock)
        twin.request("anvil_setBalance", lock, hex(10**18))
        twin.request("eth_sendTransaction", {"from": lock, "to": lock, "data": shorten})
        twin.chain.mine()
        examined = deployed.run("doctor")

    assert examined.exit_code == 1
    assert "fail timelock: delay 1 s, recorded 2 d" in examined.stdout


def test_doctor_names_each_dead_feed_for_a_monitor(deployed):
    with deployed.twin.undone() as twin:
        grow_stale(twin)
        examined = deployed.run("doctor", "--json")

    found = json.loads(examined.stdout)
    failed = {check["name"] for check in found["checks"] if check["status"] == "fail"}
    assert (examined.exit_code, found["passed"]) == (1, False)
    assert failed == {"price of USDC", "price of WETH", "price of LINK"}


def test_doctor_sees_that_a_pool_is_too_thin_for_a_typical_leg(deployed):
    """The vault grows ten thousandfold beside pools that stay as they are."""
    with deployed.undone():
        twin = deployed.twin
        for token in twin.tokens.values():
            sender = twin.operator
            token.mint(sender, local_accounts().holder.address, 10 ** (token.decimals + 9))
        deployed.done("hold", "mint", "90_000_000", "--live", who="holder")
        examined = deployed.done("doctor")

    assert "warn route 0, WETH to USDC: " in examined.stdout
    assert "for a leg of 3.00 % of the vault, limit 100" in examined.stdout


def test_doctor_lists_what_the_timelock_is_about_to_do(deployed):
    lock = deployed.record.contract("TimelockController")
    mandate = deployed.record.contract("Mandate")
    proposer = Sender(deployed.twin.chain, local_accounts().owner)
    schedule = "schedule(address,uint256,bytes,bytes32,bytes32,uint256)"
    pause = interface("Mandate").encode("pause")
    with deployed.undone():
        before = deployed.done("doctor")
        proposer.send(lock, schedule, mandate, 0, pause, bytes(32), bytes(32), 3 * DAY)
        waiting = deployed.done("doctor")
        deployed.twin.chain.set_next_timestamp(deployed.twin.chain.timestamp() + 3 * DAY + 60)
        deployed.twin.chain.mine()
        ready = deployed.run("doctor")

    assert "ok   pending operations: none" in before.stdout
    assert re.search(r"warn pending operation 0x[0-9a-f]{8}: executable on 2026-", waiting.stdout)
    assert re.search(r"warn pending operation 0x[0-9a-f]{8}: ready since 2026-", ready.stdout)


def test_doctor_does_not_judge_pools_by_a_vault_that_holds_next_to_nothing(deployed):
    with deployed.undone():
        deployed.done("hold", "redeem", "all", "--live", who="holder")
        examined = deployed.done("doctor")

    assert "ok   routes: not quoted: the vault holds next to nothing" in examined.stdout


def test_a_rollups_fee_for_data_is_part_of_the_cost(bench):
    wanted = Step("data", None, bytes(100), "Data", (), 1)
    deployer = local_accounts().deployer.address

    on_base = Payer.now(bench.twin.node, deployer, NAME).planned(wanted)
    elsewhere = Payer.now(bench.twin.node, deployer, "sepolia").planned(wanted)

    assert on_base.l1_fee > L1_FEE_PER_BYTE * 100
    assert on_base.cost(7) == on_base.gas * 7 + on_base.l1_fee
    assert elsewhere.l1_fee == 0
