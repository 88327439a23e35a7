"""On a twin of every network: from nothing to a rebalance and an exit, by commands alone."""

import json

import pytest
from integration.twin import open_twin
from integration.twin_bench import bench_at
from trimtab.deploy.networks import network_names
from trimtab.local.accounts import local_accounts


@pytest.fixture(scope="module", params=network_names())
def bench(request, tmp_path_factory):
    with open_twin(request.param) as twin:
        yield bench_at(twin, tmp_path_factory.mktemp(request.param))


def test_from_nothing_to_a_rebalance_and_an_exit_by_commands_alone(bench):
    dry = bench.done("deploy", "--network", bench.twin.network.name)
    bench.deploy()
    for contract in bench.record.content["contracts"].values():
        assert contract["address"] in dry.stdout
    bench.done("doctor")

    bench.twin.move(WETH=2)
    step = json.loads(bench.done("keeper", "once", "--live", "--json", who="keeper").stdout)
    assert step["action"] == "rebalance", step
    bench.done("hold", "redeem", "all", "--live", who="holder")

    token = bench.twin.tokens["WETH"]
    held = token.balance(bench.twin.operator, local_accounts().holder.address)
    assert held > 10 ** (token.decimals + 5)
