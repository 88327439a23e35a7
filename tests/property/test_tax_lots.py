"""Tax lots: nothing is lost, nothing is made, whatever is sold and whichever lots it takes."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from trimtab.domain.units import PRICE_SCALE
from trimtab.research.tax_advice import (
    PlannedSale,
    largest_sale,
    planned_gain,
    unrealised,
    within_budget,
)
from trimtab.research.tax_lots import Acquisition, Disposal, Method, settle

quantities = st.integers(1, 10**24)
money = st.integers(0, 10**28)
methods = st.sampled_from([Method.FIFO, Method.LIFO, Method.HIFO])


@st.composite
def histories(draw):
    """Movements that never dispose of more than there is."""
    held, movements = 0, []
    for place in range(draw(st.integers(1, 15))):
        if held and draw(st.booleans()):
            sold = draw(st.integers(1, held))
            movements.append(Disposal(place, sold, draw(money), f"out {place}"))
            held -= sold
        else:
            bought = draw(quantities)
            movements.append(Acquisition(place, bought, draw(money), f"in {place}"))
            held += bought
    return movements


def sums(movements):
    bought = [m for m in movements if isinstance(m, Acquisition)]
    sold = [m for m in movements if isinstance(m, Disposal)]
    return bought, sold


@given(histories(), methods)
def test_quantity_and_cost_are_conserved_exactly(movements, method):
    bought, sold = sums(movements)

    book = settle("ETH", movements, method)

    assert book.quantity + sum(part.quantity for part in book.realised) == sum(
        m.quantity for m in bought
    )
    assert book.cost + sum(part.cost for part in book.realised) == sum(m.cost for m in bought)
    assert sum(part.proceeds for part in book.realised) == sum(m.proceeds for m in sold)
    assert sum(part.quantity for part in book.realised) == sum(m.quantity for m in sold)


@given(histories(), methods)
def test_no_lot_is_taken_before_it_was_acquired_or_goes_below_zero(movements, method):
    book = settle("ETH", movements, method)

    assert all(part.acquired_at < part.disposed_at for part in book.realised)
    assert all(part.quantity > 0 and part.cost >= 0 for part in book.realised)
    assert all(lot.quantity > 0 and lot.cost >= 0 for lot in book.lots)


@given(histories())
def test_naming_the_lots_of_fifo_gives_fifo(movements):
    fifo = settle("ETH", movements, Method.FIFO)
    picks = {}
    for part in fifo.realised:
        picks.setdefault(part.disposal, []).append(part.lot)

    assert settle("ETH", movements, Method.SPECIFIC, picks) == fifo


@given(st.lists(st.tuples(quantities, money), min_size=1, max_size=8), st.data())
def test_hifo_realises_the_least_gain_of_one_sale(lots, data):
    bought = [Acquisition(i, quantity, cost, f"{i}") for i, (quantity, cost) in enumerate(lots)]
    sold = data.draw(st.integers(1, sum(quantity for quantity, _ in lots)))
    sale = Disposal(len(lots), sold, data.draw(money), "out")

    costs = {
        method: sum(part.cost for part in settle("ETH", [*bought, sale], method).realised)
        for method in (Method.FIFO, Method.LIFO, Method.HIFO)
    }

    # Each split lot may lose a unit of money to rounding.
    assert costs[Method.HIFO] >= max(costs.values()) - len(lots)


@given(histories(), methods, st.integers(0, 10**40), st.integers(0, 10**28))
def test_the_largest_sale_fits_its_budget_and_one_unit_more_does_not(
    movements, method, price, budget
):
    book = settle("ETH", movements, method)

    most = largest_sale(book, price, method, budget=budget, now=99)

    assert 0 <= most <= book.quantity
    assert planned_gain(book, most, price, method, now=99) <= budget
    if most < book.quantity:
        assert planned_gain(book, most + 1, price, method, now=99) > budget


@given(histories(), methods, st.integers(0, 10**40))
def test_selling_everything_realises_what_was_unrealised(movements, method, price):
    book = settle("ETH", movements, method)
    if not book.quantity:
        return

    sold = planned_gain(book, book.quantity, price, method, now=99)

    held = sum(holding.gain for holding in unrealised(book, price))
    assert 0 <= sold - held <= len(book.lots)  # each lot's value is rounded down
    exact = Fraction(book.quantity * price, PRICE_SCALE) - book.cost
    assert exact - 1 < sold <= exact


@given(st.lists(histories(), min_size=1, max_size=3), methods, money, st.data())
def test_any_part_of_what_a_budget_leaves_keeps_it(pasts, method, budget, data):
    books = [book for past in pasts if (book := settle("ETH", past, method)).quantity]
    sales = [
        PlannedSale(
            book,
            data.draw(st.integers(1, 10**12)) * PRICE_SCALE,
            data.draw(st.integers(1, book.quantity)),
        )
        for book in books
    ]

    caps = within_budget(sales, method, budget=budget, now=99)

    realised = 0
    for sale, cap in zip(sales, caps, strict=True):
        assert 0 <= cap <= sale.quantity
        part = data.draw(st.integers(0, cap))
        realised += planned_gain(sale.book, part, sale.price, method, now=99) if part else 0
    rounding = sum(len(book.lots) for book in books)  # each part of a sale is rounded by itself
    assert realised <= budget + rounding


@given(histories(), methods, st.integers(1, 10**12))
def test_a_budget_that_is_large_enough_leaves_all_of_it(past, method, price):
    book = settle("ETH", past, method)
    if book.quantity:
        sale = PlannedSale(book, price * PRICE_SCALE, book.quantity)

        assert within_budget([sale], method, budget=10**60, now=99) == (book.quantity,)
