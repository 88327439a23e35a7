"""What the models promise, out of sample, on real prices."""

from datetime import date

import numpy as np
import pytest
from real_prices import real_prices
from trimtab.local.price_csv import DateRange, load_prices
from trimtab.models.moments import Estimator, ReturnHistory, estimate
from trimtab.models.weights import equal, volatility_target

ASSETS = ("USDC", "BTC", "ETH", "LINK")
WINDOW = 60


@pytest.fixture(scope="module")
def returns():
    file = real_prices("daily_close_2020_2023.csv")
    days = DateRange(date(2020, 9, 27), date(2022, 9, 25))
    prices = np.array(load_prices(file, ("BTC", "ETH", "LINK"), days).rows)
    risky = prices[1:] / prices[:-1] - 1
    return np.column_stack([np.zeros(len(risky)), risky])


@pytest.mark.parametrize("target", [0.15, 0.25, 0.40])
def test_a_volatility_target_is_hit_within_a_tenth_out_of_sample(returns, target):
    mixture = equal(ASSETS)
    mixture[0], mixture[1:] = 0.0, 1 / 3
    realised = []

    for day in range(WINDOW, len(returns)):
        history = ReturnHistory(ASSETS, returns[:day][-365:], 365.0)
        weights = volatility_target(mixture, estimate(history, Estimator.EWMA), target)
        realised.append(weights @ returns[day])

    assert np.std(realised, ddof=1) * np.sqrt(365) == pytest.approx(target, rel=0.10)
