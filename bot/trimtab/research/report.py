"""A report on a portfolio as one file that needs nothing else, and as a page in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from trimtab.domain.phrases import moment
from trimtab.domain.units import DAY
from trimtab.models.libraries import library
from trimtab.models.moments import ReturnHistory
from trimtab.research.attribution import (
    Attribution,
    GrowthParts,
    HoldingPath,
    attribute,
    growth_parts,
    turnover,
)
from trimtab.research.market_models import StationaryBootstrap
from trimtab.research.metrics import Performance, Relative, ValueSeries, performance, relative
from trimtab.research.montecarlo import Futures, Plan, simulate
from trimtab.research.report_charts import figures
from trimtab.research.report_words import sentences

LEAST_DAYS = 60
"""Fewest daily values from which futures are drawn."""

BLOCK = 10.0
"""Mean length of the blocks of days that futures are drawn in."""

PATHS, YEAR_DAYS = 2_000, 365
"""Futures that are drawn, and their length in days."""

EMPTY = "—"
"""Stands where there is no number."""

TAXES = "Taxes of the vault as one holder, oldest lots first; advice, no tax return"
"""Heading of the table of lots and gains."""

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem}p{max-width:44rem}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .9rem .2rem 0;text-align:left}
td+td,th+th{text-align:right;font-variant-numeric:tabular-nums}tr{border-bottom:1px solid #ddd}
"""


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything that a report shows.

    Attributes
    ----------
    title, source
        What it is about, and where its numbers come from, in a sentence.
    unit
        What values are in.
    path
        Holdings of one share.
    series, held
        Worth of one share, and of its first quantities, at the same times.
    figures, beside
        Figures of the share, and beside its first quantities; None where those never moved.
    parts, growth, turnover
        Where its change came from; turnover per year.
    futures
        Possible worth over the next year; None where history is too short to draw from.
    taxes
        Rows of a table of lots and gains, the first with its heads; empty where none were made.
    """

    title: str
    source: str
    unit: str
    path: HoldingPath
    series: ValueSeries
    held: ValueSeries
    figures: Performance
    beside: Relative | None
    parts: Attribution
    growth: GrowthParts
    turnover: float
    futures: Futures | None
    taxes: tuple[tuple[str, ...], ...] = ()


def report_data(path: HoldingPath, *, title: str, source: str, unit: str) -> ReportData:
    """A path with everything that follows from it.

    Raises
    ------
    BadInput
        If it is too short for figures of risk.
    """
    series = path.series()
    kept = path.prices @ path.quantities[0]
    held = ValueSeries(path.timestamps, tuple(float(value) for value in kept))
    return ReportData(
        title=title,
        source=source,
        unit=unit,
        path=path,
        series=series,
        held=held,
        figures=performance(series),
        beside=relative(series, held) if held.returns.std() else None,
        parts=attribute(path),
        growth=growth_parts(path),
        turnover=turnover(path),
        futures=_futures(series),
    )


def report_html(data: ReportData) -> str:
    """The report with all charts, as one file that loads nothing."""
    plotly = library("plotly.offline")
    charts = "".join(
        f"<h2>{escape(name)}</h2>{figure.to_html(full_html=False, include_plotlyjs=False)}"
        for name, figure in figures(data.path, data.held, data.futures)
    )
    script = f"<script>{plotly.get_plotlyjs()}</script>"
    body = _words(data) + _tables(data) + script + charts
    return _page(data.title, body)


def plain_html(data: ReportData) -> str:
    """The page for people who do not read formulas: sentences, no charts, no scripts."""
    return _page(data.title, _words(data))


def report_json(data: ReportData) -> dict[str, object]:
    """The figures under stable keys."""
    fall = data.figures.drawdown
    return {
        "from": data.series.timestamps[0],
        "to": data.series.timestamps[-1],
        "total_return": data.figures.total_return,
        "annual_return": data.figures.annual_return,
        "volatility": data.figures.volatility,
        "sharpe": data.figures.sharpe,
        "sortino": data.figures.sortino,
        "calmar": data.figures.calmar,
        "cvar": data.figures.cvar,
        "max_drawdown": fall.depth,
        "turnover": data.turnover,
        "beta": data.beside.beta if data.beside else None,
        "alpha": data.beside.alpha if data.beside else None,
        "tracking_error": data.beside.tracking_error if data.beside else None,
        "buy_and_hold": data.held.values[-1] / data.held.values[0] - 1,
        "rebalancing_effect": data.parts.rebalancing_effect,
        "diversification_return": data.growth.diversification,
        "moves": data.parts.moves,
        "change": data.parts.change,
    }


def _futures(series: ValueSeries) -> Futures | None:
    """A year of possible worth, drawn from the days of the past."""
    first, last = series.timestamps[0], series.timestamps[-1]
    days = np.arange(first, last + 1, DAY)
    if len(days) < LEAST_DAYS:
        return None
    daily = np.interp(days, series.timestamps, series.values)
    history = ReturnHistory(("share",), (daily[1:] / daily[:-1] - 1)[:, None], float(YEAR_DAYS))
    plan = Plan(series.values[-1], np.ones(1), goal=series.values[-1])
    market = StationaryBootstrap(history, BLOCK)
    return simulate(market, plan, paths=PATHS, steps=YEAR_DAYS, seed=1)


def _words(data: ReportData) -> str:
    told = sentences(data.series, data.held, data.parts, data.unit)
    if data.futures is not None:
        told.append(
            f"Drawn from its own past days, a share is worth no less in a year than now in "
            f"{data.futures.goal_probability:.0%} of {PATHS:,} futures. The past is no promise."
        )
    return "".join(f"<p>{escape(sentence)}</p>" for sentence in [*told, data.source])


def _tables(data: ReportData) -> str:
    figures, beside = data.figures, data.beside
    rows = [
        ("return a year", _percent(figures.annual_return)),
        ("volatility a year", _percent(figures.volatility)),
        ("Sharpe", _number(figures.sharpe)),
        ("Sortino", _number(figures.sortino)),
        ("Calmar", _number(figures.calmar)),
        ("deepest fall", _percent(figures.drawdown.depth)),
        ("mean of the worst twentieth of the steps", _percent(figures.cvar)),
        ("turnover a year", _percent(data.turnover)),
        ("beta beside buy and hold", _number(beside.beta if beside else None)),
        ("alpha a year", _percent(beside.alpha if beside else None)),
        ("tracking error a year", _percent(beside.tracking_error if beside else None)),
    ]
    parts = [
        *((f"{asset}, held", value) for asset, value in data.parts.buy_and_hold.items()),
        *((f"{asset}, rebalanced", value) for asset, value in data.parts.rebalancing.items()),
        *data.parts.moves.items(),
        ("sum", data.parts.change),
    ]
    growth = [
        ("assets by their mean weights", data.growth.assets),
        ("diversification return", data.growth.diversification),
        ("costs and other moves", data.growth.moves),
        ("sum", data.growth.growth),
    ]
    return (
        _table("Figures", rows)
        + _table(
            f"Where the change of a share came from, in {data.unit}",
            [(name, f"{value:+,.6f}") for name, value in parts],
        )
        + _table("Logarithmic growth a year", [(name, _percent(value)) for name, value in growth])
        + (_table(TAXES, data.taxes) if data.taxes else "")
    )


def _table(heading: str, rows: Iterable[Sequence[str]]) -> str:
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<h2>{escape(heading)}</h2><table>{body}</table>"


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>\n"
    )


def _percent(value: float | None) -> str:
    return EMPTY if value is None else f"{value:+.2%}"


def _number(value: float | None) -> str:
    return EMPTY if value is None else f"{value:.2f}"


def span(series: ValueSeries) -> str:
    """From when to when."""
    return f"{moment(series.timestamps[0])} to {moment(series.timestamps[-1])}"
