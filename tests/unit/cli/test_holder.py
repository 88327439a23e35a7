"""A holder sees and signs exactly what was asked for, and is stopped where it cannot work."""

from dataclasses import replace

import pytest
from eth_abi.abi import decode
from hypothesis import given
from hypothesis import strategies as st
from property.strategies import dollar_snapshot, snapshot_of
from trimtab.cli.hold_grant import Grant
from trimtab.cli.holder import Wish, mint, position_of, redeem, stated_limits
from trimtab.domain.snapshot import PriceStatus
from trimtab.domain.units import WAD
from trimtab.errors import BadInput

HOLDER = "0x" + "55" * 20
RICH = 10**30


class FakeWallet:
    """A holder with stated balances, of a vault with stated previews."""

    holder = HOLDER
    timestamp = 1_700_000_000

    def __init__(self, preview, *, balance=RICH, allowance=0):
        self._preview = preview
        self._balance = balance
        self._allowance = allowance

    def balance(self, _token):
        return self._balance

    def view(self, _vault, _function, *_arguments):
        return self._preview

    def grant(self, asked):
        if self._allowance >= asked.amount:
            return ()
        standing = self._allowance
        words = (asked.text, asked.whom, None)
        return (Grant(asked.token, HOLDER, asked.spender, asked.amount, standing, *words),)


SNAPSHOT = dollar_snapshot([60, 40], [0.5, 0.5])


def wish(**changes):
    fields = {"shares": WAD, "tolerance": WAD // 100, "limits": {}, "receiver": HOLDER}
    return Wish(**(fields | changes))


def minted(data):
    return decode(["uint256", "uint256[]", "address"], data[4:])


def approvals(action):
    return [step for grant in action.grants for step in grant.approvals()]


def redeemed(data):
    return decode(["uint256", "uint256[]", "address", "address", "uint256"], data[4:])


def test_a_mint_approves_what_it_may_pay_and_no_more():
    action = mint(SNAPSHOT, FakeWallet((1000, 500)), wish())

    steps = approvals(action)
    assert [int.from_bytes(step.data[-32:], "big") for step in steps] == [1010, 505]
    assert [step.to for step in steps] == [holding.token for holding in SNAPSHOT.holdings]
    assert minted(action.transaction.data) == (WAD, (1010, 505), HOLDER)


def test_a_sufficient_allowance_is_left_alone():
    assert mint(SNAPSHOT, FakeWallet((1000, 500), allowance=1010), wish()).grants == ()


def test_a_small_allowance_is_cleared_first():
    action = mint(SNAPSHOT, FakeWallet((1000, 0), allowance=1), wish())

    amounts = [int.from_bytes(step.data[-32:], "big") for step in approvals(action)]
    assert amounts == [0, 1010]


def test_stated_limits_take_the_place_of_the_tolerance():
    action = mint(SNAPSHOT, FakeWallet((1000, 500)), wish(limits={1: 501}))

    assert minted(action.transaction.data)[1] == (1010, 501)


def test_a_mint_names_every_asset_that_is_too_dear_or_missing():
    with pytest.raises(BadInput) as caught:
        mint(SNAPSHOT, FakeWallet((1000, 500), balance=700), wish(limits={1: 499}))

    assert str(caught.value).splitlines() == [
        "T1: the vault asks for 0.0000000000000005 T1, more than the limit of "
        "0.000000000000000499 T1",
        "T0: the vault asks for 0.000000000000001 T0, the holder has 0.0000000000000007 T0",
        "get the rest, take fewer shares, or join with one token: trimtab hold zap in",
    ]


def test_a_redemption_states_floors_owner_receiver_and_what_is_set_aside():
    other = "0x" + "66" * 20
    action = redeem(SNAPSHOT, FakeWallet((1000, 500)), wish(receiver=other, skip=frozenset({1})))

    assert redeemed(action.transaction.data) == (WAD, (990, 495), other, HOLDER, 0b10)
    assert [line.split()[0] for line in action.lines] == ["receives", "sets", "worth"]


def test_more_shares_than_are_held_cannot_be_redeemed():
    with pytest.raises(BadInput, match=r"holds 0\.5 shares, asked to give back 1"):
        redeem(SNAPSHOT, FakeWallet((1, 1), balance=WAD // 2), wish())


def test_a_floor_above_what_is_paid_is_refused():
    with pytest.raises(BadInput) as caught:
        redeem(SNAPSHOT, FakeWallet((1000, 500)), wish(limits={0: 1001}))

    assert str(caught.value) == (
        "T0: the vault pays 0.000000000000001 T0, less than the limit of 0.000000000000001001 T0"
    )


@given(st.lists(st.integers(0, 2**200), min_size=2, max_size=2), st.integers(0, WAD))
def test_limits_never_exclude_the_preview_itself(preview, tolerance):
    wallet = FakeWallet(tuple(preview), balance=2**255)
    asked = wish(tolerance=tolerance)

    ceilings = minted(mint(SNAPSHOT, wallet, asked).transaction.data)[1]
    assert all(most >= amount for most, amount in zip(ceilings, preview, strict=True))
    floors = redeemed(redeem(SNAPSHOT, wallet, asked).transaction.data)[1]
    assert all(least <= amount for least, amount in zip(floors, preview, strict=True))


def test_assets_are_found_by_symbol_and_by_address():
    assert position_of("T1", SNAPSHOT) == 1
    assert position_of(SNAPSHOT.holdings[0].token, SNAPSHOT) == 0


def test_a_symbol_of_two_assets_asks_for_the_address():
    holdings = (SNAPSHOT.holdings[0], SNAPSHOT.holdings[0])
    twins = snapshot_of(holdings)

    with pytest.raises(BadInput, match="names more than one asset; use its address"):
        position_of("T0", twins)


def test_limits_are_read_in_whole_tokens():
    assert stated_limits(["T0=1.5", "T1=2"], SNAPSHOT) == {0: 15 * 10**17, 1: 2 * 10**18}


def test_what_is_paid_in_kind_is_worth_what_the_shares_are():
    action = mint(SNAPSHOT, FakeWallet((6 * 10**17, 4 * 10**17)), wish())

    assert action.lines[-1].endswith("in kind costs nothing")


def test_without_a_price_one_joins_in_kind_all_the_same():
    stale = replace(SNAPSHOT.holdings[0], price=0, price_status=PriceStatus.STALE)
    dark = replace(SNAPSHOT, holdings=(stale, SNAPSHOT.holdings[1]))

    action = mint(dark, FakeWallet((1000, 500)), wish())

    assert action.lines[-1].startswith("a price is missing")
