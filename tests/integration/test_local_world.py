"""A local world holds a vault at its targets, in a market at the true prices."""

from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest
from trimtab.chain.lens import read_routes, read_snapshot
from trimtab.domain.snapshot import Blocker, PriceStatus
from trimtab.domain.units import DAY, WAD, wad_to_float
from trimtab.errors import BadInput, LocalChainError
from trimtab.local.accounts import ROLES, local_accounts
from trimtab.local.anvil import AnvilChain
from trimtab.local.blueprint import Blueprint, pool_specs
from trimtab.local.chain import GENESIS_TIMESTAMP
from trimtab.local.ethtester import EthTesterChain
from trimtab.local.synthetic import synthetic_history
from trimtab.local.world import build_local_world

ASSETS = ("USDC", "BTC", "ETH", "LINK")
WEIGHTS = (0.25, 0.3, 0.3, 0.15)
HISTORY = synthetic_history(ASSETS, 3, 1)


@pytest.fixture(scope="module")
def world():
    with EthTesterChain() as chain:
        yield build_local_world(chain, HISTORY, Blueprint(WEIGHTS))


@pytest.fixture(scope="module")
def snapshot(world):
    return read_snapshot(
        world.node,
        world.record.contract("VaultLens"),
        vault=world.record.vault,
        caller=local_accounts().keeper.address,
        block=world.node.head(),
    )


@pytest.fixture(scope="module")
def routes(world):
    return read_routes(
        world.node,
        world.record.contract("VaultLens"),
        vault=world.record.vault,
        block=world.node.head(),
    )


def test_the_vault_starts_at_its_targets_with_its_capital(snapshot):
    assert wad_to_float(snapshot.nav) == pytest.approx(1_000_000, rel=1e-6)
    assert [h.value / snapshot.nav for h in snapshot.holdings] == pytest.approx(WEIGHTS, rel=1e-6)
    assert [h.target / WAD for h in snapshot.holdings] == pytest.approx(WEIGHTS)


def test_assets_have_their_symbols_decimals_and_prices(snapshot):
    prices = HISTORY.exact(0)

    assert [(h.symbol, h.decimals) for h in snapshot.holdings] == [
        ("USDC", 6),
        ("BTC", 8),
        ("ETH", 18),
        ("LINK", 18),
    ]
    for holding in snapshot.holdings:
        assert holding.price_status is PriceStatus.OK
        whole = Fraction(holding.price * 10**holding.decimals, 10**36 * WAD)
        assert whole == pytest.approx(prices[holding.symbol], rel=1e-7)


def test_nothing_is_due_at_the_start(snapshot):
    assert snapshot.blocker is Blocker.NOT_DUE
    assert snapshot.is_keeper


def test_every_role_has_an_account_of_its_own(world):
    roles = world.spec.roles
    held = [roles.owner, roles.manager, roles.guardian, *roles.keepers, world.spec.receiver]

    assert len({account.address for account in local_accounts().all()}) == len(ROLES)
    assert len(set(held)) == len(held)
    assert local_accounts().deployer.address not in held


def test_every_pool_has_a_route_in_each_direction(world, routes):
    ways = {
        (ASSETS[r.token_in], ASSETS[r.token_out], int.from_bytes(r.data, "big")) for r in routes
    }

    assert len(ways) == len(routes)
    for pool in world.market.pools:
        pair = pool.token0.symbol, pool.token1.symbol
        assert {(*pair, pool.fee), (*pair[::-1], pool.fee)} <= ways


def test_every_asset_can_be_sold_for_every_other(routes):
    pairs = {(route.token_in, route.token_out) for route in routes}

    assert pairs == set(permutations(range(len(ASSETS)), 2))


def test_every_asset_trades_against_the_base_and_one_pair_has_two_fees():
    pools = pool_specs(ASSETS, Fraction(1_000_000))

    assert {pool.tokens for pool in pools} >= {("USDC", asset) for asset in ASSETS[1:]}
    assert ("BTC", "ETH") in {pool.tokens for pool in pools}
    assert {pool.fee for pool in pools if pool.tokens == ("USDC", "BTC")} == {500, 3000}


@pytest.mark.parametrize("assets", [("USDC", "LINK"), ("USDC", "UNI", "ETH")])
def test_other_portfolios_can_be_built(assets):
    history = synthetic_history(assets, 3, 1)
    with EthTesterChain() as chain:
        world = build_local_world(chain, history, Blueprint((1.0,) * len(assets)))

        assert world.node.code(world.record.vault)


def test_worlds_agree_between_chains():
    worlds = []
    for kind in (EthTesterChain, AnvilChain):
        with kind() as chain:
            built = build_local_world(chain, HISTORY, Blueprint(WEIGHTS))
            held = [
                t.balance(built.market.sender, built.record.vault) for t in built.tokens.values()
            ]
            content = built.record.content
            made = {name: contract["address"] for name, contract in content["contracts"].items()}
            worlds.append((built.spec, made, built.market.pools, built.market.feeds, held))

    assert worlds[0] == worlds[1]


def test_a_chain_that_is_ahead_of_the_prices_is_refused():
    with (
        EthTesterChain(GENESIS_TIMESTAMP + DAY) as chain,
        pytest.raises(LocalChainError, match="start the chain at"),
    ):
        build_local_world(chain, HISTORY, Blueprint(WEIGHTS))


@pytest.mark.parametrize(
    ("blueprint", "words"),
    [
        (Blueprint((0.5, 0.5)), "2 weights for 4 assets"),
        (Blueprint((0.5, 0.5, 0.0, 0.0)), "above 0"),
        (Blueprint(WEIGHTS, capital=Decimal(0)), "capital and depth must be above 0"),
        (Blueprint(WEIGHTS, band=Fraction(2), hard_band=Fraction(3)), "band <= hard band <= 1"),
    ],
)
def test_a_blueprint_that_makes_no_vault_is_refused(blueprint, words):
    with EthTesterChain() as chain, pytest.raises(BadInput, match=words):
        build_local_world(chain, HISTORY, blueprint)
