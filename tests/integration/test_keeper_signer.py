"""A keeper whose key lies in another program: anvil signs as web3signer does."""

import json

import pytest
from integration.cli_desk import open_desk
from trimtab.local.accounts import local_accounts
from web3.types import RPCEndpoint


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with open_desk(tmp_path_factory.mktemp("signer")) as found:
        found.deploy()
        yield found


@pytest.fixture
def moved(desk):
    with desk.undone():
        desk.move(ETH=2)
        yield desk


def settings(desk, address):
    """Variables that name anvil's own account as a remote signer."""
    return {"TRIMTAB__KEYS__REMOTE_URL": desk.chain.url, "TRIMTAB__KEYS__ADDRESS": address}


def without_keystore(desk):
    """The configuration without its keystore, beside the one with it."""
    file = desk.folder / "remote.toml"
    lines = desk.config.read_text().splitlines()
    file.write_text("\n".join(line for line in lines if not line.startswith("keystore")))
    return file


def run_remotely(desk, *words, **settings):
    config = without_keystore(desk)
    settings |= {"TRIMTAB_CONFIG": str(config)}
    return desk.run(*words, who=None, **settings)


def test_a_signer_that_holds_the_key_has_its_signature_broadcast(moved):
    (account,) = moved.chain.provider.make_request(RPCEndpoint("eth_accounts"), [])["result"]

    result = run_remotely(
        moved, "keeper", "once", "--live", "--public", "--json", **settings(moved, account)
    )

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["action"] == "poke"


def test_a_signer_without_the_key_is_refused_before_anything_is_read(moved):
    keeper = local_accounts().keeper.address

    result = run_remotely(moved, "keeper", "once", "--live", **settings(moved, keeper))

    assert result.exit_code == 1
    assert f"expected {keeper}" in result.output
