"""The keeper from the command line: whose key signs, and what it says of itself."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from integration.cli_desk import PASSWORD, open_desk
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
        desk.move(ETH=1.3)
        yield desk


@pytest.fixture
def far_off(desk):
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


def test_a_signer_that_holds_the_key_has_its_signature_broadcast(far_off):
    (account,) = far_off.chain.provider.make_request(RPCEndpoint("eth_accounts"), [])["result"]

    result = run_remotely(
        far_off, "keeper", "once", "--live", "--public", "--json", **settings(far_off, account)
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
    assert "1 rebalance cost" in text
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


@contextmanager
def keeper_process(desk, **changes):
    """The installed keeper as a process of its own, and the address of its monitor."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = Path(sys.executable).parent / "trimtab"
    settings = {
        "TRIMTAB_PASSWORD": PASSWORD,
        "TRIMTAB_CONFIG": str(desk.config),
        "TRIMTAB__KEYS__KEYSTORE": "keeper.json",
        "TRIMTAB__MONITOR__LISTEN": f"127.0.0.1:{port}",
        "TRIMTAB__MONITOR__HEAD_AGE": "4000 d",
        "TRIMTAB__KEEPER__INTERVAL": "1 s",
    }
    with subprocess.Popen(
        [program, "keeper", "run", "--live", "--log-json"],
        env=os.environ | settings | changes,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@pytest.fixture
def running(moved):
    with keeper_process(moved) as found:
        yield found


def visit(url):
    try:
        with urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def wait_for(url, condition, *, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status, body = visit(url)
        if status and condition(status, body):
            return body
        time.sleep(0.2)
    raise AssertionError(f"{url} answered {visit(url)}")


def test_a_keeper_that_runs_is_healthy_ready_and_counts_what_it_does(running):
    process, url = running

    wait_for(f"{url}/readyz", lambda status, _: status == 200)
    figures = wait_for(
        f"{url}/metrics", lambda _, body: 'trimtab_decisions_total{action="rebalance"} 1.0' in body
    )
    healthy = visit(f"{url}/healthz")
    process.terminate()
    out, lines = process.communicate(timeout=120)

    assert healthy[0] == 200
    assert process.returncode == 130
    assert "rebalance" in out
    assert 'trimtab_rebalance_cost{kind="realised",part="fee"}' in figures
    assert 'trimtab_ready{condition="gas"} 1.0' in figures
    logged = [json.loads(line) for line in lines.splitlines() if line.startswith("{")]
    assert {"decided", "stopping"} <= {line["event"] for line in logged}
    assert PASSWORD not in lines


def test_a_fleet_takes_every_record_and_rebalances_what_is_due(moved):
    file = moved.folder / "fleet.toml"
    lines = moved.config.read_text().splitlines()
    kept = "\n".join(line for line in lines if not line.startswith(("[vault]", "record")))
    file.write_text(f'{kept}\n[[fleet]]\nrecord = "deployments/*/*.json"\nsigner = "one"\n')
    file.write_text(file.read_text() + '[signers.one]\nkeystore = "keeper.json"\n')

    with keeper_process(moved, TRIMTAB_CONFIG=str(file)) as (process, url):
        figures = wait_for(
            f"{url}/metrics",
            lambda _, body: 'trimtab_decisions_total{action="rebalance"} 1.0' in body,
        )
        process.terminate()
        _, lines = process.communicate(timeout=120)

    assert "trimtab_vaults 1.0" in figures
    assert process.returncode == 130, lines
    assert status(moved)["vaults"][0]["model"]["rebalances"] == 1


def test_a_pattern_that_fits_no_record_is_refused(desk):
    file = desk.folder / "none.toml"
    file.write_text(desk.config.read_text() + '[[fleet]]\nrecord = "nowhere/*.json"\n')

    result = desk.run("keeper", "run", who="keeper", TRIMTAB_CONFIG=str(file))

    assert result.exit_code == 2
    assert 'fleet.record is "nowhere/*.json", which no file fits' in result.output


def test_a_contract_that_is_no_vault_is_refused_with_what_to_do(desk):
    token = next(iter(desk.world.tokens.values())).address
    file = desk.folder / "other.toml"
    lines = desk.config.read_text().splitlines()
    kept = "\n".join(line for line in lines if not line.startswith(("[vault]", "record")))
    lens = desk.record.contract("VaultLens")
    file.write_text(f'[vault]\naddress = "{token}"\nlens = "{lens}"\n{kept}\n')

    result = desk.run("keeper", "once", who="keeper", TRIMTAB_CONFIG=str(file))

    assert result.exit_code == 2, result.output
    assert f"{token} is no vault that this version of trimtab knows" in result.output
    assert "use the version that deployed it" in result.output
