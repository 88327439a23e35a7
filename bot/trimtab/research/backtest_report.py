"""One self-contained HTML file about a backtest: what happened, and what it cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from trimtab.research.backtest import Backtest
from trimtab.research.frontier_page import frontier_figure, frontier_frame, write_figures

__all__ = ["series_frame", "write_report"]

BP = 1e-4
TITLES = ("value", "weights, and their targets", "drawdown", "cost so far, bp of NAV")


def series_frame(found: Backtest) -> pd.DataFrame:
    """Every bar in a row: value, cost, traded value, swaps, and each asset's price and weight."""
    records = found.runs.records
    frame = pd.DataFrame(
        {
            "time_utc": pd.to_datetime(found.table.timestamps, unit="s"),
            "value": records.nav[:, 0],
            "frictionless": found.runs.frictionless,
            "cost": records.cost[:, 0],
            "traded": records.traded[:, 0],
            "swaps": records.swaps[:, 0],
        }
    )
    for position, asset in enumerate(found.table.assets):
        frame[f"price_{asset}"] = found.table.prices[:, position]
        frame[f"weight_{asset}"] = records.weights[:, position, 0]
    return frame


def write_report(found: Backtest, file: Path) -> None:
    """Write the page; it needs no network to be read.

    Beside what happened it shows the frontier of every family on the same prices at the same costs,
    and where this backtest lies on it.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    summary = found.summary()
    frontier = frontier_figure(
        frontier_frame(found.table, found.targets, found.cost),
        (summary["tracking_error_bp"], summary["cost_bp"]),
    )
    frontier.update_layout(title="what tracking costs on these prices, by kind of policy")
    write_figures((_course(found, summary), frontier), file)


def _course(found: Backtest, summary: dict[str, Any]) -> go.Figure:
    """Value, weights, drawdown and cost along the way."""
    frame = series_frame(found)
    figure = make_subplots(rows=4, cols=1, shared_xaxes=True, subplot_titles=TITLES)
    _line(figure, frame, frame["value"], "value", 1)
    _line(figure, frame, frame["frictionless"], "frictionless mix", 1)
    for asset, target in zip(found.table.assets, found.targets, strict=True):
        _line(figure, frame, frame[f"weight_{asset}"], asset, 2)
        figure.add_hline(y=float(target), line={"dash": "dot", "width": 0.5}, row=2, col=1)
    value = frame["value"].to_numpy()
    _line(figure, frame, value / np.maximum.accumulate(value) - 1, "drawdown", 3)
    for name, series in found.cost_split().items():
        _line(figure, frame, series.cumsum() / BP, name, 4)
    figure.update_layout(
        height=1200,
        title=(
            f"{summary['rebalances']} rebalances, {summary['cost_bp']:.1f} bp a year at a tracking "
            f"error of {summary['tracking_error_bp']:.1f} bp"
        ),
    )
    return figure


def _line(
    figure: go.Figure, frame: pd.DataFrame, values: np.ndarray | pd.Series, name: str, row: int
) -> None:
    line = go.Scatter(x=frame["time_utc"], y=values, name=name, mode="lines")
    figure.add_trace(line, row=row, col=1)
