"""Events add up to balances, and an event that cannot have happened is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.domain.units import PRICE_SCALE
from trimtab.errors import LedgerError
from trimtab.history.events import (
    LegSettled,
    MintedInKind,
    OwedClaimed,
    Rebalanced,
    RedeemedInKind,
    Seeded,
    SurplusAbsorbed,
    SurplusVested,
    WrittenDown,
)
from trimtab.history.ledger import open_ledger, replay

A, B = "0xA", "0xB"


def leg(sold, bought, amount, received):
    return LegSettled(0, sold, bought, amount, received, 0, 0)


def rebalanced(nonce):
    return Rebalanced(nonce, 0, 0, 0, 0, 0, 0)


SEEDED = replay(open_ledger([A, B]), [Seeded(100, (1_000, 500))])


def test_a_life_of_a_vault_adds_up():
    events = [
        Seeded(100, (1_000, 500)),
        MintedInKind(10, (100, 50)),
        leg(A, B, 300, 140),
        rebalanced(0),
        SurplusAbsorbed(A, 40),
        SurplusVested(A, 15),
        RedeemedInKind(11, (81, 69), 0b10),
        OwedClaimed(B, 69),
        WrittenDown(A, 700, 0),
    ]

    ledger = replay(open_ledger([A, B]), events)

    assert ledger.recorded == (700, 500 + 50 + 140 - 69)
    assert (ledger.owed, ledger.unvested) == ((0, 0), (0, 0))
    assert (ledger.shares, ledger.rebalances) == (99, 1)


def test_a_write_down_that_only_eats_surplus_leaves_the_rest_vesting():
    ledger = replay(
        SEEDED, [SurplusAbsorbed(A, 40), WrittenDown(A, 1_000, 0), SurplusVested(A, 30)]
    )

    assert ledger.recorded[0] == 1_030


def test_bits_beyond_the_assets_owe_nothing():
    ledger = replay(SEEDED, [RedeemedInKind(1, (10, 5), 0b1100)])

    assert ledger.owed == (0, 0)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (Seeded(1, (1, 1)), "100 shares exist already"),
        (RedeemedInKind(1, (1_001, 0), 0), "takes 1001 from recorded 0xA, which is 1000"),
        (RedeemedInKind(101, (0, 0), 0), "takes 101 from shares, which is 100"),
        (RedeemedInKind(1, (0,), 0), "1 amounts, expected 2"),
        (OwedClaimed(A, 1), "takes 1 from owed 0xA, which is 0"),
        (SurplusVested(A, 1), "takes 1 from unvested 0xA, which is 0"),
        (WrittenDown(A, 1_001, 0), "left more than there was: recorded 1001 of 1000"),
        (leg(A, A, 1, 1), "0xA was sold for itself"),
        (leg("0xC", A, 1, 1), "0xC is not an asset, expected one of 0xA, 0xB"),
        (leg(B, A, 501, 1), "takes 501 from recorded 0xB, which is 500"),
        (rebalanced(1), "nonce 1 where 0 rebalances went before"),
    ],
)
def test_an_event_that_does_not_fit_is_refused_with_its_position(event, message):
    with pytest.raises(LedgerError) as caught:
        replay(SEEDED, [rebalanced(0), event] if not isinstance(event, Rebalanced) else [event])

    assert message in str(caught.value)
    assert str(caught.value).startswith("event ")


def test_shares_are_minted_only_after_the_seed():
    with pytest.raises(LedgerError, match="expected Seeded first"):
        replay(open_ledger([A, B]), [MintedInKind(1, (1, 1))])


amounts = st.integers(0, 10**30)


@st.composite
def histories(draw):
    """Events that fit, and what an independent tally of flows makes of them."""
    recorded = [draw(st.integers(1, 10**30)) for _ in range(3)]
    owed = [0, 0, 0]
    shares = 10**18
    tokens = [A, B, "0xC"]
    events = [Seeded(shares, tuple(recorded))]
    for kind in draw(st.lists(st.sampled_from(["mint", "redeem", "leg", "claim"]), max_size=12)):
        if kind == "mint":
            paid = [draw(amounts) for _ in tokens]
            events.append(MintedInKind(7, tuple(paid)))
            recorded = [have + more for have, more in zip(recorded, paid, strict=True)]
            shares += 7
        elif kind == "redeem":
            paid = [draw(st.integers(0, have)) for have in recorded]
            skipped = draw(st.integers(0, 7))
            events.append(RedeemedInKind(3, tuple(paid), skipped))
            recorded = [have - less for have, less in zip(recorded, paid, strict=True)]
            owed = [have + (paid[i] if skipped & 2**i else 0) for i, have in enumerate(owed)]
            shares -= 3
        elif kind == "leg":
            sold, bought = draw(st.permutations(range(3)))[:2]
            amount, received = draw(st.integers(0, recorded[sold])), draw(amounts)
            events.append(leg(tokens[sold], tokens[bought], amount, received))
            recorded[sold] -= amount
            recorded[bought] += received
        else:
            asset = draw(st.integers(0, 2))
            events.append(OwedClaimed(tokens[asset], owed[asset]))
            owed[asset] = 0
    return tokens, events, tuple(recorded), tuple(owed), shares


@given(histories())
def test_balances_are_the_sum_of_the_flows(history):
    tokens, events, recorded, owed, shares = history

    ledger = replay(open_ledger(tokens), events)

    assert (ledger.recorded, ledger.owed, ledger.shares) == (recorded, owed, shares)


@given(histories(), st.data())
def test_replay_can_stop_and_go_on_anywhere(history, data):
    tokens, events, *_ = history
    cut = data.draw(st.integers(0, len(events)))

    in_two = replay(replay(open_ledger(tokens), events[:cut]), events[cut:])

    assert in_two == replay(open_ledger(tokens), events)


@given(histories(), st.lists(st.integers(0, 10**60), min_size=3, max_size=3))
def test_value_is_what_the_vault_computes_asset_by_asset(history, prices):
    tokens, events, recorded, *_ = history

    ledger = replay(open_ledger(tokens), events)

    expected = sum(
        amount * price // PRICE_SCALE for amount, price in zip(recorded, prices, strict=True)
    )
    assert ledger.value(prices) == expected
