"""How a portfolio did: return, risk and drawdowns from values at known times.

Everything yearly is annualised by the timestamps: a year is `SECONDS_PER_YEAR`, whatever the
spacing of the values. Values must be free of deposits and withdrawals; those of one share are.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from trimtab.domain.costs import SECONDS_PER_YEAR
from trimtab.errors import BadInput

Vector = NDArray[np.float64]

CVAR_TAIL = 0.05
"""Share of the worst returns that the conditional value at risk averages."""


@dataclass(frozen=True, slots=True)
class ValueSeries:
    """Worth of something at rising times.

    Attributes
    ----------
    timestamps
        Seconds since 1970, rising.
    values
        Worth at each, in one unit, above zero.
    """

    timestamps: tuple[int, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse what has no returns.

        Raises
        ------
        BadInput
            Naming the value or the time at fault.
        """
        if len(self.timestamps) != len(self.values):
            raise BadInput(f"{len(self.timestamps)} times and {len(self.values)} values")
        if len(self.values) < 3:
            raise BadInput(f"{len(self.values)} values; figures of risk need at least 3")
        for earlier, later in zip(self.timestamps, self.timestamps[1:], strict=False):
            if later <= earlier:
                raise BadInput(f"time {later} follows {earlier}: times must rise")
        for time, value in zip(self.timestamps, self.values, strict=True):
            if not 0 < value < float("inf"):
                raise BadInput(f"value {value} at time {time}: a return needs values above 0")

    @property
    def returns(self) -> Vector:
        """Simple return of each step."""
        values = np.array(self.values)
        returns: Vector = values[1:] / values[:-1] - 1
        return returns

    @property
    def years(self) -> float:
        """Time from the first value to the last, in years."""
        return (self.timestamps[-1] - self.timestamps[0]) / SECONDS_PER_YEAR

    @property
    def steps_a_year(self) -> float:
        """Mean number of steps in a year."""
        return (len(self.values) - 1) / self.years


@dataclass(frozen=True, slots=True)
class Drawdown:
    """A fall from a peak, and the way back.

    Attributes
    ----------
    depth
        Loss from the peak to the trough, as a fraction below zero; 0 if there was no fall.
    peak_at, trough_at
        Times, in seconds.
    recovered_at
        When the peak was reached again, or None.
    """

    depth: float
    peak_at: int
    trough_at: int
    recovered_at: int | None


@dataclass(frozen=True, slots=True)
class Performance:
    """Figures of one series. Fractions; ratios are None where what divides them is zero.

    Attributes
    ----------
    years
        Length, in years.
    total_return
        Growth over the whole time.
    annual_return
        The same growth as a rate per year, compounded; None where that is beyond all numbers, as
        for a jump within minutes.
    volatility
        Standard deviation of returns (n - 1 in the variance), times the root of the steps a year.
    sharpe, sortino
        Mean return by its standard deviation, and by that of the losses alone, per year.
    calmar
        Yearly return by the deepest drawdown.
    drawdown
        The deepest one.
    cvar
        Mean of the worst twentieth of the step returns.
    """

    years: float
    total_return: float
    annual_return: float | None
    volatility: float
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    drawdown: Drawdown
    cvar: float


@dataclass(frozen=True, slots=True)
class Relative:
    """Figures of one series beside another.

    Attributes
    ----------
    beta
        Slope of the returns on the benchmark's.
    alpha
        What the slope leaves unexplained, compounded over a year; None as for `annual_return`.
    correlation
        Of the two series of returns.
    tracking_error
        Standard deviation of the difference of returns, per year.
    information_ratio
        Mean of that difference by its standard deviation, per year; None if there is none.
    """

    beta: float
    alpha: float | None
    correlation: float
    tracking_error: float
    information_ratio: float | None


def performance(series: ValueSeries) -> Performance:
    """Figures of a series of values."""
    returns, steps = series.returns, series.steps_a_year
    growth = series.values[-1] / series.values[0]
    annual = _compound(growth, 1 / series.years)
    deepest = max_drawdown(series)
    deviation = float(returns.std(ddof=1))
    return Performance(
        years=series.years,
        total_return=growth - 1,
        annual_return=annual,
        volatility=deviation * sqrt(steps),
        sharpe=_ratio(float(returns.mean()) * sqrt(steps), deviation),
        sortino=_ratio(float(returns.mean()) * sqrt(steps), downside_deviation(returns)),
        calmar=None if annual is None else _ratio(annual, -deepest.depth),
        drawdown=deepest,
        cvar=conditional_value_at_risk(returns),
    )


def relative(series: ValueSeries, benchmark: ValueSeries) -> Relative:
    """Figures of a series beside a benchmark at the same times.

    Raises
    ------
    BadInput
        If the times differ, or the benchmark never moves.
    """
    if series.timestamps != benchmark.timestamps:
        raise BadInput("a series and its benchmark must have values at the same times")
    returns, base, steps = series.returns, benchmark.returns, series.steps_a_year
    if base.std() == 0:
        raise BadInput("the benchmark never moves: beta has no value against it")
    active = returns - base
    beta = float(np.cov(returns, base, ddof=1)[0, 1] / base.var(ddof=1))
    return Relative(
        beta=beta,
        alpha=_compound(1 + float((returns - beta * base).mean()), steps),
        correlation=float(np.corrcoef(returns, base)[0, 1]) if returns.std() else 0.0,
        tracking_error=float(active.std(ddof=1) * sqrt(steps)),
        information_ratio=_ratio(float(active.mean()) * sqrt(steps), float(active.std(ddof=1))),
    )


def downside_deviation(returns: Vector) -> float:
    """Root of the mean square of the losses, gains counting as zero, per step."""
    return float(np.sqrt(np.mean(np.minimum(returns, 0.0) ** 2)))


def conditional_value_at_risk(returns: Vector, tail: float = CVAR_TAIL) -> float:
    """Mean of the worst returns: the lowest `tail` of them, and one at least."""
    worst = int((len(returns) - 1) * tail) + 1
    return float(np.sort(returns)[:worst].mean())


def drawdowns(series: ValueSeries) -> Vector:
    """Distance of each value below the highest before it, as fractions of at most 0."""
    values = np.array(series.values)
    return values / np.maximum.accumulate(values) - 1


def max_drawdown(series: ValueSeries) -> Drawdown:
    """The deepest fall; the first of equals."""
    below = drawdowns(series)
    values, times = np.array(series.values), series.timestamps
    trough = int(below.argmin())
    peak = int(values[: trough + 1].argmax())
    back = np.flatnonzero(values[trough:] >= values[peak])
    return Drawdown(
        depth=float(below[trough]),
        peak_at=times[peak],
        trough_at=times[trough],
        recovered_at=times[trough + int(back[0])] if len(back) else None,
    )


def _compound(growth: float, times: float) -> float | None:
    """Rate that a growth factor comes to when it is repeated."""
    try:
        return float(growth**times) - 1
    except OverflowError:
        return None


def _ratio(numerator: float, denominator: float) -> float | None:
    return numerator / denominator if denominator else None
