"""The keeper from the command line: whose key signs, and what it says of itself."""

import json

import pytest
from integration.cli_desk import open_desk
from trimtab.local.accounts import local_accounts
from web3.types import RPCEndpoint


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with open_desk(tmp_path_factory.mktemp("keeper")) as found:
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


def status(desk, **options):
    return desk.json("keeper", "status", who="keeper", **options)


def test_without_a_journal_there_is_nothing_to_tell(desk):
    result = desk.run("keeper", "status", TRIMTAB__KEEPER__JOURNAL="other.sqlite")

    assert result.exit_code == 2
    assert "no keeper has run with this configuration" in result.output
    assert not (desk.folder / "other.sqlite").exists()


def test_a_rebalance_is_told_with_its_prediction_and_its_result(desk):
    with desk.undone():
        desk.move(ETH=1.3)
        done = desk.json("keeper", "once", "--live", who="keeper")
        found = status(desk)
        text = desk.run("keeper", "status", who="keeper").output

    (vault,) = found["vaults"]
    model = vault["model"]
    assert done["action"] == vault["last"]["action"] == "rebalance"
    assert (vault["vault"], vault["last"]["reason"]) == (done["vault"], done["sentence"])
    assert vault["next_check"] == pytest.approx(vault["last"]["at"] + 12)
    assert found["in_flight"] == []
    assert int(found["gas"]["balance_wei"]) > 10**18
    assert found["endpoints"][0]["head"] >= vault["last"]["block"]
    assert model["rebalances"] == 1
    for part in ("fee", "impact", "gas"):
        assert model["realised"][part] == pytest.approx(model["predicted"][part], rel=0.1)
    assert "1 rebalances cost" in text
    assert "nothing is on its way" in text


def test_a_node_that_does_not_answer_is_part_of_the_answer(desk):
    with desk.undone():
        desk.json("keeper", "once", who="keeper")
        found = status(desk, TRIMTAB__NODE__URL="http://127.0.0.1:9/secretsecret")

    (endpoint,) = found["endpoints"]
    assert endpoint["head"] is None
    assert "no answer from the node http://127.0.0.1:9/…" in endpoint["fault"]
    assert found["gas"]["balance_wei"] is None
    assert found["vaults"][0]["last"]["action"] == "hold"
