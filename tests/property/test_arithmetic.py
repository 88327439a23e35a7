"""Weights, schedules and buckets keep what the vault promises of them, for any numbers."""

from fractions import Fraction
from math import ceil, floor

from hypothesis import given
from hypothesis import strategies as st
from property.strategies import wad_weights
from trimtab.domain import arithmetic, bucket, schedule
from trimtab.domain.units import DAY, PRICE_SCALE, WAD, weights_to_wad

values_lists = st.lists(st.integers(0, 10**40), min_size=2, max_size=16).filter(any)


@st.composite
def values_and_targets(draw):
    values = draw(values_lists)
    return values, draw(wad_weights(len(values)))


@st.composite
def schedules(draw):
    size = draw(st.integers(2, 16))
    lines = tuple(zip(draw(wad_weights(size)), draw(wad_weights(size)), strict=True))
    starts_at = draw(st.integers(0, 10**9))
    return lines, starts_at, starts_at + draw(st.integers(1, 10**8))


@given(values_and_targets(), st.integers(1, 10**12))
def test_weights_and_drift_do_not_depend_on_the_unit_of_account(portfolio, scale):
    values, targets = portfolio
    scaled = [value * scale for value in values]

    weights = arithmetic.weights_down(values, sum(values))
    weights_scaled = arithmetic.weights_down(scaled, sum(scaled))

    assert weights == weights_scaled
    assert 0 <= WAD - sum(weights) < len(values)
    assert arithmetic.total_drift(weights, targets) <= WAD


@given(values_and_targets(), st.randoms(use_true_random=False))
def test_drift_does_not_depend_on_the_order_of_assets(portfolio, random):
    values, targets = portfolio
    order = list(range(len(values)))
    random.shuffle(order)
    weights = arithmetic.weights_down(values, sum(values))

    shuffled = [weights[i] for i in order], [targets[i] for i in order]

    assert arithmetic.total_drift(*shuffled) == arithmetic.total_drift(weights, targets)
    assert arithmetic.largest_gap(*shuffled)[1] == arithmetic.largest_gap(weights, targets)[1]


@given(values_and_targets())
def test_the_largest_gap_lies_between_a_share_of_drift_and_all_of_it(portfolio):
    values, targets = portfolio
    weights = arithmetic.weights_down(values, sum(values))

    position, gap = arithmetic.largest_gap(weights, targets)
    drift = arithmetic.total_drift(weights, targets)

    assert gap == abs(weights[position] - targets[position])
    assert 2 * drift <= gap * len(values)
    assert gap <= drift + len(values)


@given(schedules(), st.integers(-10, 2 * 10**9))
def test_inv9_targets_sum_to_one_at_every_second(plan, time):
    lines, starts_at, ends_at = plan

    weights = schedule.weights_at(lines, starts_at, ends_at, time)

    assert sum(weights) == WAD
    for (start, end), weight in list(zip(lines, weights, strict=True))[1:]:
        assert min(start, end) <= weight <= max(start, end)
    assert all(weight >= 0 for weight in weights)


@given(schedules(), st.integers(0, 10**8), st.integers(0, 10**8))
def test_inv9_targets_never_move_faster_than_the_schedule_allows(plan, first, second):
    lines, starts_at, ends_at = plan
    before, after = sorted((starts_at + first, starts_at + second))
    whole = schedule.distance_up([a for a, _ in lines], [b for _, b in lines])

    moved = schedule.distance_up(
        schedule.weights_at(lines, starts_at, ends_at, before),
        schedule.weights_at(lines, starts_at, ends_at, after),
    )

    allowed = Fraction(whole * (after - before), ends_at - starts_at)
    assert moved <= allowed + len(lines)


@given(schedules(), st.integers(0, 10**9))
def test_a_weight_is_the_floor_of_the_exact_line(plan, elapsed):
    ((start, end), *_), starts_at, ends_at = plan
    part = min(Fraction(elapsed, ends_at - starts_at), Fraction(1))

    weight = schedule.weight_at((start, end), starts_at, ends_at, starts_at + elapsed)

    assert weight == floor(start + (end - start) * part)


@given(
    st.integers(0, WAD),
    st.integers(0, WAD),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, WAD)), max_size=30),
)
def test_inv4_a_bucket_never_lets_through_more_than_its_capacity_and_refill(
    capacity, rate, requests
):
    used, spent, elapsed = 0, 0, 0

    for wait, charge in requests:
        elapsed += wait
        used = bucket.used_up(used, rate, wait)
        if charge <= bucket.left(used, capacity):
            used += charge
            spent += charge
        assert spent * DAY <= capacity * DAY + rate * elapsed


@given(st.integers(0, WAD), st.integers(1, WAD), st.data())
def test_a_bucket_is_ready_when_it_says_and_not_a_second_earlier(capacity, rate, data):
    used, wanted = data.draw(st.integers(0, capacity)), data.draw(st.integers(0, capacity))

    wait = bucket.seconds_until(bucket.left(used, capacity), rate, wanted)

    assert bucket.left(bucket.used_up(used, rate, wait), capacity) >= wanted
    if wait:
        assert bucket.left(bucket.used_up(used, rate, wait - 1), capacity) < wanted


@given(st.integers(0, 10**50), st.integers(1, 10**50), st.integers(0, WAD))
def test_the_floor_of_a_leg_keeps_its_value_less_the_slippage(value_in, price_out, slippage):
    minimum = arithmetic.minimum_out_up(value_in, price_out, slippage)

    kept = ceil(Fraction(value_in * (WAD - slippage), WAD))
    assert Fraction(minimum * price_out, PRICE_SCALE) >= kept
    if minimum:
        assert Fraction((minimum - 1) * price_out, PRICE_SCALE) < kept


@given(st.integers(0, 10**40), st.integers(0, 10**60), st.integers(1, 10**40))
def test_values_round_down_for_holders_and_up_against_the_keeper(amount, price, nav):
    exact = Fraction(amount * price, PRICE_SCALE)

    assert arithmetic.value_down(amount, price) == floor(exact)
    assert arithmetic.value_up(amount, price) == ceil(exact)
    assert arithmetic.fraction_up(amount, nav) == ceil(Fraction(amount * WAD, nav))


@given(st.lists(st.floats(0, 1e12), min_size=1, max_size=16).filter(any))
def test_weights_become_integers_that_sum_to_one_exactly(weights):
    wads = weights_to_wad(weights)

    total = sum(Fraction(w) for w in weights)
    assert sum(wads) == WAD
    for weight, wad in zip(weights, wads, strict=True):
        assert abs(wad - Fraction(weight) * WAD / total) <= 1
