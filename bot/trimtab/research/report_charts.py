"""The charts of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from trimtab.models.libraries import library
from trimtab.research.attribution import HoldingPath, attribute
from trimtab.research.metrics import ValueSeries, drawdowns
from trimtab.research.montecarlo import Futures

LAYOUT = {"template": "plotly_white", "height": 380, "margin": {"t": 20, "b": 40, "l": 60, "r": 20}}


def figures(
    path: HoldingPath, held: ValueSeries, futures: Futures | None
) -> Iterator[tuple[str, Any]]:
    """Every chart with its heading."""
    days = _days(path.timestamps)
    series = path.series()
    yield (
        "Worth of one share",
        _lines(days, {"share": series.values, "first quantities, never traded": held.values}),
    )
    yield (
        "Distance below the highest worth so far",
        _lines(days, {"share": drawdowns(series), "never traded": drawdowns(held)}, percent=True),
    )
    yield "Weights", _areas(days, path)
    yield "Where the change came from", _bars(path)
    if futures is not None:
        yield "A year of possible futures", _fan(futures)


def _lines(days: Sequence[datetime], columns: dict[str, Any], *, percent: bool = False) -> Any:
    objects = library("plotly.graph_objects")
    figure = objects.Figure(layout=LAYOUT)
    for name, values in columns.items():
        figure.add_scatter(x=days, y=list(values), name=name, mode="lines")
    if percent:
        figure.update_yaxes(tickformat=".0%")
    return figure


def _areas(days: Sequence[datetime], path: HoldingPath) -> Any:
    objects = library("plotly.graph_objects")
    figure = objects.Figure(layout=LAYOUT)
    weights = path.prices * path.quantities / path.worth[:, None]
    for asset, column in zip(path.assets, weights.T, strict=True):
        figure.add_scatter(x=days, y=list(column), name=asset, stackgroup="weights", mode="none")
    figure.update_yaxes(tickformat=".0%", range=[0, 1])
    return figure


def _bars(path: HoldingPath) -> Any:
    objects = library("plotly.graph_objects")
    parts = attribute(path)
    figure = objects.Figure(layout=LAYOUT | {"barmode": "relative"})
    for name, group in (("held", parts.buy_and_hold), ("rebalanced", parts.rebalancing)):
        figure.add_bar(x=list(group), y=list(group.values()), name=name)
    figure.add_bar(x=list(parts.moves), y=list(parts.moves.values()), name="moves")
    return figure


def _fan(futures: Futures) -> Any:
    objects = library("plotly.graph_objects")
    figure = objects.Figure(layout=LAYOUT)
    days = np.arange(futures.worth.shape[1])
    names = ("5 %", "25 %", "half", "75 %", "95 %")
    for name, quantile in zip(names, futures.fan(), strict=True):
        fill = None if name == "5 %" else "tonexty"
        figure.add_scatter(x=days, y=quantile, name=name, fill=fill, mode="lines")
    figure.update_xaxes(title="days from now")
    return figure


def _days(timestamps: Sequence[int]) -> list[datetime]:
    return [datetime.fromtimestamp(timestamp, UTC) for timestamp in timestamps]
