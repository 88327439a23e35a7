"""The steps of a run add up to its figures, and to a picture."""

import pytest
from trimtab.local.figures import TradeCost
from trimtab.local.picture import draw_run
from trimtab.local.prices import PriceHistory
from trimtab.local.reports import RebalanceReport, StepReport, run_figures

DAY = 86_400
HISTORY = PriceHistory(tuple(DAY * i for i in range(1, 5)), ("USDC", "BTC"), ((1.0, 100.0),) * 4)


def rebalance(value, drift_after):
    cost = TradeCost(sold=value / 10, fee=value / 10_000, impact=0.0, gap=0.0, gas=value / 20_000)
    return RebalanceReport("0x" + "00" * 32, 1, ((0, 1, 1),), value, cost, 10**17, drift_after)


def step(i, value, ideal, *, action="hold", error=0.0, rebalances=()):
    return StepReport(
        step=i,
        timestamp=HISTORY.timestamps[i],
        action=action,
        sentence="because",
        recorded=(1, 1),
        weights=(0.4, 0.6),
        targets=(0.5, 0.5),
        bands=(0.05, 0.05),
        value=value,
        buy_and_hold=1000.0 + i,
        frictionless=ideal,
        value_error_bp=error,
        rebalances=rebalances,
    )


STEPS = [
    step(0, 1000.0, 1000.0),
    step(1, 1100.0, 1100.0, rebalances=(rebalance(1100.0, 2 * 10**15),)),
    step(2, 1200.0, 1210.0, error=0.25, rebalances=(rebalance(1200.0, 10**15),)),
    step(3, 1300.0, 1331.0),
]


def test_figures_of_a_run_come_from_its_steps():
    figures = run_figures(HISTORY, STEPS)

    assert (figures.days, figures.rebalances) == (4, 2)
    assert (figures.value, figures.buy_and_hold, figures.frictionless) == (1300, 1003, 1331)
    assert figures.turnover == pytest.approx(0.2)
    assert (figures.cost.fee, figures.cost.gas) == pytest.approx((2, 1))
    assert (figures.cost.impact, figures.cost.gap) == (0, 0)


def test_the_worst_drift_and_the_worst_error_are_reported():
    figures = run_figures(HISTORY, STEPS)

    assert figures.max_drift_after_bp == pytest.approx(20)
    assert figures.value_error_bp == 0.25


@pytest.mark.parametrize("action", ["rejected", "reverted"])
def test_what_the_vault_refused_is_counted(action):
    steps = [*STEPS[:3], step(3, 1300.0, 1331.0, action=action)]

    assert run_figures(HISTORY, steps).refused == 1
    assert run_figures(HISTORY, STEPS).refused == 0


def test_a_run_without_rebalances_has_figures():
    figures = run_figures(HISTORY, [step(i, 1000.0, 1000.0) for i in range(4)])

    assert (figures.rebalances, figures.turnover, figures.max_drift_after_bp) == (0, 0, 0)
    assert figures.tracking_error_bp == 0


@pytest.mark.parametrize("steps", [STEPS, STEPS[:1]], ids=["run", "one-step"])
def test_a_picture_is_written_where_it_was_asked_for(tmp_path, steps):
    path = draw_run(tmp_path / "new" / "run.png", ("USDC", "BTC"), steps)

    assert path.read_bytes().startswith(b"\x89PNG")
