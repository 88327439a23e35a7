"""Every family of policies over a grid of fees and gas, part by part, so that it can be resumed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
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

__all__ = ["SweepOptions", "sweep"]


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


def sweep(
    table: PriceTable,
    options: SweepOptions,
    tell: Callable[[int, int], None] = lambda _, __: None,
) -> pd.DataFrame:
    """Run what is not there yet, and write all of it to one file.

    The engine takes all cores for each part. A part is written under its final name only when it is
    complete: a sweep that was killed goes on with the next.

    Parameters
    ----------
    table
        Prices.
    options
        The grid.
    tell
        Told how many parts are done, and of how many.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    grid = list(product(options.families, options.fees, options.gas))
    folder = options.output.with_name(options.output.name + ".parts")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        parts = []
        for done, (family, fee, gas) in enumerate(grid):
            tell(done, len(grid))
            parts.append(_part(folder, table, options, (family, fee, gas)))
        frame = pd.concat(parts, ignore_index=True)
        _write_whole(frame, options.output)
        for part in folder.glob("*.parquet"):
            part.unlink()
        folder.rmdir()
    except OSError as fault:
        raise BadInput(
            f"{options.output}: cannot be written: {fault}; name another file"
        ) from fault
    tell(len(grid), len(grid))
    return frame


def _part(
    folder: Path, table: PriceTable, options: SweepOptions, point: tuple[Family, float, float]
) -> pd.DataFrame:
    file = folder / f"{_key(table, options, point)}.parquet"
    if file.exists():
        return pd.read_parquet(file)
    family, fee, gas = point
    frame = frontier_frame(table, options.targets, SwapCost(fee, 0.0, gas), (family,))
    _write_whole(frame, file)
    return frame


def _key(table: PriceTable, options: SweepOptions, point: tuple[Family, float, float]) -> str:
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
