"""Only routes from what is sold to what is bought are quoted, up to what either of them needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.domain.snapshot import (
    Blocker,
    Holding,
    Limits,
    PriceStatus,
    Reason,
    Route,
    VaultSnapshot,
)
from trimtab.domain.units import PRICE_SCALE, WAD
from trimtab.keeper.quoting import quote_requests

TOKENS = tuple(f"0x{digit * 40}" for digit in "123")
LIMITS = Limits(*[0] * 15)


def holding(token, value):
    """One unit of account a token of eighteen decimals."""
    return Holding(
        token=token, symbol=token[2], decimals=18, recorded=value, owed=0, unvested=0,
        balance=value, price=PRICE_SCALE, price_status=PriceStatus.OK, price_updated_at=0,
        heartbeat=0, deviation=0, value=value, target=0, end_target=0, band=0, hard_band=0,
    )  # fmt: skip


def snapshot(*values):
    return VaultSnapshot(
        chain_id=1, block_number=1, block_hash="0x", timestamp=0, vault="0x", mandate="0x",
        oracle="0x", name="", symbol="", total_supply=0, nav=sum(values), total_drift=0,
        reason=Reason.THRESHOLD, blocker=Blocker.NONE, ready_at=0, is_keeper=True, nonce=0,
        loss_left=0, turnover_left=0, keeper_at=0, public_at=0, poked_at=0, paused_until=0,
        weights_frozen=False, schedule_start=0, schedule_end=0, limits=LIMITS, caller="0x",
        holdings=tuple(holding(t, v) for t, v in zip(TOKENS, values, strict=False)),
    )  # fmt: skip


def route(route_id, token_in, token_out, *, active=True):
    return Route(route_id, "0xvenue", token_in, token_out, active, "0xpayee", b"\x00\x01\xf4")


ALL = [route(3 * i + j, i, j) for i in range(3) for j in range(3) if i != j]
THIRDS = (WAD // 3, WAD // 3, WAD - 2 * (WAD // 3))


def test_routes_lead_from_what_is_sold_to_what_is_bought():
    requests = quote_requests(snapshot(500 * WAD, 300 * WAD, 200 * WAD), THIRDS, ALL)

    assert {(r.route.token_in, r.route.token_out) for r in requests} == {(0, 1), (0, 2)}


def test_a_route_carries_no_more_than_seller_and_buyer_need():
    requests = quote_requests(snapshot(500 * WAD, 300 * WAD, 200 * WAD), THIRDS, ALL)

    carried = {r.route.token_out: r.up_to / WAD for r in requests}
    assert carried == pytest.approx({1: 100 / 3, 2: 400 / 3})


def test_removed_routes_are_not_quoted():
    removed = [route(0, 0, 1, active=False)]

    assert quote_requests(snapshot(500 * WAD, 300 * WAD, 200 * WAD), THIRDS, removed) == []


def test_what_is_less_than_the_smallest_leg_is_not_quoted():
    destination = (WAD // 2 - 10**13, WAD // 2 + 10**13)
    values = (WAD * 500, WAD * 500)

    assert quote_requests(snapshot(*values), destination, [route(0, 0, 1), route(1, 1, 0)]) == []


@given(st.lists(st.integers(10**15, 10**30), min_size=3, max_size=3))
def test_no_asset_is_quoted_on_both_sides(values):
    requests = quote_requests(snapshot(*values), THIRDS, ALL)

    sold = {request.route.token_in for request in requests}
    bought = {request.route.token_out for request in requests}
    assert not sold & bought
    assert all(0 < r.up_to <= values[r.route.token_in] for r in requests)
