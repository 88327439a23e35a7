"""After a deployment its deployer can do what any stranger can, and nothing else."""

import pytest
from integration.twin import open_twin
from integration.twin_bench import bench_at
from trimtab.chain.artifacts import load
from trimtab.chain.contracts import interface
from trimtab.chain.node import Call
from trimtab.errors import CallReverted
from trimtab.local.accounts import local_accounts

STRANGER = "0x00000000000000000000000000000000DeaDBeef"
ONLY_ONCE = {"bind": "AlreadyBound", "seed": "AlreadySeeded"}
"""What a deployer did, and what it is told when it tries again."""

GUARDED = ("Mandate", "PriceOracle", "TimelockController", "Vault")
ZEROS = {"address": "0x" + "00" * 20, "bool": False, "bytes": b"", "string": ""}


def zero(item):
    """A value of an ABI type, as empty as can be."""
    kind = item["type"]
    if kind.endswith("]"):
        return []
    if kind == "tuple":
        return tuple(zero(part) for part in item["components"])
    if kind.startswith("bytes") and kind != "bytes":
        return bytes(int(kind.removeprefix("bytes")))
    return ZEROS.get(kind, 0)


def writing(name):
    """Names of the functions of a contract that change something."""
    functions = [item for item in load(name).abi if item["type"] == "function"]
    return sorted({f["name"] for f in functions if f["stateMutability"] not in ("view", "pure")})


CALLS = [(contract, function) for contract in GUARDED for function in writing(contract)]


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    with open_twin("sepolia") as twin:
        bench = bench_at(twin, tmp_path_factory.mktemp("roles"))
        bench.deploy()
        yield bench


def answer(bench, contract, function, sender):
    """Name of the error that a call of somebody ends in, or None."""
    items = [item for item in load(contract).abi if item.get("name") == function]
    arguments = [zero(part) for part in items[-1]["inputs"]]
    data = interface(contract).encode(function, *arguments)
    try:
        bench.twin.node.call(Call(bench.record.contract(contract), data, sender))
    except CallReverted as revert:
        return revert.name
    return None


@pytest.mark.parametrize(("contract", "function"), CALLS)
def test_the_deployer_is_answered_as_any_stranger_is(bench, contract, function):
    deployer = local_accounts().deployer.address

    told = answer(bench, contract, function, deployer)

    if function in ONLY_ONCE:
        assert told == ONLY_ONCE[function]
    else:
        assert told == answer(bench, contract, function, STRANGER)


def test_the_owner_is_answered_otherwise_so_the_comparison_tells(bench):
    owner = bench.record.content["roles"]["owner"]

    differing = [
        function
        for function in CALLS
        if answer(bench, *function, owner) != answer(bench, *function, STRANGER)
    ]

    assert owner == bench.record.contract("TimelockController")
    assert len(differing) >= 20


def test_the_timelock_has_no_administrator_and_the_roles_it_was_given(bench):
    lock = interface("TimelockController")
    where = bench.record.contract("TimelockController")
    accounts = local_accounts()

    def ask(function, *arguments):
        data = bench.twin.node.call(Call(where, lock.encode(function, *arguments)))
        return next(iter(lock.decode(function, data).values()))

    proposer, canceller = ask("PROPOSER_ROLE"), ask("CANCELLER_ROLE")
    for who in ("deployer", "owner", "manager", "guardian", "keeper"):
        address = getattr(accounts, who).address
        assert not ask("hasRole", ask("DEFAULT_ADMIN_ROLE"), address)
        assert ask("hasRole", proposer, address) == (who == "owner")
        assert ask("hasRole", canceller, address) == (who == "owner")
    assert ask("hasRole", ask("EXECUTOR_ROLE"), "0x" + "00" * 20)
    assert ask("getMinDelay") == 2 * 86_400
