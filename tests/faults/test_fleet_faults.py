"""Two processes on PostgreSQL share a fleet: each vault has a keeper, and another if that dies."""

import json
from contextlib import suppress

import psycopg
import pytest
from eth_account import Account
from faults.proxy import FaultyProxy
from faults.scene import KEY_VARIABLE, until
from integration.postgres import server
from trimtab.chain.lens import read_snapshot
from trimtab.deploy.record import read_record
from trimtab.errors import CallReverted

SECOND = Account.from_key("0x" + "5c" * 32)
"""Signs for the second vault."""

LEASE = "10 s"


@pytest.fixture(scope="module")
def journal():
    """Address of an empty database on a server of its own."""
    with server() as address:
        with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE fleet")
        yield f"{address}/fleet"


@pytest.fixture
def two_vaults(scene):
    """Records of two vaults on one chain, each with a keeper of its own."""
    desk = scene.desk
    scene.request("anvil_setBalance", SECOND.address, hex(10**20))
    done = desk.run(
        "deploy",
        "--live",
        who="deployer",
        TRIMTAB__DEPLOY__SYMBOL="TWO",
        TRIMTAB__DEPLOY__ROLES__KEEPERS=SECOND.address,
        TRIMTAB__DEPLOY__LIMITS__TURNOVER_CAPACITY="50 %",
    )
    assert done.exit_code == 0, done.output
    (file,) = desk.folder.glob("deployments/*/TWO.json")
    yield desk.record, read_record(file)
    for left in desk.folder.glob("deployments/*/TWO.*"):
        left.unlink()


def settings(scene, url):
    """One fleet of two vaults, each signed for by an account of its own."""
    sections = ("\n" + scene.settings(url).read_text()).split("\n[")
    kept = [part for part in sections if not part.lstrip("[").startswith("vault]")]
    records = sorted(scene.desk.folder.glob("deployments/*/[CT]*[IO].json"))
    tables = [
        f"[[fleet]]\nrecord = {json.dumps(str(file))}\nsigner = {json.dumps(file.stem)}"
        for file in records
    ]
    tables += [
        f'[signers.CLI]\nkey_variable = "{KEY_VARIABLE}"\nkey_on_any_chain = true',
        '[signers.TWO]\nkey_variable = "SECOND_KEY"\nkey_on_any_chain = true',
    ]
    file = scene.folder / f"fleet-{len(list(scene.folder.glob('fleet-*')))}.toml"
    file.write_text("\n[".join(kept) + "\n" + "\n".join(tables) + "\n")
    return file


def rebalances(scene, record):
    """Rebalances of a vault so far."""
    while True:
        with suppress(CallReverted):  # while anvil mines
            return read_snapshot(
                scene.node,
                record.contract("VaultLens"),
                vault=record.vault,
                caller=scene.account,
                block=scene.node.head(),
            ).nonce


def leads(keeper):
    """Accounts that it leads, as it said last."""
    accounts = {}
    for line in keeper.said().splitlines():
        with suppress(ValueError):
            said = json.loads(line)
            if said.get("event") in ("leads", "stands by"):
                accounts[said["account"]] = said["event"] == "leads"
    return {account for account, held in accounts.items() if held}


def later(scene, **factors):
    """Time enough for another rebalance, and prices that make one due."""
    scene.request("evm_setNextBlockTimestamp", scene.node.head().timestamp + 2 * 3600)
    scene.mine()
    scene.desk.move(**factors)


def soon(scene, holds):
    """Let blocks pass until something holds."""
    until(lambda: scene.pass_block() or holds(), what=scene.told)


def signers(journal):
    """Accounts that signed for each vault."""
    with psycopg.connect(journal) as connection:
        found = connection.execute("select distinct vault, signer from intents").fetchall()
    return sorted(found)


@pytest.fixture
def proxies(scene):
    found = [FaultyProxy(scene.desk.chain.url) for _ in range(2)]
    yield found
    scene.close()
    for proxy in found:
        proxy.close()


def test_each_vault_has_one_of_two_processes_and_the_other_when_that_dies(
    scene, two_vaults, proxies, journal
):
    first, second = two_vaults
    variables = {
        "SECOND_KEY": "0x" + SECOND.key.hex(),
        "TRIMTAB__KEEPER__JOURNAL": journal,
        "TRIMTAB__KEEPER__LEASE": LEASE,
        "TRIMTAB__NODE__TIMEOUT": "20 s",
    }
    keepers = {scene.start(settings(scene, proxy), **variables): proxy for proxy in proxies}
    soon(scene, lambda: [len(leads(keeper)) for keeper in keepers] == [1, 1])
    assert set.union(*map(leads, keepers)) == {scene.account, SECOND.address}
    soon(scene, lambda: rebalances(scene, first) == 1)
    later(scene, ETH=1.9)
    soon(scene, lambda: rebalances(scene, second) == 1)

    alive, dead = sorted(keepers, key=lambda keeper: SECOND.address in leads(keeper))
    dead.die()
    later(scene, ETH=1.3)
    soon(scene, lambda: rebalances(scene, second) == 2)

    assert leads(alive) == {scene.account, SECOND.address}
    assert len(keepers[dead].broadcast()) == 1
    assert set(keepers[dead].broadcast()).isdisjoint(keepers[alive].broadcast())
    assert signers(journal) == sorted(
        [(first.vault, scene.account), (second.vault, SECOND.address)]
    )
