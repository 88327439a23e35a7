"""Perold and Sharpe's strategies bend as they should, and Brinson's parts sum to the difference."""

from math import fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.errors import BadInput
from trimtab.research.brinson import GroupReturn, brinson
from trimtab.research.strategies import Insurance, buy_and_hold, constant_mix, insured

UP, DOWN = np.linspace(100, 200, 300), np.linspace(100, 50, 300)
SWING = 100 + 20 * np.sin(np.linspace(0, 8 * np.pi, 300))


def test_insurance_gains_in_trends_and_the_constant_mix_in_swings():
    def ends(market):
        return [
            path[-1]
            for path in (
                insured(100, Insurance(80, 3), market),
                buy_and_hold(100, 0.6, market),
                constant_mix(100, 0.6, market),
            )
        ]

    for trend in (UP, DOWN):
        insurance, held, mix = ends(trend)
        assert insurance > held > mix
    insurance, held, mix = ends(SWING)
    assert insurance < held < mix


def test_insurance_does_not_fall_through_its_floor_in_small_steps():
    assert insured(100, Insurance(80, 4), np.linspace(100, 1, 4_000)).min() > 80


def test_a_fall_between_steps_can_pass_the_floor():
    assert insured(100, Insurance(80, 4), np.array([100.0, 60.0]))[-1] < 80


def test_a_multiple_of_one_is_buy_and_hold_of_the_cushion():
    path = insured(100, Insurance(60, 1), SWING)

    assert path == pytest.approx(buy_and_hold(100, 0.4, SWING))


@pytest.mark.parametrize("rule", [(-1, 3, 1), (80, 0, 1), (80, 3, 1.5)])
def test_rules_without_meaning_are_refused(rule):
    with pytest.raises(BadInput, match="expected a floor"):
        Insurance(*rule)


@given(st.integers(0, 10_000))
def test_parts_sum_to_the_difference_of_returns(seed):
    random = np.random.default_rng(seed)
    own, base = random.dirichlet(np.ones(4)), random.dirichlet(np.ones(4))
    gains, base_gains = random.normal(0, 0.2, 4), random.normal(0, 0.2, 4)
    rows = zip(own, gains, base, base_gains, strict=True)
    groups = {f"G{i}": GroupReturn(*map(float, row)) for i, row in enumerate(rows)}

    parts = brinson(groups)

    difference = own @ gains - base @ base_gains
    assert fsum(part.total for part in parts.values()) == pytest.approx(difference, abs=1e-12)


def test_the_benchmark_beside_itself_has_no_parts():
    parts = brinson({"A": GroupReturn(0.4, 0.1, 0.4, 0.1), "B": GroupReturn(0.6, 0.2, 0.6, 0.2)})

    assert all(part.total == 0 for part in parts.values())


def test_weights_that_do_not_sum_to_one_are_refused():
    with pytest.raises(BadInput, match="each benchmark_weight"):
        brinson({"A": GroupReturn(1.0, 0.1, 0.4, 0.1)})
