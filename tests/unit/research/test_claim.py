"""A frontier is read where families track equally well, on days that taught nothing."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from trimtab.errors import BadInput
from trimtab.research import frontier
from trimtab.research.claim import ClaimOptions, asset_sets, prove
from trimtab.research.frontier import Frontier, reading_at, resample

TRAIN = (date(2020, 1, 1), date(2021, 6, 30))
TEST = (date(2021, 7, 1), date(2022, 12, 31))


@pytest.fixture(scope="module")
def prices(tmp_path_factory):
    days = pd.date_range("2020-01-01", "2022-12-31", freq="D")
    random = np.random.default_rng(3)
    common = random.standard_normal((days.size, 1)) * 0.03
    moves = common + random.standard_normal((days.size, 4)) * 0.03
    table = pd.DataFrame(np.exp(np.cumsum(moves, axis=0)), columns=["BTC", "ETH", "LINK", "UNI"])
    table["USDC"] = 1 + 1e-4 * np.sin(np.arange(days.size))
    table.loc[:300, "UNI"] = np.nan
    table.insert(0, "date", days.strftime("%Y-%m-%d"))
    path = tmp_path_factory.mktemp("prices") / "prices.csv"
    table.to_csv(path, index=False)
    return path


def options(prices, **fields):
    return ClaimOptions(prices=prices, train=TRAIN, test=TEST, **fields)


def test_a_power_law_is_read_exactly():
    tracking = np.geomspace(0.001, 0.1, 60)[None, :]
    cost = 0.0002 * tracking**-1.2

    reading = reading_at((cost, tracking), 0.02)

    assert reading.cost((cost, tracking))[0] == pytest.approx(0.0002 * 0.02**-1.2, rel=1e-3)


def test_a_level_that_no_variant_reaches_is_not_read():
    tracking = np.geomspace(0.001, 0.01, 20)[None, :]

    assert reading_at((1 / tracking, tracking), 0.02) is None


def test_the_bootstrap_draws_every_bar_equally_often_and_in_stretches():
    counts = resample(200, 2000, 20.0, 1)

    assert (counts.sum(axis=1) == 200).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(200), abs=0.15)
    neighbours = np.corrcoef(counts[:, 100], counts[:, 101])[0, 1]
    assert neighbours > 0.8
    np.testing.assert_array_equal(counts, resample(200, 2000, 20.0, 1))


def test_each_bar_once_gives_the_measured_points():
    random = np.random.default_rng(1)
    active = random.standard_normal((100, 3)) * 0.01
    measured = Frontier(np.abs(active), active, active**2, 365.0)

    cost, tracking = measured.points()
    drawn_cost, drawn_tracking = measured.points(np.ones((2, 100)))

    np.testing.assert_allclose(tracking[0], active.std(axis=0) * np.sqrt(365))
    np.testing.assert_allclose(drawn_cost, np.tile(cost, (2, 1)))
    np.testing.assert_allclose(drawn_tracking, np.tile(tracking, (2, 1)))


def test_sets_hold_one_pegged_asset_and_only_what_is_priced_long_enough(prices):
    assert asset_sets(options(prices)) == (
        ("USDC", "BTC", "ETH", "LINK"),
        ("BTC", "ETH", "LINK"),
    )


def test_the_cost_optimal_policy_beats_calendars_and_bands_to_target(prices, monkeypatch):
    monkeypatch.setattr(frontier, "GRID", 30)
    monkeypatch.setattr(frontier, "STARTS", 3)
    chosen = options(
        prices, sets=(("USDC", "BTC", "ETH", "LINK"),), gas=(0.0, 1e-4), levels=(0.02,)
    )

    found = prove(chosen)

    assert [cell["te_bp"] for cell in found["cells"]] == [200, 200]
    for cell in found["cells"]:
        costs = cell["cost_bp"]
        assert costs["cost_optimal"] < min(costs["calendar"], costs["band_to_target"])
        assert cell["ci_low"] <= cell["excess"] <= cell["ci_high"]
    for row in found["pooled"]:
        if row["against"] in {"calendar", "band_to_target"}:
            assert row["ci_high"] < 0


def test_windows_that_overlap_are_refused(prices):
    with pytest.raises(BadInput, match="expected a day after the end of train"):
        ClaimOptions(prices=prices, train=TRAIN, test=(date(2021, 6, 30), TEST[1]))


def test_prices_that_do_not_cover_the_windows_are_refused(prices):
    late = ClaimOptions(
        prices=prices,
        train=(date(2030, 1, 1), date(2030, 2, 1)),
        test=(date(2030, 3, 1), date(2030, 4, 1)),
    )

    with pytest.raises(BadInput, match="0 rows in the training"):
        asset_sets(late)
