"""What happened to a share, in sentences for people who do not read formulas."""

from __future__ import annotations

from math import fsum

from trimtab.domain.phrases import moment
from trimtab.domain.units import DAY
from trimtab.research.attribution import TRADE, Attribution
from trimtab.research.metrics import Drawdown, ValueSeries, max_drawdown


def sentences(series: ValueSeries, held: ValueSeries, parts: Attribution, unit: str) -> list[str]:
    """The story of a share.

    Parameters
    ----------
    series, held
        Worth of the share, and of its first quantities had they been left alone.
    parts
        Where the change came from.
    unit
        What values are in.
    """
    first, last = series.values[0], series.values[-1]
    days = (series.timestamps[-1] - series.timestamps[0]) / DAY
    return [
        f"Over {days:,.0f} days, from {_day(series.timestamps[0])} to "
        f"{_day(series.timestamps[-1])}, one share went from {first:,.4f} to {last:,.4f} {unit}: "
        f"{_change(last / first - 1)}.",
        _against(held, series),
        _fall(max_drawdown(series)),
        _costs(parts, first, unit),
    ]


def _against(held: ValueSeries, series: ValueSeries) -> str:
    kept = held.values[-1] / held.values[0] - 1
    gap = series.values[-1] / held.values[-1] - 1
    verdict = "more" if gap >= 0 else "less"
    return (
        f"Had nothing been traded, it would have been {_change(kept)}; the share is worth "
        f"{abs(gap):.2%} {verdict} than that."
    )


def _fall(fall: Drawdown) -> str:
    if fall.depth == 0:
        return "It never fell below a value it had reached before."
    text = (
        f"Its deepest fall was {-fall.depth:.1%}, from {_day(fall.peak_at)} to "
        f"{_day(fall.trough_at)}"
    )
    if fall.recovered_at is None:
        return text + "; it has not come back to that height yet."
    days = (fall.recovered_at - fall.trough_at) / DAY
    return text + f"; {days:,.0f} days later it was back at that height."


def _costs(parts: Attribution, first: float, unit: str) -> str:
    trading = -parts.moves.get(TRADE, 0.0)
    rest = fsum(value for kind, value in parts.moves.items() if kind != TRADE)
    text = f"Trading cost {trading:,.4f} {unit} a share, {trading / first:.2%} of its first worth"
    if not rest:
        return text + "."
    word = "brought" if rest > 0 else "took"
    return text + f"; fees, doors and all else {word} {abs(rest):,.4f} {unit}."


def _change(change: float) -> str:
    return f"{'up' if change >= 0 else 'down'} {abs(change):.1%}"


def _day(timestamp: int) -> str:
    return moment(timestamp)[:10]
