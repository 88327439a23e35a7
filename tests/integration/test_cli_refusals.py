"""Whatever is wrong, a verb says so once, sends nothing, and exits with a telling code."""

import pytest
from eth_account import Account
from integration.cli_desk import PASSWORD, open_desk
from trimtab.cli.keystore import write_keystore
from trimtab.domain.units import DAY
from trimtab.local.accounts import local_accounts

VERBS = [
    ("inspect",),
    ("doctor",),
    ("deploy",),
    ("keeper", "once"),
    ("keeper", "run"),
    ("hold", "mint", "1"),
    ("hold", "redeem", "1"),
    ("hold", "claim", "ETH"),
]
"""Every verb that asks a node."""


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        desk.deploy()
        yield desk


@pytest.fixture
def vault(deployed):
    """The deployed vault; the chain is put back afterwards."""
    with deployed.undone():
        yield deployed


def test_a_dry_deployment_says_what_the_deployer_lacks(vault):
    poor = Account.create()
    write_keystore(vault.folder / f"{poor.address}.json", poor, PASSWORD, work=2)

    result = vault.run("deploy", who=poor.address, TRIMTAB__DEPLOY__SYMBOL="POOR")

    assert result.exit_code == 0, result.output
    assert f"warning: ETH: the deployer {poor.address} holds 0 of its smallest" in result.stderr
    assert f"warning: the deployer {poor.address} holds 0 native coins" in result.stderr


def test_live_without_the_role_is_refused_with_a_way_out(vault):
    result = vault.run("keeper", "once", "--live", who="manager")

    assert result.exit_code == 2
    assert "does not hold the keeper role" in result.stderr
    assert "--public" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("hold", "mint", "100", "--max-in", "ETH=0.001"), "more than the limit of 0.001 ETH"),
        (("hold", "mint", "1e9"), "the holder has"),
        (("hold", "mint", "-1"), "No such option"),
        (("hold", "mint", "0"), 'SHARES: "0" must be a number above 0'),
        (("hold", "mint", "1", "--max-in", "ETH"), "expected SYMBOL=AMOUNT"),
        (("hold", "mint", "1", "--max-in", "LINK=1"), "expected one of USDC, BTC, ETH"),
        (("hold", "mint", "1", "--max-in", "BTC=0.123456789"), "more than 8 digits"),
        (("hold", "mint", "1", "--tolerance", "5"), "expected a fraction with its unit"),
        (("hold", "mint", "1", "--receiver", "me"), "expected an address"),
        (("hold", "redeem", "1e9"), "asked to give back 1,000,000,000"),
        (("hold", "redeem", "1", "--min-out", "ETH=5"), "less than the limit of 5 ETH"),
        (("hold", "redeem", "1", "--skip", "LINK"), '"LINK" is not an asset'),
        (("hold", "claim", "ETH"), "nothing of ETH is set aside"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_sent(vault, arguments, message):
    before = vault.world.node.transaction_count(local_accounts().holder.address)

    result = vault.run(*arguments)

    assert result.exit_code == 2
    assert message in result.stderr
    assert vault.world.node.transaction_count(local_accounts().holder.address) == before


def test_doctor_fails_a_keeper_that_lost_its_role(vault):
    mandate = vault.record.contract("Mandate")
    keeper = local_accounts().keeper.address
    vault.sender("guardian").send(mandate, "removeKeeper(address)", keeper)

    result = vault.run("doctor", who="keeper")

    assert result.exit_code == 1
    assert f"keeper {keeper}" in result.stdout
    assert "does not hold the role" in result.stdout


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_names_a_node_that_does_not_answer_without_its_secret(vault, verb):
    result = vault.run(*verb, TRIMTAB__NODE__URL="http://127.0.0.1:9/secret-key")

    assert result.exit_code == 1
    assert result.stderr == (
        "error: no answer from the node http://127.0.0.1:9/…: the connection could not be made; "
        "check the address and the network\n"
    )


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_refuses_a_node_of_another_chain(vault, verb):
    result = vault.run(*verb, TRIMTAB__NODE__CHAIN_ID="8453")

    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert "names chain 8453: set node.chain_id" in result.stderr or (
        "node.chain_id is 8453; expected the same" in result.stderr
    )


@pytest.mark.parametrize(
    ("who", "verb"),
    [
        ("keeper", ("keeper", "once")),
        ("keeper", ("keeper", "run")),
        ("holder", ("hold", "mint", "1")),
        ("holder", ("hold", "redeem", "1")),
        ("deployer", ("deploy",)),
    ],
)
def test_every_verb_that_sends_calls_a_wrong_password_wrong(vault, who, verb):
    account = getattr(local_accounts(), who).address
    before = vault.world.node.transaction_count(account)

    result = vault.run(*verb, "--live", who=who, TRIMTAB_PASSWORD="wrong")

    assert result.exit_code == 2
    assert result.stderr == f"error: {vault.folder / who}.json: the password is wrong\n"
    assert vault.world.node.transaction_count(account) == before


def test_a_vault_without_code_is_named(vault):
    lens = vault.record.contract("VaultLens")
    nobody = local_accounts().owner.address
    text = vault.config.read_text()
    other = vault.folder / "other.toml"
    record_line = text.splitlines()[1]
    other.write_text(text.replace(record_line, f'address = "{nobody}"\nlens = "{lens}"'))

    result = vault.run("inspect", "--config", other)

    assert result.exit_code == 2
    assert f"the vault at {nobody} has no code" in result.stderr


def test_an_account_without_gas_money_is_told_how_much_it_needs(vault):
    poor = Account.create()
    write_keystore(vault.folder / f"{poor.address}.json", poor, PASSWORD, work=2)
    mandate = vault.record.contract("Mandate")
    vault.sender("owner").send(mandate, "addKeeper(address)", poor.address)
    vault.move(ETH="1.3")

    result = vault.run("keeper", "once", "--live", who=poor.address)

    assert result.exit_code == 1
    assert f"{poor.address} holds 0 native coins" in result.stderr


def grow_stale(vault):
    vault.chain.set_next_timestamp(vault.chain.timestamp() + 4 * DAY)
    vault.chain.mine()


def answer(number):
    def publish(vault):
        (feed,) = [feed for feed in vault.world.market.feeds if feed.symbol == "ETH"]
        publication = ("setAnswer(int256,uint256)", number, vault.chain.timestamp())
        vault.sender("operator").send(feed.aggregator, *publication)

    return publish


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        pytest.param(grow_stale, " old, at most 3 d is accepted", id="stale"),
        pytest.param(answer(0), "the price of ETH is outside its bounds", id="zero"),
        pytest.param(answer(-5), "the price of ETH is outside its bounds", id="negative"),
    ],
)
def test_a_price_that_cannot_be_used_is_named_wherever_it_matters(vault, spoil, sentence):
    spoil(vault)

    held = vault.json("keeper", "once", "--live", who="keeper")
    looked = vault.run("inspect")
    examined = vault.run("doctor", who="keeper")

    assert held["action"] == "hold"
    assert sentence in held["sentence"]
    assert "value and drift unknown without every price" in looked.stdout
    assert "no rebalance is possible: the price of" in looked.stdout
    assert examined.exit_code == 1
    assert "fail price of ETH: " in examined.stdout
