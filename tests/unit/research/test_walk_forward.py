"""Models are judged on days they have not seen, and all by the same rules."""

import numpy as np
import pytest
from real_prices import real_prices
from trimtab.errors import BadInput
from trimtab.models.moments import ReturnHistory
from trimtab.research.price_table import Missing, read_prices
from trimtab.research.walk_forward import MODELS, Schedule, walk_forward

PLAN = Schedule(window=250, every=30, fee=0.003)
SIMPLE = {name: MODELS[name] for name in ("equal", "inverse_volatility", "genetic_few")}


def market(steps=400, seed=2):
    random = np.random.default_rng(seed)
    moves = random.standard_normal((steps, 6)) * np.array([0.01, 0.02, 0.03, 0.04, 0.05, 0.06])
    return ReturnHistory(tuple("ABCDEF"), moves, 365.0)


@pytest.mark.parametrize("name", MODELS)
def test_no_model_sees_what_comes_later(name):
    history = market()
    changed = history.returns.copy()
    changed[320:] = -0.5 * changed[320:]
    later = ReturnHistory(history.assets, changed, 365.0)
    chosen = {name: MODELS[name]}

    before, after = (walk_forward(h, 300, chosen, PLAN)[name] for h in (history, later))

    np.testing.assert_array_equal(before.returns[:20], after.returns[:20])
    assert not np.array_equal(before.returns[20:], after.returns[20:])


def test_equal_weights_agree_with_a_loop_in_money():
    history = market()

    found = walk_forward(history, 300, {"equal": SIMPLE["equal"]}, PLAN)["equal"]

    held, values = np.full(6, 1 / 6), []
    for step, row in enumerate(history.returns[300:]):
        if step and step % 30 == 0:
            worth = held.sum()
            worth *= 1 - 0.003 * np.abs(held / worth - 1 / 6).sum() / 2
            held = np.full(6, worth / 6)
        held = held * (1 + row)
        values.append(held.sum())
    np.testing.assert_allclose(np.cumprod(1 + found.returns), values, rtol=1e-12)


def test_the_few_that_the_genetic_search_holds_are_calmer_than_all_of_them():
    found = walk_forward(market(), 300, SIMPLE, PLAN)

    assert found["genetic_few"].volatility < found["equal"].volatility


def test_a_test_without_a_past_is_refused():
    with pytest.raises(BadInput, match="expected at least 250 before it"):
        walk_forward(market(), 100, SIMPLE, PLAN)


def test_on_real_prices_the_genetic_search_is_no_calmer_than_all_at_least_variance():
    assets = ("BTC", "ETH", "LINK", "UNI", "AAVE", "MKR", "SNX", "CRV", "COMP")
    table = read_prices(real_prices("daily_close_2020_2023.csv"), assets, Missing.TRIM)
    history = ReturnHistory(assets, table.prices[1:] / table.prices[:-1] - 1, 365.0)
    chosen = {name: MODELS[name] for name in ("equal", "minimum_variance", "genetic_few")}

    found = walk_forward(history, 460, chosen)

    whole, few = found["minimum_variance"], found["genetic_few"]
    assert few.volatility == pytest.approx(whole.volatility, rel=0.03)
    assert few.volatility < 0.9 * found["equal"].volatility
