"""How long it takes to draw the futures of a portfolio."""

from __future__ import annotations

import time

import numpy as np
from trimtab.models.moments import Moments
from trimtab.research.montecarlo import GeometricBrownian, Plan, simulate

PATHS, ASSETS, STEPS = 10_000, 10, 1_000
RUNS = 3
"""Runs, of which the quickest counts: others use the machine too."""


def measure() -> dict[str, float]:
    """Seconds for all paths of a mixture of all assets, and what came of it."""
    names = tuple(f"asset {i}" for i in range(ASSETS))
    covariance = 0.36 * (0.6 + 0.4 * np.eye(ASSETS))
    model = GeometricBrownian(Moments(names, np.full(ASSETS, 0.1), covariance), 365.0)
    plan = Plan(1.0, np.full(ASSETS, 1 / ASSETS), goal=1.5)
    best = float("inf")
    for seed in range(RUNS):
        began = time.perf_counter()
        futures = simulate(model, plan, paths=PATHS, steps=STEPS, seed=seed)
        best = min(best, time.perf_counter() - began)
    return {
        "seconds": round(best, 3),
        "paths": PATHS,
        "assets": ASSETS,
        "steps": STEPS,
        "goal_probability": round(futures.goal_probability, 4),
    }
