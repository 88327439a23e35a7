"""A curve holds the sizes that a pool can take, asked for one by one or all in one call."""

import pytest
from eth_abi.abi import decode, encode
from trimtab import errors
from trimtab.chain.answers import Block
from trimtab.chain.node import Node
from trimtab.chain.quotes import (
    LEG_OVERHEAD_GAS,
    MAX_SQRT_RATIO,
    MIN_SQRT_RATIO,
    SIZE_FRACTIONS,
    QuoteRequest,
    Quoters,
    sample,
)
from trimtab.chain.reverts import Refusal, as_error_string
from trimtab.domain.snapshot import Route

BLOCK = Block(1, "0x" + "ab" * 32, "0x" + "00" * 32, 12, 30_000_000, 7)
VENUE, QUOTER, MULTICALL = ("0x" + digit * 40 for digit in "345")
SOLD, BOUGHT = "0x" + "1" * 40, "0x" + "2" * 40
RESULT = ["uint256", "uint160[]", "uint32[]", "uint256"]


class FakeQuoter:
    """A pool that pays half of what it gets, up to a capacity; speaks for QuoterV2 and Multicall3.

    Past its capacity it stops at an end of its prices, as Uniswap's pools do.
    """

    name = "fake"
    pins_by_hash = True

    def __init__(
        self, *, capacity=10**30, end=MIN_SQRT_RATIO + 1, reverts_above=10**30, gas=80_000
    ):
        self.capacity = capacity
        self.end = end
        self.reverts_above = reverts_above
        self.gas = gas
        self.calls = 0

    def request(self, method, params):
        assert method == "eth_call"
        self.calls += 1
        call, data = params[0], bytes.fromhex(params[0]["data"][2:])
        if call["to"] == QUOTER:
            return "0x" + self.quote(data).hex()
        (wanted,) = decode(["(address,bool,bytes)[]"], data[4:])
        return "0x" + encode(["(bool,bytes)[]"], [[self.tried(one) for _, _, one in wanted]]).hex()

    def tried(self, data):
        try:
            return True, self.quote(data)
        except Refusal as refusal:
            return False, refusal.data

    def quote(self, data):
        self.path, amount = decode(["bytes", "uint256"], data[4:])
        if amount > self.reverts_above:
            raise Refusal(as_error_string("SPL"))
        price = 2**96 if amount <= self.capacity else self.end
        return encode(RESULT, [min(amount, self.capacity) // 2, [price], [0], self.gas])


def request(*, up_to=9600, **changes):
    fields = {"venue": VENUE, "token_in": 0, "token_out": 1, "active": True, "payee": VENUE}
    route = Route(route_id=7, **(fields | {"data": b"\x00\x01\xf4"} | changes))
    return QuoteRequest(route, SOLD, BOUGHT, up_to)


def sampled(quoter, *, multicall=None, wanted=None):
    quoters = Quoters({VENUE: QUOTER}, multicall)
    return sample(Node(quoter), quoters, wanted or [request()], block=BLOCK)


@pytest.fixture(params=[None, MULTICALL], ids=["one-by-one", "multicall"])
def multicall(request):
    return request.param


def test_a_curve_has_the_quoters_amounts_at_rising_sizes(multicall):
    (curve,) = sampled(FakeQuoter(), multicall=multicall).curves

    assert curve.amounts_in == tuple(9600 * part // whole for part, whole in SIZE_FRACTIONS)
    assert curve.amounts_out == tuple(amount // 2 for amount in curve.amounts_in)
    assert curve.gas == 80_000 + LEG_OVERHEAD_GAS


def test_the_path_is_the_routes_data_between_the_two_tokens():
    quoter = FakeQuoter()

    sampled(quoter)

    assert quoter.path == bytes.fromhex(SOLD[2:]) + b"\x00\x01\xf4" + bytes.fromhex(BOUGHT[2:])


def test_all_routes_take_one_call_where_the_chain_has_multicall():
    quoter = FakeQuoter()

    sampled(quoter, multicall=MULTICALL, wanted=[request()] * 8)

    assert quoter.calls == 1


@pytest.mark.parametrize("end", [MIN_SQRT_RATIO + 1, MAX_SQRT_RATIO - 1])
def test_a_curve_ends_before_the_size_that_empties_the_pool(multicall, end):
    (curve,) = sampled(FakeQuoter(capacity=4000, end=end), multicall=multicall).curves

    assert curve.amounts_in == (300, 1200, 3600)


def test_a_curve_ends_before_the_size_that_reverts(multicall):
    (curve,) = sampled(FakeQuoter(reverts_above=2000), multicall=multicall).curves

    assert curve.amounts_in == (300, 1200)


def test_a_pool_that_reverts_at_once_is_a_fault_in_words(multicall):
    quotes = sampled(FakeQuoter(reverts_above=0), multicall=multicall)

    assert quotes.curves == ()
    assert quotes.faults[0].route_id == 7
    assert "price limit" in quotes.faults[0].sentence


def test_sizes_that_round_to_the_same_amount_are_asked_for_once():
    (curve,) = sampled(FakeQuoter(), wanted=[request(up_to=4)]).curves

    assert curve.amounts_in == (2, 4)


def test_a_pool_that_pays_nothing_at_all_is_a_fault():
    assert "pays nothing" in sampled(FakeQuoter(), wanted=[request(up_to=1)]).faults[0].sentence


def test_nothing_to_sell_is_a_fault():
    assert sampled(FakeQuoter(), wanted=[request(up_to=0)]).faults[0].sentence == (
        "there is nothing to sell"
    )


def test_a_gas_that_no_block_holds_is_not_believed(multicall):
    with pytest.raises(errors.NodeAnsweredWrongly, match="gas of a quote"):
        sampled(FakeQuoter(gas=10**12), multicall=multicall)
