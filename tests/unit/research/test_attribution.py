"""Parts of a change in value sum to the whole, and unexplained changes are refused."""

from math import fsum, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.errors import BadInput
from trimtab.research.attribution import (
    HoldingPath,
    Move,
    attribute,
    cost_ledger,
    growth_parts,
    market_split,
    turnover,
)

DAY = 86_400


def fixed_mix(seed, steps=200, cost=0.001, assets=3):
    """A portfolio brought back to equal weights every tenth step, at a cost of what it sold."""
    random = np.random.default_rng(seed)
    prices = np.exp(np.cumsum(random.normal(0, 0.03, (steps, assets)), axis=0)) * 10
    quantities, moves = [1 / prices[0]], []
    for step in range(1, steps):
        held = quantities[-1]
        if step % 10 == 0:
            worth = held @ prices[step]
            change = worth / assets / prices[step] - held
            change[np.argmax(change * prices[step])] *= 1 - cost
            moves.append(Move(step, "trade", change))
            held = held + change
        if step % 50 == 0:
            moves.append(Move(step, "fee", -held * 0.001))
            held = held + moves[-1].change
        quantities.append(held)
    times = tuple(range(0, steps * DAY, DAY))
    names = tuple("ABCDEFGH"[:assets])
    return HoldingPath(times, names, prices, np.array(quantities), tuple(moves))


@given(st.integers(0, 10_000))
def test_parts_of_the_change_sum_to_it(seed):
    path = fixed_mix(seed)

    found = attribute(path)

    assert fsum(found.parts) == pytest.approx(found.change, rel=0, abs=1e-12 * path.worth.max())
    assert found.moves["trade"] < 0
    assert found.moves["fee"] < 0


@given(st.integers(0, 10_000))
def test_rebalancing_effect_is_what_the_first_quantities_would_have_missed(seed):
    path = fixed_mix(seed)

    effect = attribute(path).rebalancing_effect

    kept = path.quantities[0] @ path.prices[-1]
    assert effect == pytest.approx(path.worth[-1] - kept, rel=0, abs=1e-12 * path.worth.max())


@given(st.integers(0, 10_000))
def test_parts_of_growth_sum_to_it(seed):
    parts = growth_parts(fixed_mix(seed))

    whole = parts.assets + parts.diversification + parts.moves
    assert whole == pytest.approx(parts.growth, rel=0, abs=1e-12)
    assert parts.moves < 0


def test_diversification_return_of_a_fixed_mix_is_half_the_variance_saved():
    random = np.random.default_rng(5)
    shocks = random.normal(0, 0.01, (40_000, 2))
    prices = np.vstack([[1.0, 1.0], np.exp(np.cumsum(shocks, axis=0))])
    worth = np.concatenate([[1.0], np.cumprod(np.exp(shocks).mean(axis=1))])
    quantities = 0.5 * worth[:, None] / prices
    changes = np.diff(quantities, axis=0)
    moves = tuple(Move(i + 1, "trade", change) for i, change in enumerate(changes))
    times = tuple(range(0, len(prices) * DAY, DAY))

    parts = growth_parts(HoldingPath(times, ("A", "B"), prices, quantities, moves))

    yearly = 365.25 * 0.01**2
    assert parts.diversification == pytest.approx((yearly - yearly / 2) / 2, rel=0.02)
    assert parts.moves == pytest.approx(0, abs=1e-9)


def test_without_moves_everything_is_buy_and_hold():
    prices = np.array([[1.0, 2.0], [2.0, 2.0], [4.0, 1.0]])
    path = HoldingPath((0, DAY, 2 * DAY), ("A", "B"), prices, np.ones((3, 2)))

    found = attribute(path)

    assert found.buy_and_hold == {"A": 3.0, "B": -1.0}
    assert found.rebalancing_effect == 0
    assert growth_parts(path).moves == 0


def test_the_ledger_lists_each_move_at_its_time():
    path = fixed_mix(1)

    entries = cost_ledger(path)

    assert [entry.kind for entry in entries].count("fee") == 3
    assert entries[0].timestamp == 10 * DAY
    assert all(entry.value < 0 for entry in entries)


def test_market_and_alpha_sum_to_the_mean_return():
    a, b = fixed_mix(1).series(), fixed_mix(2).series()

    split = market_split(a, b)

    assert split.market + split.alpha == pytest.approx(split.mean, rel=0, abs=1e-12)
    assert market_split(a, a).alpha == pytest.approx(0, abs=1e-12)


def test_growth_of_a_portfolio_is_that_of_its_value():
    path = fixed_mix(3)

    yearly = log(path.worth[-1] / path.worth[0]) * 365.25 * DAY / path.timestamps[-1]

    assert growth_parts(path).growth == pytest.approx(yearly)


def test_a_change_that_no_move_explains_is_refused():
    path = fixed_mix(1)

    with pytest.raises(BadInput, match=f"changed at {10 * DAY} by what no move explains"):
        HoldingPath(path.timestamps, path.assets, path.prices, path.quantities, path.moves[1:])


def test_turnover_is_what_was_sold_a_year():
    prices = np.array([[1.0, 1.0], [2.0, 1.0], [2.0, 1.0]])
    quantities = np.array([[1.0, 1.0], [0.75, 1.5], [0.75, 1.5]])
    year = int(365.25 * DAY)
    moves = (Move(1, "trade", np.array([-0.25, 0.5])),)

    path = HoldingPath((0, DAY, year), ("A", "B"), prices, quantities, moves)

    assert turnover(path) == pytest.approx(0.5 / 3)


def test_shapes_that_differ_are_refused():
    with pytest.raises(BadInput, match=r"quantities of shape \(3, 2\), expected \(3, 1\)"):
        HoldingPath((0, 1, 2), ("A",), np.ones((3, 1)), np.ones((3, 2)))
