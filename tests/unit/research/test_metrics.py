"""Figures of performance agree with empyrical, and refuse series that have none."""

import empyrical
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.domain.costs import SECONDS_PER_YEAR
from trimtab.errors import BadInput
from trimtab.research.metrics import ValueSeries, max_drawdown, performance, relative

HOUR, WEEK = 3_600, 604_800
CLOSE = {"rel": 1e-10, "abs": 1e-10}


def series(returns, step=HOUR):
    values = 100 * np.concatenate([[1.0], np.cumprod(1 + np.asarray(returns))])
    times = tuple(range(1_600_000_000, 1_600_000_000 + step * len(values), step))
    return ValueSeries(times[: len(values)], tuple(values))


step_returns = st.lists(st.floats(-0.2, 0.2), min_size=5, max_size=60).filter(
    lambda returns: np.std(returns) > 1e-4 and min(returns) < -1e-3
)


@given(step_returns, st.sampled_from([HOUR, 86_400, WEEK]))
def test_figures_are_those_of_empyrical(returns, step):
    seen = series(returns, step)
    own, theirs, yearly = performance(seen), pd.Series(seen.returns), SECONDS_PER_YEAR / step

    assert own.total_return == pytest.approx(empyrical.cum_returns_final(theirs), **CLOSE)
    assert own.annual_return == pytest.approx(
        empyrical.annual_return(theirs, annualization=yearly), **CLOSE
    )
    assert own.volatility == pytest.approx(
        empyrical.annual_volatility(theirs, annualization=yearly), **CLOSE
    )
    assert own.sharpe == pytest.approx(
        empyrical.sharpe_ratio(theirs, annualization=yearly), **CLOSE
    )
    assert own.sortino == pytest.approx(
        empyrical.sortino_ratio(theirs, annualization=yearly), **CLOSE
    )
    assert own.calmar == pytest.approx(
        empyrical.calmar_ratio(theirs, annualization=yearly), **CLOSE
    )
    assert own.drawdown.depth == pytest.approx(empyrical.max_drawdown(theirs), **CLOSE)
    assert own.cvar == pytest.approx(empyrical.conditional_value_at_risk(theirs), **CLOSE)


@given(step_returns, st.integers(0, 1000))
def test_relative_figures_are_those_of_empyrical(returns, seed):
    noise = np.random.default_rng(seed).normal(0, 0.05, len(returns))
    ours, base = series(returns, WEEK), series(noise, WEEK)
    own, yearly = relative(ours, base), SECONDS_PER_YEAR / WEEK
    a, b = pd.Series(ours.returns), pd.Series(base.returns)

    assert own.beta == pytest.approx(empyrical.beta(a, b), **CLOSE)
    assert own.alpha == pytest.approx(empyrical.alpha(a, b, annualization=yearly), **CLOSE)
    assert own.tracking_error == pytest.approx(
        empyrical.annual_volatility(a - b, annualization=yearly), **CLOSE
    )


def test_uneven_times_count_by_their_length():
    steady = ValueSeries((0, SECONDS_PER_YEAR // 2, SECONDS_PER_YEAR * 2), (100.0, 110.0, 121.0))

    assert performance(steady).annual_return == pytest.approx(0.1)


def test_the_deepest_fall_is_found_with_its_way_back():
    seen = ValueSeries((1, 2, 3, 4, 5), (10.0, 20.0, 15.0, 20.0, 19.0))

    found = max_drawdown(seen)

    assert (found.depth, found.peak_at, found.trough_at, found.recovered_at) == (-0.25, 2, 3, 4)


def test_a_jump_within_seconds_has_no_yearly_rate():
    found = performance(ValueSeries((1, 2, 3), (5.0, 6.0, 9.0)))

    assert (found.annual_return, found.calmar) == (None, None)
    assert found.total_return == pytest.approx(0.8)


def test_ratios_without_a_divisor_are_none():
    flat = performance(ValueSeries((1, 2, 3), (5.0, 5.0, 5.0)))

    assert (flat.sharpe, flat.sortino, flat.calmar) == (None, None, None)
    assert flat.drawdown.depth == 0


@pytest.mark.parametrize(
    ("times", "values", "named"),
    [
        pytest.param((1, 2), (1.0, 1.0), "at least 3", id="too-few"),
        pytest.param((1, 3, 2), (1.0, 1.0, 1.0), "time 2 follows 3", id="falling-times"),
        pytest.param((1, 2, 3), (1.0, 0.0, 1.0), "value 0.0 at time 2", id="zero"),
        pytest.param((1, 2, 3), (1.0, float("nan"), 1.0), "value nan at time 2", id="nan"),
        pytest.param((1, 2), (1.0, 1.0, 1.0), "2 times and 3 values", id="unequal"),
    ],
)
def test_series_without_returns_are_refused(times, values, named):
    with pytest.raises(BadInput, match=named):
        ValueSeries(times, values)


def test_a_benchmark_at_other_times_is_refused():
    a, b = ValueSeries((1, 2, 3), (1.0, 2.0, 3.0)), ValueSeries((1, 2, 4), (1.0, 2.0, 3.0))

    with pytest.raises(BadInput, match="same times"):
        relative(a, b)
