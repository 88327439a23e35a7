"""What tracking costs, drawn: cost against tracking error, each family of policies as one line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go

from trimtab.errors import BadInput
from trimtab.research.frontier import Family, Study, Vector, parameters, trace
from trimtab.research.price_table import PriceTable
from trimtab.research.runs import SwapCost

__all__ = ["frontier_figure", "frontier_frame", "write_figures", "write_frontiers"]

BP = 1e-4
SHAPE = {Family.COST_OPTIMAL: 0.2}
"""Shape of each family: the keeper's coupling, and equal distances for bands."""

LINES = {
    Family.COST_OPTIMAL: {"width": 3, "color": "#1b6ca8"},
    Family.CALENDAR: {"dash": "dot", "color": "#888888"},
}
"""How lines look that are not drawn as the others."""


def frontier_frame(
    table: PriceTable, targets: Vector, cost: SwapCost, families: Sequence[Family] = tuple(Family)
) -> pd.DataFrame:
    """Every variant of the families along a table: parameter, cost and tracking error in bp a year.

    Parameters
    ----------
    targets
        Shape (n,).
    """
    study = Study.of(table, targets, cost, 0)
    rows = []
    for family in families:
        costs, tracking = trace(study, family, SHAPE.get(family, 0.0)).points()
        rows.append(
            pd.DataFrame(
                {
                    "family": family.value,
                    "fee_bp": cost.fee / BP,
                    "gas_bp": cost.gas / BP,
                    "parameter": parameters(family),
                    "cost_bp": costs[0] / BP,
                    "tracking_error_bp": tracking[0] / BP,
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def frontier_figure(frame: pd.DataFrame, own: tuple[float, float] | None = None) -> go.Figure:
    """Cost against tracking error on logarithmic axes; variants that never trade are left out.

    Parameters
    ----------
    own
        Tracking error and cost of a policy that is marked, in bp a year.
    """
    figure = go.Figure(layout={"template": "plotly_white", "height": 520})
    traded = frame[(frame["cost_bp"] > 0) & (frame["tracking_error_bp"] > 0)]
    for family, part in traded.groupby("family", sort=False):
        figure.add_scatter(
            x=part["tracking_error_bp"],
            y=part["cost_bp"],
            name=str(family).replace("_", " "),
            mode="lines",
            line=LINES.get(Family(family), {}),
        )
    if own is not None and min(own) > 0:
        mark = {"size": 12, "symbol": "star", "color": "#c0392b"}
        figure.add_scatter(
            x=[own[0]], y=[own[1]], name="this backtest", mode="markers", marker=mark
        )
    figure.update_xaxes(type="log", title="tracking error, bp a year")
    figure.update_yaxes(type="log", title="cost, bp a year")
    return figure


def write_frontiers(frame: pd.DataFrame, file: Path) -> None:
    """Write a page with a frontier for each fee and gas of a sweep; it needs no network.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    figures = []
    for (fee, gas), part in frame.groupby(["fee_bp", "gas_bp"], sort=True):
        figure = frontier_figure(part)
        figure.update_layout(title=f"fee {fee:g} bp, gas of a swap {gas:g} bp of NAV")
        figures.append(figure)
    write_figures(figures, file)


def write_figures(figures: Sequence[go.Figure], file: Path) -> None:
    """Write figures below one another on one page that carries its charts' code.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    parts = [
        figure.to_html(full_html=False, include_plotlyjs=position == 0)
        for position, figure in enumerate(figures)
    ]
    page = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Trimtab</title><body>'
    try:
        file.write_text(page + "\n".join(parts) + "</body></html>\n", encoding="utf-8")
    except OSError as fault:
        raise BadInput(f"{file}: cannot be written: {fault.strerror}; name another file") from fault
