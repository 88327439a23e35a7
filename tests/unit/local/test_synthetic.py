"""Made-up prices are seeded, correlated, stormy at times, and pegged where they should be."""

import numpy as np
import pytest
from trimtab.errors import BadInput
from trimtab.local.synthetic import CORRELATION, MODELS, synthetic_history

ASSETS = ("USDC", "BTC", "ETH", "LINK")


def returns_of(history):
    return np.diff(np.log(np.array(history.rows)), axis=0)


def test_the_same_seed_gives_the_same_prices():
    assert synthetic_history(ASSETS, 50, 3) == synthetic_history(ASSETS, 50, 3)


def test_another_seed_gives_other_prices():
    assert synthetic_history(ASSETS, 50, 3).rows != synthetic_history(ASSETS, 50, 4).rows


def test_a_history_has_one_row_a_day():
    history = synthetic_history(ASSETS, 50, 3)

    assert len(history) == history.days == 50
    assert set(np.diff(history.timestamps)) == {86_400}


def test_prices_begin_where_their_models_say():
    first = synthetic_history(ASSETS, 50, 3).exact(0)

    assert {asset: float(first[asset]) for asset in ("BTC", "ETH", "LINK")} == {
        asset: MODELS[asset].start for asset in ("BTC", "ETH", "LINK")
    }


def test_a_stable_coin_stays_near_one():
    prices = np.array(synthetic_history(ASSETS, 2000, 5).rows)[:, 0]

    assert np.abs(prices - 1).max() < 0.005


def test_volatilities_over_many_years_are_those_of_the_models():
    returns = returns_of(synthetic_history(ASSETS, 20_000, 1))

    yearly = returns.std(axis=0) * np.sqrt(365)

    assert yearly[1:] == pytest.approx([MODELS[a].volatility for a in ASSETS[1:]], rel=0.06)


def test_risky_assets_move_together_and_the_peg_does_not():
    correlation = np.corrcoef(returns_of(synthetic_history(ASSETS, 20_000, 1)).T)

    assert correlation[1:, 1:][np.triu_indices(3, 1)] == pytest.approx(CORRELATION, abs=0.03)
    assert correlation[0, 1:] == pytest.approx(0, abs=0.03)


def test_large_moves_come_in_clusters():
    size = np.abs(returns_of(synthetic_history(ASSETS, 20_000, 1))[:, 1])

    assert np.corrcoef(size[1:], size[:-1])[0, 1] > 0.1


@pytest.mark.parametrize(
    ("assets", "days", "seed", "words"),
    [
        (("USDC", "DOGE"), 10, 0, "no made-up prices for DOGE"),
        (("USDC", "BTC"), 1, 0, "at least 2 days, got 1"),
        (("USDC", "BTC"), 10, -1, "at least 0, got -1"),
        (("USDC",), 10, 0, "at least 2 assets"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused(assets, days, seed, words):
    with pytest.raises(BadInput, match=words):
        synthetic_history(assets, days, seed)
