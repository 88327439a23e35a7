"""Expected returns that a machine learnt from a history: an input of mean-variance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trimtab.errors import BadInput
from trimtab.models.libraries import library
from trimtab.models.moments import Matrix, Moments, ReturnHistory, Vector

SPANS = (7, 30, 90)
"""Steps over which past returns are looked at."""

HORIZON = 30
"""Steps ahead that are forecast."""

STRIDE = 5
"""Steps between two samples: neighbours share most of their days and teach little."""

LEAST_SAMPLES = 20
"""Fewest moments to learn from."""


def with_learned_means(moments: Moments, history: ReturnHistory) -> Moments:
    """The same moments with means as gradient-boosted trees forecast them.

    One model for all assets, from returns over the last 7, 30 and 90 steps and the volatility of
    the last 30, to the return over the next 30. A sample is used only where its whole future is
    part of the history, so that nothing later is known.

    Raises
    ------
    BadInput
        If the history is too short to learn from.
    """
    logs = np.log1p(history.returns)
    features, labels = _samples(logs)
    trees = library("sklearn.ensemble").HistGradientBoostingRegressor(
        max_depth=3, max_iter=60, learning_rate=0.05, l2_regularization=1.0, random_state=1
    )
    trees.fit(features, labels)
    growth: Vector = trees.predict(_features(logs, len(logs))) / HORIZON * history.steps_a_year
    # The mean of a return lies above the growth it compounds to by half its variance.
    return replace(moments, mean=growth + moments.volatility**2 / 2)


def _samples(logs: Matrix) -> tuple[Matrix, Vector]:
    """Rows of features and what followed them, for every asset at every stride."""
    moments = range(max(SPANS), len(logs) - HORIZON + 1, STRIDE)
    if len(moments) < LEAST_SAMPLES:
        needed = max(SPANS) + HORIZON + STRIDE * (LEAST_SAMPLES - 1)
        raise BadInput(f"{len(logs)} returns; forecasts are learnt from {needed} or more")
    features = np.concatenate([_features(logs, now) for now in moments])
    labels = np.concatenate([logs[now : now + HORIZON].sum(axis=0) for now in moments])
    return features, labels


def _features(logs: Matrix, now: int) -> Matrix:
    """Shape (n, features). What is known of each asset after `now` steps."""
    returns = [logs[now - span : now].sum(axis=0) for span in SPANS]
    found: Matrix = np.column_stack([*returns, logs[now - SPANS[1] : now].std(axis=0)])
    return found
