"""The keeper's own decision kernels, compiled.

Each name is `njit` of the object that the keeper calls as plain Python; `KERNELS` pairs them, and a
test asserts that they are one. Where a kernel calls another, the compiler is told to compile that
one too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from numba import njit
from numba.extending import overload

from trimtab.domain import costs
from trimtab.policy import joint, kernels, timing

__all__ = [
    "KERNELS",
    "base_only",
    "cash_first",
    "destination",
    "fires",
    "joint_bands",
    "joint_destination",
    "joint_metric",
    "optimal_band",
    "swap_bill",
    "timed_candidate",
    "timed_destination",
    "timing_features",
]

Kernel = Callable[..., Any]


def _compile(kernel: Kernel) -> Any:
    @functools.wraps(kernel)
    def resolve(*_: Any) -> Kernel:
        return kernel

    overload(kernel)(resolve)
    return njit(kernel, cache=True)


fires = _compile(kernels.fires)
lower_drift = _compile(kernels.lower_drift)
destination = _compile(kernels.destination)
base_only = _compile(kernels.base_only)
cash_first = _compile(kernels.cash_first)
optimal_band = _compile(kernels.optimal_band)
joint_bands = _compile(joint.joint_bands)
joint_metric = _compile(joint.joint_metric)
best_pair = _compile(joint.best_pair)
joint_destination = _compile(joint.joint_destination)
swap_bill = _compile(costs.swap_bill)
farthest_pair = _compile(timing.farthest_pair)
timing_features = _compile(timing.timing_features)
timing_score = _compile(timing.timing_score)
timed_candidate = _compile(timing.timed_candidate)
timed_destination = _compile(timing.timed_destination)

KERNELS: tuple[tuple[Any, Kernel], ...] = (
    (fires, kernels.fires),
    (lower_drift, kernels.lower_drift),
    (destination, kernels.destination),
    (base_only, kernels.base_only),
    (cash_first, kernels.cash_first),
    (optimal_band, kernels.optimal_band),
    (joint_bands, joint.joint_bands),
    (joint_metric, joint.joint_metric),
    (best_pair, joint.best_pair),
    (joint_destination, joint.joint_destination),
    (swap_bill, costs.swap_bill),
    (farthest_pair, timing.farthest_pair),
    (timing_features, timing.timing_features),
    (timing_score, timing.timing_score),
    (timed_candidate, timing.timed_candidate),
    (timed_destination, timing.timed_destination),
)
"""Compiled kernels beside what the keeper runs."""
