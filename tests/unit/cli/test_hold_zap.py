"""A payment is split so that every part pays for the same shares, and none of it is wasted."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from trimtab.cli.hold_market import Quote
from trimtab.cli.hold_zap import affordable, split

SUPPLY = 10**21


class FakeMarket:
    """Pools that pay `price` for a unit, less as more is sold, and keep 30 bp."""

    def __init__(self, prices, depth):
        self._prices = prices
        self._depth = depth

    def best(self, wanted):
        return {
            pair: Quote(None, amount, self._paid(pair, amount)) for pair, amount in wanted.items()
        }

    def _paid(self, pair, amount):
        price = self._prices[pair[1]] / self._prices[pair[0]]
        net = Fraction(amount * 997, 1000)
        return int(net / price / (1 + net / self._depth))


held = st.lists(st.integers(10**9, 10**15), min_size=2, max_size=5)


@given(held, st.data())
def test_all_parts_pay_for_nearly_the_same_shares(recorded, data):
    size = len(recorded)
    prices = data.draw(st.lists(st.fractions(Fraction(1, 50), 50), min_size=size, max_size=size))
    token = data.draw(st.integers(0, size - 1))
    worth = sum(units * price for units, price in zip(recorded, prices, strict=True))
    amount = int(worth / prices[token] / data.draw(st.integers(2, 1000)))
    market = FakeMarket(prices, depth=amount * data.draw(st.integers(5, 1000)))

    quotes = split(market, token, amount, recorded)

    bought = {pair[1]: quote.amount_out for pair, quote in quotes.items()}
    bought[token] = amount - sum(quote.amount_in for quote in quotes.values())
    assert bought[token] >= 0
    shares = affordable(bought, recorded, SUPPLY)
    each = [bought[i] * SUPPLY // units for i, units in enumerate(recorded)]
    assert max(each) - shares <= shares // 1000 + SUPPLY // min(recorded)


def test_an_asset_of_which_nothing_is_held_is_not_bought():
    quotes = split(FakeMarket([1, 1, 1], 10**12), 0, 10**6, [10**9, 0, 10**9])

    assert set(quotes) == {(0, 2)}


def test_a_token_that_the_vault_does_not_hold_is_sold_whole():
    quotes = split(FakeMarket([1, 1, 1], 10**12), 0, 10**6, [0, 10**9, 10**9])

    assert sum(quote.amount_in for quote in quotes.values()) >= 10**6 - 2
