"""Worked examples of tax lots, and what cannot be accounted for is refused."""

import pytest
from trimtab.domain.units import DAY, PRICE_SCALE, WAD
from trimtab.errors import BadInput
from trimtab.research.tax_advice import (
    HarvestRules,
    harvest_candidates,
    largest_sale,
    planned_gain,
)
from trimtab.research.tax_lots import Acquisition, Disposal, Method, settle
from trimtab.research.tax_report import csv_text, exact_text, gain_rows, totals

LOTS = [
    Acquisition(1 * DAY, 10, 100, "a"),
    Acquisition(2 * DAY, 10, 300, "b"),
    Acquisition(3 * DAY, 10, 200, "c"),
]
SALE = Disposal(400 * DAY, 15, 450, "out")


@pytest.mark.parametrize(
    ("method", "taken"),
    [
        (Method.FIFO, [("a", 10, 100, 300), ("b", 5, 150, 150)]),
        (Method.LIFO, [("c", 10, 200, 300), ("b", 5, 150, 150)]),
        (Method.HIFO, [("b", 10, 300, 300), ("c", 5, 100, 150)]),
    ],
)
def test_a_method_takes_its_lots_in_its_order(method, taken):
    book = settle("ETH", [*LOTS, SALE], method)

    parts = [(p.lot, p.quantity, p.cost, p.proceeds) for p in book.realised]
    assert parts == taken


def test_named_lots_are_taken_in_the_order_they_are_named():
    book = settle("ETH", [*LOTS, SALE], Method.SPECIFIC, {"out": ["c", "a"]})

    assert [(p.lot, p.quantity) for p in book.realised] == [("c", 10), ("a", 5)]
    assert [lot.reference for lot in book.lots] == ["a", "b"]


@pytest.mark.parametrize(
    ("movements", "picks", "words"),
    [
        ([SALE], None, "ETH: out at 1971-02-05 00:00:00 UTC disposes of 15 units, .* hold 0"),
        ([*LOTS, SALE], {}, "no lots are named for the disposal out"),
        ([*LOTS, SALE], {"out": ["z"]}, "lot z is not there for out; there are a, b, c"),
        ([*LOTS, SALE], {"out": ["a"]}, "disposes of 15 units, but its lots hold 10"),
        ([LOTS[0], LOTS[0]], None, "lot a exists already"),
        ([Acquisition(0, -1, 5, "x")], None, "x acquires -1 units for 5"),
    ],
)
def test_what_does_not_add_up_is_refused(movements, picks, words):
    method = Method.FIFO if picks is None else Method.SPECIFIC

    with pytest.raises(BadInput, match=words):
        settle("ETH", movements, method, picks)


def test_a_holding_is_long_term_once_its_period_has_passed():
    book = settle("ETH", [*LOTS, SALE], Method.FIFO)

    rows = gain_rows([(book, 0)], long_term=398 * DAY)

    assert [row.long_term for row in rows] == [True, False]
    sums = totals(rows)
    assert (sums.long_gain, sums.short_gain, sums.gain) == (200, 0, 200)


def test_the_year_of_a_disposal_chooses_its_rows():
    book = settle("ETH", [*LOTS, SALE], Method.FIFO)

    assert len(gain_rows([(book, 0)], long_term=0, year=1971)) == 2
    assert gain_rows([(book, 0)], long_term=0, year=1970) == ()


def test_the_csv_has_exact_numbers():
    movements = [
        Acquisition(0, 10**18, 3 * WAD, "in"),
        Disposal(DAY, 10**18 // 3, WAD + 1, "out"),
    ]
    book = settle("ETH", movements, Method.FIFO)

    header, row = csv_text(gain_rows([(book, 18)], long_term=0)).splitlines()

    assert header.startswith("asset,lot,disposal,acquired,disposed,quantity,cost,proceeds,gain")
    assert row == (
        "ETH,in,out,1970-01-01 00:00:00 UTC,1970-01-02 00:00:00 UTC,0.333333333333333333,"
        "0.999999999999999999,1.000000000000000001,0.000000000000000002,long"
    )


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [(0, 6, "0.000000"), (-5, 2, "-0.05"), (10**30, 18, "1000000000000.000000000000000000")],
)
def test_exact_text_has_no_exponent(amount, decimals, text):
    assert exact_text(amount, decimals) == text


PRICE = 15 * PRICE_SCALE


def test_losses_worth_taking_are_named_with_a_substitute_and_dates():
    book = settle("WETH", LOTS, Method.FIFO)

    found = harvest_candidates(book, PRICE, now=20 * DAY, rules=HarvestRules())

    assert [(c.holding.lot.reference, -c.holding.gain) for c in found] == [("b", 150), ("c", 50)]
    assert {c.substitute for c in found} == {"wstETH"}
    assert found[0].clear_at == 33 * DAY  # lot c was bought on day 3
    assert found[0].rebuy_at == 63 * DAY
    assert found[1].clear_at == 32 * DAY


def test_small_losses_are_left_alone():
    book = settle("WETH", LOTS, Method.FIFO)
    rules = HarvestRules(least_loss=100)

    found = harvest_candidates(book, PRICE, now=400 * DAY, rules=rules)

    assert [c.holding.lot.reference for c in found] == ["b"]
    assert found[0].clear_at == 400 * DAY


def test_a_budget_of_gains_bounds_a_sale():
    book = settle("WETH", LOTS, Method.FIFO)

    assert planned_gain(book, 10, PRICE, Method.FIFO, now=0) == 50
    assert largest_sale(book, PRICE, Method.FIFO, budget=20, now=0) == 30  # losses make up for it
    assert largest_sale(book, 100 * PRICE_SCALE, Method.FIFO, budget=900, now=0) == 10
    assert largest_sale(book, 100 * PRICE_SCALE, Method.FIFO, budget=90, now=0) == 1
    with pytest.raises(BadInput, match="at least 0"):
        largest_sale(book, PRICE, Method.FIFO, budget=-1, now=0)
