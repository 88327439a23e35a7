"""The vault's judgement, reproduced: each refusal by the name the vault gives it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from property.strategies import dollar_snapshot
from trimtab.domain.arithmetic import PUBLIC_SLIPPAGE_MARGIN
from trimtab.domain.legs import Leg
from trimtab.domain.snapshot import Blocker, Reason
from trimtab.domain.units import WAD
from trimtab.domain.verdict import Fill, Outcome, judge

CONTRACTS = Path(__file__).parents[3] / "contracts"

SNAPSHOT = dollar_snapshot([700, 200, 100], [0.5, 0.3, 0.2])
"""Asset 0 is 20 % above its target, the others 10 % below each."""


def fill(sold, bought, dollars, received=None):
    received = dollars if received is None else received
    amount, out = round(dollars * 10**6) * 10**12, round(received * 10**6) * 10**12
    return Fill(Leg(0, amount, 0), sold, bought, out)


def refusal(*fills, **changes):
    verdict = judge(replace(SNAPSHOT, **changes), fills)
    return None if isinstance(verdict, Outcome) else (verdict.error, verdict.leg)


def test_a_fair_rebalance_is_let_through_and_charged():
    outcome = judge(SNAPSHOT, [fill(0, 1, 100, 99.5), fill(0, 2, 100, 99.8)])

    assert outcome.turnover == WAD // 5
    assert outcome.loss == 7 * WAD // 10_000
    assert outcome.drift_before == WAD // 5
    assert outcome.drift_after < WAD // 1000
    assert outcome.amounts == (500 * 10**18, 299_500_000 * 10**12, 199_800_000 * 10**12)
    assert outcome.nav_before - outcome.nav_after == 7 * 10**17


@pytest.mark.parametrize(
    ("fills", "expected"),
    [
        pytest.param([], ("BadLegCount", None), id="no legs"),
        pytest.param([fill(0, 1, 1)] * 33, ("BadLegCount", None), id="too many legs"),
        pytest.param([fill(0, 1, 0.0999)], ("LegTooSmall", 0), id="below one basis point"),
        pytest.param([fill(0, 1, 100.1)], ("PastTarget", 0), id="buys past target"),
        pytest.param([fill(0, 1, 90), fill(0, 1, 11)], ("PastTarget", 1), id="in two steps"),
        pytest.param([fill(1, 2, 10)], ("PastTarget", 0), id="sells what is short"),
        pytest.param([fill(0, 0, 10)], ("PastTarget", 0), id="into itself"),
        pytest.param([fill(0, 1, 50, 49.49)], ("ReceivedTooLittle", 0), id="below the floor"),
        pytest.param([fill(0, 1, 9.9)], ("TooLittleProgress", None), id="too little progress"),
    ],
)
def test_the_vault_refuses(fills, expected):
    assert refusal(*fills) == expected


def test_the_callers_own_minimum_counts_where_it_is_above_the_floor():
    demanding = replace(fill(0, 1, 100, 99.9), leg=Leg(0, 100 * 10**18, 100 * 10**18))

    assert refusal(demanding) == ("ReceivedTooLittle", 0)


def test_what_was_bought_cannot_be_sold_again():
    # A price improvement lifts asset 1 above its target, so only the memory of the leg stops it.
    improved = [fill(0, 1, 50, 151), fill(1, 2, 10)]

    assert refusal(*improved) == ("SoldAndBought", 1)


def test_the_buckets_bound_what_is_lost_and_what_is_traded():
    legs = [fill(0, 1, 100, 99.5)]

    assert refusal(*legs, loss_left=5 * WAD // 10_000) is None
    assert refusal(*legs, loss_left=5 * WAD // 10_000 - 1) == ("LossBucketExceeded", None)
    assert refusal(*legs, turnover_left=WAD // 10) is None
    assert refusal(*legs, turnover_left=WAD // 10 - 1) == ("TurnoverBucketExceeded", None)


def test_anyone_trades_within_the_tighter_slippage():
    legs = [fill(0, 1, 100, 99.5)]

    assert refusal(*legs, reason=Reason.PUBLIC) == ("ReceivedTooLittle", 0)


@pytest.mark.parametrize(
    ("worst_fee", "least"),
    [
        pytest.param(0, 99.8, id="no fee"),
        pytest.param(WAD // 2_000, 99.75, id="5 bp"),
        pytest.param(3 * WAD // 1_000, 99.6, id="30 bp, capped"),
        pytest.param(WAD, 99.6, id="not read"),
    ],
)
def test_anyone_may_lose_the_worst_fee_and_twenty_basis_points(worst_fee, least):
    public = {"reason": Reason.PUBLIC, "worst_fee": worst_fee}

    assert refusal(fill(0, 1, 100, least), **public) is None
    assert refusal(fill(0, 1, 100, least - 1e-6), **public) == ("ReceivedTooLittle", 0)


def test_the_fees_of_routes_do_not_bind_a_keeper():
    assert refusal(fill(0, 1, 100, 99.0), worst_fee=0) is None


def test_the_margin_of_the_public_tier_is_that_of_the_contracts():
    source = (CONTRACTS / "libraries" / "LimitCaps.sol").read_text()

    stated = re.search(r"PUBLIC_SLIPPAGE_MARGIN = ([^;]+);", source)[1]

    assert round(float(stated)) == PUBLIC_SLIPPAGE_MARGIN


def test_a_mandate_cannot_widen_the_slippage_beyond_what_the_vault_allows():
    loose = replace(SNAPSHOT.limits, slippage=WAD // 2)

    assert refusal(fill(0, 1, 100, 96.9), limits=loose) == ("ReceivedTooLittle", 0)


def test_nothing_runs_while_something_stands_in_the_way():
    assert refusal(fill(0, 1, 100), blocker=Blocker.PAUSED) == ("RebalanceBlocked", None)


def test_nothing_runs_without_a_price_for_every_asset():
    first, *rest = SNAPSHOT.holdings
    blind = (replace(first, price=0), *rest)

    assert refusal(fill(1, 2, 1), holdings=blind) == ("PriceUnavailable", None)
