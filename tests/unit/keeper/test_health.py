"""A keeper is alive while its loop turns, and ready while nothing would keep it from sending."""

import pytest
from trimtab.chain.answers import Block
from trimtab.chain.pool_endpoint import EndpointHealth, EndpointState
from trimtab.keeper.health import Health, Limits
from unit.keeper.fake_clock import FakeClock

LIMITS = Limits(turn=60.0, head_age=30.0, least_gas=10**16)


def block(timestamp, number=7):
    return Block(number, "0x1", "0x0", int(timestamp), 30_000_000, 7)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def health(clock):
    return Health(clock, LIMITS)


def failing(health):
    return [one.name for one in health.conditions() if not one.holds]


def test_a_loop_that_stops_turning_is_not_alive(health, clock):
    clock.sleep(60)
    assert health.alive().holds
    clock.sleep(1)
    assert not health.alive().holds
    health.turned()
    assert health.alive().holds


def test_a_keeper_that_saw_no_block_is_not_ready(health):
    assert failing(health) == ["head"]


def test_a_dry_run_needs_a_fresh_block_and_nothing_else(health, clock):
    health.saw(block(clock.now() - 30))
    assert health.ready()

    clock.sleep(1)

    assert failing(health) == ["head"]


@pytest.mark.parametrize(("balance", "ready"), [(10**16, True), (10**16 - 1, False), (0, False)])
def test_a_keeper_that_sends_needs_gas(health, clock, balance, ready):
    health.saw(block(clock.now()))
    health.has_gas("0x1", balance)

    assert health.ready() is ready
    assert failing(health) == ([] if ready else ["gas"])


def test_an_empty_purse_is_never_enough(clock):
    health = Health(clock, Limits(least_gas=0))
    health.saw(block(clock.now()))
    health.has_gas("0x1", 0)

    assert failing(health) == ["gas"]


def test_a_keeper_with_rivals_needs_the_lease(health, clock):
    health.saw(block(clock.now()))
    health.holds_lease(False)
    assert failing(health) == ["lease"]
    health.holds_lease(True)
    assert health.ready()


def test_the_poorest_of_several_accounts_counts(health, clock):
    health.saw(block(clock.now()))
    health.has_gas("0x1", 10**18)
    health.has_gas("0x2", 1)
    assert failing(health) == ["gas"]

    health.has_gas("0x2", 10**18)

    assert health.ready()


def node(name, state=EndpointState.GOOD, *, failures=0, lag=0):
    return EndpointHealth(name, state, 1, None, 0, lag, None, 0.0, failures, 10, 0, None)


@pytest.mark.parametrize(
    ("nodes", "holds", "detail"),
    [
        ([node("a"), node("b")], True, "2 of 2 serve"),
        ([node("a"), node("b", EndpointState.RESTING)], True, "1 of 2 serve; b is resting"),
        ([node("a", failures=3)], False, "0 of 1 serve; a is failing"),
        ([node("a", EndpointState.BEHIND, lag=90)], False, "0 of 1 serve; a is 90 s behind"),
    ],
)
def test_one_node_that_serves_is_enough_and_the_others_are_named(clock, nodes, holds, detail):
    health = Health(clock, LIMITS, lambda: nodes)

    found = next(one for one in health.conditions() if one.name == "nodes")

    assert (found.holds, found.detail) == (holds, detail)
