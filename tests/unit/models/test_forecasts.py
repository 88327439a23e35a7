"""Learnt means follow what a history teaches, and are refused where it teaches too little."""

from dataclasses import replace

import numpy as np
import pytest
from trimtab.errors import BadInput
from trimtab.models.catalogue import Means, Model, ModelSpec, target_weights
from trimtab.models.forecasts import with_learned_means
from trimtab.models.moments import ReturnHistory, estimate


def history(steps=700, seed=1):
    """Assets whose trend lasts: what rose over the last month rises on."""
    random = np.random.default_rng(seed)
    trend = np.sin(np.arange(steps)[:, None] / 90 + np.array([0.0, 2.0, 4.0])) * 0.01
    return ReturnHistory(("A", "B", "C"), trend + random.standard_normal((steps, 3)) * 0.003, 365.0)


def test_a_trend_that_lasts_is_learnt():
    past = history()
    ahead = np.sin((np.arange(30)[:, None] + 700) / 90 + np.array([0.0, 2.0, 4.0])).mean(axis=0)

    learnt = with_learned_means(estimate(past), past)

    assert np.corrcoef(learnt.mean, ahead)[0, 1] > 0.9
    np.testing.assert_array_equal(learnt.covariance, estimate(past).covariance)


def test_the_same_history_teaches_the_same():
    past = history()

    first, again = (with_learned_means(estimate(past), past).mean for _ in range(2))

    np.testing.assert_array_equal(first, again)


def test_a_short_history_is_refused_with_what_is_needed():
    past = history(steps=150)

    with pytest.raises(BadInput, match="150 returns; forecasts are learnt from 215 or more"):
        with_learned_means(estimate(past), past)


def test_a_specification_may_ask_for_learnt_means():
    past = history(steps=500)
    spec = ModelSpec(Model.MEAN_VARIANCE)

    plain, learnt = (target_weights(replace(spec, means=m), past) for m in Means)

    assert np.argmax(learnt) == np.argmax(with_learned_means(estimate(past), past).mean)
    assert np.abs(plain - learnt).max() > 0.1
