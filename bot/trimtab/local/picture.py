"""Draws a run: its value against two yardsticks, and each weight against its target and band."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter
from numpy.typing import NDArray

from trimtab.local.reports import StepReport

Times = NDArray[np.datetime64]

WIDTH, ROW_HEIGHT = 10.0, 1.7
"""Size of a drawing: its width, and the height of one asset's row, in inches."""

DOTS_PER_INCH = 120

VAULT, HELD, IDEAL, TARGET = "#0b6e4f", "#b06a00", "#7a7a7a", "#333333"
"""Colours of the vault, of what is never traded, of the frictionless mix, and of targets."""


def draw_run(path: Path, assets: Sequence[str], steps: Sequence[StepReport]) -> Path:
    """Write a picture of a run as PNG and return its path; missing folders are made.

    Parameters
    ----------
    path
        Where to write it.
    assets
        Symbols, in the order of the steps' weights.
    steps
        The run, at least one step.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"date.converter": "concise"}):
        _drawn(assets, steps).savefig(path, dpi=DOTS_PER_INCH)
    return path


def _drawn(assets: Sequence[str], steps: Sequence[StepReport]) -> Figure:
    figure = Figure(figsize=(WIDTH, ROW_HEIGHT * (len(assets) + 2)), layout="constrained")
    ratios = [2, *([1] * len(assets))]
    rows: list[Axes] = list(figure.subplots(len(assets) + 1, 1, sharex=True, height_ratios=ratios))
    times = _times(steps)
    _draw_values(rows[0], times, steps)
    for position, (axes, asset) in enumerate(zip(rows[1:], assets, strict=True)):
        _draw_weight(axes, times, steps, position)
        axes.set_ylabel(asset)
    return figure


def _times(steps: Sequence[StepReport]) -> Times:
    return np.array([step.timestamp for step in steps], dtype="datetime64[s]")


def _draw_values(axes: Axes, times: Times, steps: Sequence[StepReport]) -> None:
    axes.plot(times, [s.frictionless for s in steps], color=IDEAL, lw=1, label="frictionless mix")
    axes.plot(times, [s.buy_and_hold for s in steps], color=HELD, lw=1, label="buy and hold")
    marked = [i for i, step in enumerate(steps) if step.rebalances]
    values = np.array([step.value for step in steps])
    axes.plot(times, values, color=VAULT, lw=1.4, label="vault")
    axes.plot(times[marked], values[marked], "o", color=VAULT, ms=3.5, label="rebalance")
    axes.set_title("Value, in the unit of account", loc="left", fontsize=10)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.legend(loc="upper left", fontsize=8, frameon=False, ncols=4)
    axes.grid(alpha=0.25)


def _draw_weight(axes: Axes, times: Times, steps: Sequence[StepReport], position: int) -> None:
    weights, targets, bands = (
        np.array([getattr(step, name)[position] for step in steps])
        for name in ("weights", "targets", "bands")
    )
    axes.fill_between(times, targets - bands, targets + bands, color=VAULT, alpha=0.12, lw=0)
    axes.plot(times, targets, color=TARGET, lw=0.8, ls="--")
    axes.plot(times, weights, color=VAULT, lw=1.2)
    marked = [i for i, step in enumerate(steps) if step.rebalances]
    whole_height = axes.get_xaxis_transform()
    axes.vlines(times[marked], 0, 1, transform=whole_height, color=VAULT, alpha=0.25, lw=0.8)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.grid(alpha=0.25)
