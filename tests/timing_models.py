"""Models of learnt timing for tests."""

from dataclasses import replace

from trimtab.policy.timing import FEATURES, TERMS
from trimtab.policy.timing_model import Compared, Learnt, TimingModel

LEARNT = Learnt(
    first="2020-01-01",
    last="2020-12-31",
    assets=("USDC", "ETH"),
    prices="ab" * 32,
    fee_bp=30.0,
    impact=0.0,
    gas_bp=0.2,
    samples=1000,
    penalty=100.0,
    gain=0.05,
)
BETTER = Compared("2021-01-01", "2021-12-31", (100.0, 200.0), -0.05, -0.08, -0.01)
WORSE = replace(BETTER, excess=0.04, ci_low=-0.02, ci_high=0.1)


def model(intercept=0.0, coefficients=(0.0,) * TERMS, compared=BETTER):
    return TimingModel(
        bar_seconds=86_400,
        intercept=intercept,
        means=(0.0,) * len(FEATURES),
        scales=(1.0,) * len(FEATURES),
        coefficients=tuple(coefficients),
        learnt=LEARNT,
        compared=compared,
    )
