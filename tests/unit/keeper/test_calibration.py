"""The cost model is judged by what rebalances really cost, and only once there is enough to say."""

import pytest
from trimtab.keeper.calibration import FEWEST, Comparison, calibration, comparisons
from trimtab.keeper.realised import CostSplit
from trimtab.store.decisions import DecisionRecord


def record(action="rebalance", block=1, **numbers):
    return DecisionRecord(1, "0xv", block, "0xh", 12, action, "because", numbers)


NUMBERS = {
    "planned_fee": 10.0,
    "planned_impact": 5.0,
    "planned_gas": 2.0,
    "fee": 10.0,
    "impact": 7.0,
    "gas": 1.5,
    "traded": 20_000.0,
}


def cost(swaps, gas=1.0):
    return CostSplit(fee=swaps, impact=0.0, gas=gas)


def rebalances(predicted, realised, *, count=FEWEST, traded=10_000.0):
    return [Comparison(block, predicted, realised, traded) for block in range(count)]


def faults(*args, **options):
    return calibration(rebalances(*args, **options)).faults()


def test_a_rebalance_is_compared_with_its_own_prediction():
    (one,) = comparisons([record(**NUMBERS)])

    assert (one.predicted, one.realised) == (CostSplit(10, 5, 2), CostSplit(10, 7, 1.5))
    assert one.traded == 20_000


@pytest.mark.parametrize("missing", sorted(NUMBERS))
def test_a_rebalance_without_one_of_its_numbers_is_left_out(missing):
    numbers = {name: value for name, value in NUMBERS.items() if name != missing}

    assert comparisons([record(**numbers), record("hold", **NUMBERS)]) == ()


def test_sums_and_the_worst_error_are_those_of_all():
    found = calibration(comparisons([record(**NUMBERS), record(**NUMBERS | {"impact": 15.0})]))

    assert found.count == 2
    assert found.predicted.swaps == 30
    assert found.realised.swaps == 42
    assert found.worst == pytest.approx(10 / 20_000)


def test_what_a_policy_did_not_weigh_is_worth_nothing_that_is_known():
    weighed = [record(**NUMBERS, benefit=40.0), record(**NUMBERS, benefit=2.5)]
    found = calibration(comparisons([*weighed, record(**NUMBERS), record(**NUMBERS, benefit=None)]))

    assert (found.count, found.weighed, found.benefit) == (4, 2, 42.5)


def test_a_model_that_is_right_has_no_faults():
    assert faults(cost(30.0), cost(33.0)) == ()


def test_few_rebalances_say_nothing():
    assert faults(cost(30.0), cost(90.0), count=FEWEST - 1) == ()


def test_swaps_that_cost_more_or_less_than_predicted_are_named():
    (dear,) = faults(cost(30.0), cost(60.0))
    (cheap,) = faults(cost(30.0), cost(10.0))

    assert dear.startswith("swaps cost 180.00 where 90.00 was predicted")
    assert cheap.startswith("swaps cost 30.00")


def test_gas_that_is_off_is_named():
    (fault,) = faults(cost(30.0, gas=10.0), cost(30.0, gas=20.0))

    assert fault.startswith("gas cost 60.00 where 30.00 was predicted")


def test_errors_that_are_dust_beside_the_trade_are_no_fault():
    assert faults(cost(0.5), cost(1.5)) == ()


def test_nothing_compared_is_nothing_wrong():
    assert calibration([]).faults() == ()
