"""The vault's arithmetic in Python is the one on the chain: the same inputs, the same integers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from property.strategies import wad_weights
from trimtab.chain.contracts import interface
from trimtab.chain.node import Call, Node
from trimtab.domain import arithmetic, bucket, schedule
from trimtab.domain.units import WAD, wad_to_float
from trimtab.local.accounts import local_accounts
from trimtab.local.ethtester import EthTesterChain
from trimtab.local.sender import Sender

DAY = 86_400
YEARS = 5 * 366 * DAY

wads = st.integers(0, WAD) | st.sampled_from([0, 1, WAD - 1, WAD])
times = st.integers(1_600_000_000, 1_600_000_000 + 2 * YEARS)
amounts = st.integers(0, 2**120) | st.integers(0, 2**40)
prices = st.integers(1, 2**200) | st.integers(1, 10**40)
values = st.integers(0, 10**40) | st.integers(0, 10**20)


@pytest.fixture(scope="module")
def solidity():
    with EthTesterChain() as chain:
        address = Sender(chain, local_accounts().operator).create("LibraryHarness")
        node = Node(chain.provider)
        harness = interface("LibraryHarness")

        def ask(function, *arguments):
            data = node.call(Call(address, harness.encode(function, *arguments)))
            answers = tuple(harness.decode(function, data).values())
            return answers[0] if len(answers) == 1 else answers

        yield ask


@st.composite
def schedules(draw):
    """Lines of all assets, start and end of the schedule, and a moment before, in or after it."""
    size = draw(st.integers(2, 16))
    lines = tuple(zip(draw(wad_weights(size)), draw(wad_weights(size)), strict=True))
    starts_at = draw(times)
    duration = draw(st.integers(0, YEARS) | st.integers(0, 10))
    moment = starts_at + draw(st.integers(-DAY, duration + DAY) | st.integers(-1, 1))
    return lines, starts_at, starts_at + duration, moment


@st.composite
def portfolios(draw):
    """Values, not all zero, and target weights of the same assets."""
    held = draw(st.lists(values, min_size=2, max_size=16).filter(any))
    return held, draw(wad_weights(len(held)))


@given(schedules())
def test_targets_interpolate_alike(solidity, drawn):
    lines, starts_at, ends_at, moment = drawn
    rules = [(start, end, 1, 1) for start, end in lines]

    on_chain = solidity("weightsAt", rules, starts_at, ends_at, moment)

    assert schedule.weights_at(lines, starts_at, ends_at, moment) == tuple(on_chain)


@given(st.tuples(wads, wads), schedules())
def test_one_weight_interpolates_alike(solidity, line, drawn):
    _, starts_at, ends_at, moment = drawn

    on_chain = solidity("weightAt", *line, starts_at, ends_at, moment)

    assert schedule.weight_at(line, starts_at, ends_at, moment) == on_chain


@given(schedules())
def test_the_distance_of_targets_is_alike(solidity, drawn):
    before, after = zip(*drawn[0], strict=True)

    on_chain = solidity("distanceUp", before, after)

    assert schedule.distance_up(before, after) == on_chain


@given(wads, wads, st.integers(0, YEARS), wads)
def test_buckets_refill_alike(solidity, used, rate, elapsed, capacity):
    used_on_chain = solidity("usedUp", used, rate, elapsed)
    left_on_chain = solidity("left", used_on_chain, capacity)

    used_now = bucket.used_up(used, rate, elapsed)

    assert used_now == used_on_chain
    assert bucket.left(used_now, capacity) == left_on_chain


@given(values, prices, wads)
def test_floors_of_legs_are_alike(solidity, value, price, slippage):
    on_chain = solidity("minimumOutUp", value, price, slippage)

    assert arithmetic.minimum_out_up(value, price, slippage) == on_chain


@given(wads)
def test_the_least_progress_is_alike(solidity, drift):
    assert arithmetic.minimum_progress(drift) == solidity("minimumProgress", drift)


@given(st.lists(st.tuples(amounts, prices), min_size=1, max_size=16))
def test_values_are_alike(solidity, holdings):
    held, quoted = zip(*holdings, strict=True)

    on_chain, nav = solidity("valuesDown", held, quoted)

    assert arithmetic.values_down(held, quoted) == (tuple(on_chain), nav)


@given(amounts, prices, st.integers(1, 10**40))
def test_values_and_fractions_round_up_alike(solidity, amount, price, whole):
    value_on_chain = solidity("valueUp", amount, price)
    fraction_on_chain = solidity("fractionUp", amount, whole)

    assert arithmetic.value_up(amount, price) == value_on_chain
    assert arithmetic.fraction_up(amount, whole) == fraction_on_chain


@given(portfolios())
def test_drifts_are_alike_as_integers_and_as_floats(solidity, portfolio):
    held, targets = portfolio
    nav = sum(held)

    gaps_on_chain, drift_on_chain = solidity("drifts", held, nav, targets)

    weights = arithmetic.weights_down(held, nav)
    in_floats = sum(abs(v / nav - wad_to_float(t)) for v, t in zip(held, targets, strict=True)) / 2
    assert arithmetic.gaps(weights, targets) == tuple(gaps_on_chain)
    assert arithmetic.total_drift(weights, targets) == drift_on_chain
    assert in_floats == pytest.approx(wad_to_float(drift_on_chain), abs=1e-12)
