"""The engine agrees with `bt`, once both charge a swap in the same way."""

import bench_compare
import numpy as np
import peer_bt
import pytest

FEE, TRIGGER = 0.003, 0.03
TARGETS = np.array([0.4, 0.25, 0.2, 0.1, 0.05])


@pytest.fixture(scope="module")
def prices():
    moves = np.random.default_rng(11).standard_normal((500, TARGETS.size)) * 0.04
    return np.exp(np.cumsum(moves, axis=0))


def engine(prices, fee):
    return bench_compare.engine_values(prices, TARGETS, np.array([TRIGGER]), fee)[:, 0]


@pytest.mark.parametrize("fee", [0.0, FEE])
def test_the_engine_and_bt_give_the_same_value_at_every_bar(prices, fee):
    theirs = peer_bt.values(prices, TARGETS, TRIGGER, fee, own=False)

    np.testing.assert_allclose(engine(prices, fee), theirs, rtol=1e-12)


def test_what_remains_under_bts_own_commission_is_who_bears_it(prices):
    theirs = peer_bt.values(prices, TARGETS, TRIGGER, FEE, own=True)
    rebuilt = bench_compare.commission_loop(prices, TARGETS, TRIGGER, FEE)

    np.testing.assert_allclose(theirs, rebuilt, rtol=1e-12)
    apart = np.abs(theirs / engine(prices, FEE) - 1).max()
    assert 1e-6 < apart < FEE
