"""A model run: computed from settings and prices, stored with both, so that it can be repeated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from trimtab.cli.settings.schema import TargetsSettings
from trimtab.domain.costs import SECONDS_PER_YEAR
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.domain.units import WAD, weights_to_wad
from trimtab.errors import BadInput
from trimtab.local.price_csv import load_prices
from trimtab.models.black_litterman import View
from trimtab.models.catalogue import Means, Model, ModelSpec, target_weights
from trimtab.models.constraints import Constraints, Group
from trimtab.models.moments import Estimator, Matrix, ReturnHistory

FORMAT = 1
"""Version of the stored form."""

Bounds = tuple[tuple[int, int], ...]
"""Least and greatest target that the vault allows for each asset, in WAD."""


@dataclass(frozen=True, slots=True)
class ModelRun:
    """One run of a model, with everything it was given.

    Attributes
    ----------
    format
        Version of the stored form.
    vault, chain_id, block_number, made_at
        The vault, and the block at which it was read; the time of that, in seconds.
    assets
        Symbols, in the vault's order.
    bounds
        What the vault allows, in WAD.
    spec
        What was computed.
    timestamps, prices
        The history: times in seconds, and one row of prices for each.
    targets
        What came of it, in WAD, summing to WAD.
    """

    format: int
    vault: str
    chain_id: int
    block_number: int
    made_at: int
    assets: tuple[str, ...]
    bounds: Bounds
    spec: ModelSpec
    timestamps: tuple[int, ...]
    prices: tuple[tuple[float, ...], ...]
    targets: tuple[int, ...]

    @property
    def returns(self) -> ReturnHistory:
        """Simple returns of the history."""
        return _returns(self.assets, self.timestamps, np.array(self.prices))


_RUN = TypeAdapter(ModelRun)


def run_model(
    settings: TargetsSettings, file: Path, snapshot: VaultSnapshot, bounds: Bounds
) -> ModelRun:
    """Compute targets for a vault as it is now.

    Parameters
    ----------
    file
        The file of prices.
    bounds
        What the vault allows.

    Raises
    ------
    BadInput
        Naming what cannot be used.
    """
    symbols = tuple(holding.label for holding in snapshot.holdings)
    history = load_prices(file, tuple(settings.columns.get(name, name) for name in symbols))
    first = history.timestamps[-1] - settings.history
    kept = [i for i, at in enumerate(history.timestamps) if at >= first]
    timestamps = tuple(history.timestamps[i] for i in kept)
    prices = tuple(history.rows[i] for i in kept)
    spec = spec_of(settings, symbols, snapshot, bounds)
    weights = target_weights(spec, _returns(symbols, timestamps, np.array(prices)))
    return ModelRun(
        format=FORMAT,
        vault=snapshot.vault,
        chain_id=snapshot.chain_id,
        block_number=snapshot.block_number,
        made_at=snapshot.timestamp,
        assets=symbols,
        bounds=bounds,
        spec=spec,
        timestamps=timestamps,
        prices=prices,
        targets=into_bounds(weights_to_wad(list(weights)), bounds),
    )


def repeated(run: ModelRun) -> tuple[int, ...]:
    """The targets of a run, computed again from what it stored."""
    weights = target_weights(run.spec, run.returns)
    return into_bounds(weights_to_wad(list(weights)), run.bounds)


def spec_of(
    settings: TargetsSettings, symbols: tuple[str, ...], snapshot: VaultSnapshot, bounds: Bounds
) -> ModelSpec:
    """The settings as a specification, within what the vault allows."""
    allowed = dict(zip(symbols, bounds, strict=True))
    minimum = {name: max(low, settings.minimum.get(name, 0)) for name, (low, _) in allowed.items()}
    maximum = {
        name: min(most, settings.maximum.get(name, WAD)) for name, (_, most) in allowed.items()
    }
    return ModelSpec(
        model=Model(settings.model),
        estimator=Estimator(settings.estimator),
        means=Means(settings.means),
        base=None if settings.base is None else settings.base / WAD,
        risk_aversion=float(settings.risk_aversion),
        volatility=None if settings.volatility is None else float(settings.volatility),
        weights=_fractions(settings.weights),
        market=_fractions(settings.market),
        views=tuple(
            View(view.mixture, float(view.expected), view.confidence / WAD)
            for view in settings.views
        ),
        constraints=Constraints(
            minimum=_fractions(minimum | _strangers(settings.minimum, symbols)),
            maximum=_fractions(maximum | _strangers(settings.maximum, symbols)),
            groups=tuple(
                Group(group.name, tuple(group.members), group.minimum / WAD, group.maximum / WAD)
                for group in settings.groups
            ),
            excluded=tuple(settings.excluded),
            reserve=settings.reserve / WAD,
            previous={holding.label: holding.target / WAD for holding in snapshot.holdings},
            turnover=None if settings.turnover is None else settings.turnover / WAD,
            scores=settings.scores,
            score_floor=settings.score_floor,
        ),
    )


def into_bounds(targets: tuple[int, ...], bounds: Bounds) -> tuple[int, ...]:
    """Targets moved by rounding's last digits into their bounds, still summing to WAD.

    Raises
    ------
    BadInput
        If more than rounding is missing.
    """
    inside = [
        min(max(target, low), most) for target, (low, most) in zip(targets, bounds, strict=True)
    ]
    missing = WAD - sum(inside)
    for i, (low, most) in enumerate(bounds):
        moved = min(max(missing, low - inside[i]), most - inside[i])
        inside[i] += moved
        missing -= moved
    off = max(abs(a - b) for a, b in zip(inside, targets, strict=True))
    if missing or off > WAD // 10**6:
        raise BadInput(f"targets {targets} do not fit the vault's bounds {bounds}")
    return tuple(inside)


def store_run(run: ModelRun, folder: Path) -> Path:
    """Write a run to a file named by its day and its content."""
    text = json.dumps(asdict(run), indent=1, sort_keys=True) + "\n"
    day = datetime.fromtimestamp(run.made_at, UTC).strftime("%Y-%m-%d")
    file = folder / f"{day}-{sha256(text.encode()).hexdigest()[:12]}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{file}: cannot be written: {error.strerror}") from None
    return file


def read_run(file: Path) -> ModelRun:
    """The run in a file.

    Raises
    ------
    BadInput
        If there is none, or the file is something else.
    """
    try:
        run = _RUN.validate_json(file.read_bytes())
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise BadInput(f"{file}: is no model run: {where}: {fault['msg']}") from None
    if run.format != FORMAT:
        raise BadInput(f"{file}: is of format {run.format}, expected {FORMAT}")
    return run


def newest_run(folder: Path) -> ModelRun | None:
    """The latest run in a folder, or None."""
    runs = [read_run(file) for file in sorted(folder.glob("*.json"))]
    return max(runs, key=lambda run: run.made_at, default=None)


def _returns(assets: tuple[str, ...], timestamps: tuple[int, ...], prices: Matrix) -> ReturnHistory:
    if len(timestamps) < 3:
        raise BadInput(f"{len(timestamps)} price rows in targets.history; a model needs at least 3")
    years = (timestamps[-1] - timestamps[0]) / SECONDS_PER_YEAR
    return ReturnHistory(assets, prices[1:] / prices[:-1] - 1, (len(timestamps) - 1) / years)


def _strangers(given: Mapping[str, int], symbols: tuple[str, ...]) -> dict[str, int]:
    """Bounds on what is no asset, kept so that they are refused by name."""
    return {name: value for name, value in given.items() if name not in symbols}


def _fractions(wads: Mapping[str, int]) -> dict[str, float]:
    return {name: wad / WAD for name, wad in wads.items()}


def as_json(run: ModelRun) -> dict[str, Any]:
    """What a program wants of a run: targets by asset, and where they come from."""
    return {
        "model": run.spec.model,
        "made_at": run.made_at,
        "block": run.block_number,
        "rows": len(run.timestamps),
        "targets": dict(zip(run.assets, (str(target) for target in run.targets), strict=True)),
    }
