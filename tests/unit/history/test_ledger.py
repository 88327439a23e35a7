"""Events add up to balances, and an event that cannot have happened is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.domain.units import PRICE_SCALE
from trimtab.errors import LedgerError
from trimtab.history.events import (
    AssetDelisted,
    AssetListed,
    Deposit,
    FeeAccrued,
    LegSettled,
    MintedInKind,
    OwedClaimed,
    Rebalanced,
    RedeemedInKind,
    Seeded,
    SurplusAbsorbed,
    SurplusVested,
    Withdraw,
    WrittenDown,
)
from trimtab.history.ledger import open_ledger, replay

A, B = "0xA", "0xB"


def leg(sold, bought, amount, received):
    return LegSettled(0, sold, bought, amount, received, 0, 0)


def rebalanced(nonce):
    return Rebalanced(nonce, 1, 0, 0, 0, 0, 0)


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
        (RedeemedInKind(1, (10, 4), 0), "moves (10, 4), but the shares stand for (10, 5)"),
        (MintedInKind(3, (29, 15)), "moves (29, 15), but the shares stand for (30, 15)"),
        (Withdraw(1_001, 1), "takes 1001 from recorded 0xA, which is 1000"),
        (Withdraw(1, 101), "takes 101 from shares, which is 100"),
        (AssetListed("0xC", 3), "listed at index 3, but the assets are 0xA, 0xB"),
        (AssetDelisted(B, 1), "delisted from index 1, but it is at 1 with 500 recorded"),
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


def test_a_rebalance_that_lacks_a_leg_is_found_out():
    legs = [
        LegSettled(0, A, B, 10, 10, value_in=20, value_out=19),
        LegSettled(1, A, B, 5, 5, value_in=7, value_out=8),
    ]
    whole = Rebalanced(0, 1_000, 999, 9, 1, loss=10**15, turnover=27 * 10**15)

    assert replay(SEEDED, [*legs, whole]).rebalances == 1
    with pytest.raises(LedgerError, match="legs are missing"):
        replay(SEEDED, [legs[0], whole])


def test_what_had_not_vested_of_an_asset_sold_out_is_given_up():
    ledger = replay(SEEDED, [SurplusAbsorbed(A, 40), leg(A, B, 1_000, 1), rebalanced(0)])

    assert ledger.unvested == (0, 0)


def test_a_list_of_assets_changes_as_the_vault_changes_it():
    events = [
        AssetListed(A, 0),
        AssetListed(B, 1),
        AssetListed("0xC", 2),
        Seeded(100, (100, 200, 300)),
        RedeemedInKind(10, (10, 20, 30), 0b010),
        leg(B, A, 180, 90),
        rebalanced(0),
        AssetDelisted(B, 1),
        OwedClaimed(B, 5),
    ]

    ledger = replay(open_ledger(), events)

    assert (ledger.tokens, ledger.recorded) == ((A, "0xC"), (180, 270))
    assert ledger.owed_of_delisted == ((B, 15),)
    assert replay(ledger, [AssetListed(B, 2)]).owed == (0, 0, 15)
    assert replay(ledger, [WrittenDown(B, 0, 4)]).owed_of_delisted == ((B, 4),)


KINDS = ["mint", "redeem", "deposit", "withdraw", "fee", "leg", "claim"]
amounts = st.integers(0, 10**30)


@st.composite
def histories(draw):
    """Events that fit, and what an independent tally of flows makes of them."""
    recorded = [draw(st.integers(1, 10**30)) for _ in range(3)]
    owed = [0, 0, 0]
    shares = 10**18
    tokens = [A, B, "0xC"]
    events = [Seeded(shares, tuple(recorded))]
    for kind in draw(st.lists(st.sampled_from(KINDS), max_size=12)):
        if kind == "mint":
            paid = [-(-7 * have // shares) for have in recorded]
            events.append(MintedInKind(7, tuple(paid)))
            recorded = [have + more for have, more in zip(recorded, paid, strict=True)]
            shares += 7
        elif kind == "redeem":
            paid = [3 * have // shares for have in recorded]
            skipped = draw(st.integers(0, 7))
            events.append(RedeemedInKind(3, tuple(paid), skipped))
            recorded = [have - less for have, less in zip(recorded, paid, strict=True)]
            owed = [have + (paid[i] if skipped & 2**i else 0) for i, have in enumerate(owed)]
            shares -= 3
        elif kind == "deposit":
            paid_in, created = draw(amounts), draw(amounts)
            events.append(Deposit(paid_in, created))
            recorded[0] += paid_in
            shares += created
        elif kind == "withdraw":
            paid_out, burnt = draw(st.integers(0, recorded[0])), draw(st.integers(0, shares // 2))
            events.append(Withdraw(paid_out, burnt))
            recorded[0] -= paid_out
            shares -= burnt
        elif kind == "fee":
            created = draw(amounts)
            events.append(FeeAccrued(created))
            shares += created
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
