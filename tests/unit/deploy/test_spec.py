"""A specification has a name of its own, and its routes are packed as the venue reads them."""

from dataclasses import replace
from decimal import Decimal

import pytest
from property.strategies import LIMITS
from trimtab.deploy.spec import (
    NO_ADDRESS,
    AssetSpec,
    DeploymentSpec,
    RolesSpec,
    RouteSpec,
    TimelockSpec,
    UniswapSpec,
)
from trimtab.domain.units import WAD

A, B, C, D = (f"0x{digit * 40}" for digit in "1234")


def asset_spec(symbol, token):
    return AssetSpec(
        symbol=symbol,
        token=token,
        feed=D,
        feed_description=f"{symbol} / USD",
        heartbeat=3600,
        deviation=WAD // 200,
        min_price=Decimal("0.5"),
        max_price=Decimal(2),
        weight=WAD // 2,
        min_weight=0,
        max_weight=WAD,
        band=WAD // 20,
        hard_band=WAD // 10,
    )


SPEC = DeploymentSpec(
    chain_id=1,
    name="Two",
    symbol="TWO",
    seed_value=Decimal(1000),
    receiver=C,
    sequencer_feed=NO_ADDRESS,
    uniswap=UniswapSpec(A, B),
    roles=RolesSpec(A, B, C, (D,)),
    limits=LIMITS,
    assets=(asset_spec("AAA", A), asset_spec("BBB", B)),
    routes=(RouteSpec(0, 1, (500,)), RouteSpec(1, 0, (500,))),
)


def test_the_same_specification_has_the_same_fingerprint():
    assert SPEC.fingerprint() == replace(SPEC).fingerprint()


@pytest.mark.parametrize(
    "other",
    [
        replace(SPEC, chain_id=2),
        replace(SPEC, seed_value=Decimal(1001)),
        replace(SPEC, limits=replace(LIMITS, notice=1)),
        replace(SPEC, roles=replace(SPEC.roles, keepers=())),
        replace(SPEC, assets=SPEC.assets[::-1]),
        replace(SPEC, routes=SPEC.routes[:1]),
    ],
)
def test_any_change_gives_another_fingerprint(other):
    assert other.fingerprint() != SPEC.fingerprint()


def test_every_role_of_an_account_is_named():
    lock = TimelockSpec(3600, (D,), (A,))
    owned = replace(SPEC, timelock=lock, roles=replace(SPEC.roles, owner=None))

    assert SPEC.roles_of(A) == ("owner",)
    assert owned.roles_of(D) == ("keeper", "proposer")
    assert owned.roles_of(A) == ()


def test_a_path_is_packed_without_its_ends():
    assert RouteSpec(0, 1, (500,)).data().hex() == "0001f4"
    assert RouteSpec(0, 1, (500, 3000), (C,)).data().hex() == "0001f4" + "33" * 20 + "000bb8"


def test_a_path_with_a_fee_too_few_is_refused():
    with pytest.raises(ValueError, match="shorter"):
        RouteSpec(0, 1, (500,), (C,)).data()
