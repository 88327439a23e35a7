"""Every family of policies over a grid of fees and gas, part by part, so that it can be resumed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trimtab.errors import BadInput
from trimtab.research.frontier import Family
from trimtab.research.frontier_page import frontier_frame
from trimtab.research.price_table import PriceTable
from trimtab.research.runs import SwapCost

__all__ = ["Runner", "SweepOptions", "Task", "compute", "in_process", "sweep"]


@dataclass(frozen=True, slots=True)
class SweepOptions:
    """What is swept.

    Attributes
    ----------
    targets
        Shape (n,).
    families
        Kinds of policy; each is traced from tight to loose.
    fees, gas
        Costs of a swap, as fractions.
    output
        Parquet file of the result; its parts lie beside it until all are there.
    """

    targets: NDArray[np.float64]
    families: tuple[Family, ...]
    fees: tuple[float, ...]
    gas: tuple[float, ...]
    output: Path


Point = tuple[Family, float, float]
"""A family, a fee, and gas."""


@dataclass(frozen=True, slots=True)
class Task:
    """One part of a sweep, as it can be computed anywhere."""

    table: PriceTable
    targets: NDArray[np.float64]
    point: Point


Runner = Callable[[Sequence[Task]], Iterator[tuple[int, pd.DataFrame]]]
"""Computes parts; yields each with its position as soon as it is there."""


def compute(task: Task) -> pd.DataFrame:
    """One part: every variant of a family at one fee and one gas."""
    family, fee, gas = task.point
    return frontier_frame(task.table, task.targets, SwapCost(fee, 0.0, gas), (family,))


def in_process(tasks: Sequence[Task]) -> Iterator[tuple[int, pd.DataFrame]]:
    """Parts one after another; the engine takes all cores for each."""
    for position, task in enumerate(tasks):
        yield position, compute(task)


def sweep(
    table: PriceTable,
    options: SweepOptions,
    tell: Callable[[int, int], None] = lambda _, __: None,
    run: Runner = in_process,
) -> pd.DataFrame:
    """Run what is not there yet, and write all of it to one file.

    A part is written under its final name only when it is complete: a sweep that was killed goes on
    with what is missing, here or on a cluster.

    Parameters
    ----------
    table
        Prices.
    options
        The grid.
    tell
        Told how many parts are done, and of how many.
    run
        Computes the parts.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    grid = list(product(options.families, options.fees, options.gas))
    folder = options.output.with_name(options.output.name + ".parts")
    files = [folder / f"{_key(table, options, point)}.parquet" for point in grid]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        missing = [place for place, file in enumerate(files) if not file.exists()]
        done = len(grid) - len(missing)
        tell(done, len(grid))
        tasks = [Task(table, options.targets, grid[place]) for place in missing]
        for position, part in run(tasks):
            _write_whole(part, files[missing[position]])
            done += 1
            tell(done, len(grid))
        frame = pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
        _write_whole(frame, options.output)
        # Those of other grids, and those that were being written when it was killed, included.
        for file in folder.glob("*.parquet*"):
            file.unlink()
        folder.rmdir()
    except OSError as fault:
        raise BadInput(
            f"{options.output}: cannot be written: {fault}; name another file"
        ) from fault
    return frame


def _key(table: PriceTable, options: SweepOptions, point: Point) -> str:
    """A name that is the same only for the same prices, targets and costs."""
    family, fee, gas = point
    digest = hashlib.sha256(table.prices.tobytes() + table.timestamps.tobytes())
    digest.update(options.targets.tobytes() + table.fresh.tobytes())
    digest.update(json.dumps([family.value, fee, gas, list(table.assets)]).encode())
    return digest.hexdigest()[:24]


def _write_whole(frame: pd.DataFrame, file: Path) -> None:
    """Write a file that is either there in full or not at all."""
    partial = file.with_name(file.name + ".partial")
    frame.to_parquet(partial, index=False)
    partial.replace(file)
