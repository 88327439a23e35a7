"""What inspect shows of a vault: exact numbers for programs, bars and sentences for people."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from property.strategies import NOW, dollar_snapshot, snapshot_of, snapshots
from trimtab.cli.explain import nav_text, schedule_text, value_per_share, verdict
from trimtab.cli.inspect import BAR_CELLS, drift_bar
from trimtab.cli.snapshot_json import snapshot_json
from trimtab.domain.snapshot import Blocker, PriceStatus, Reason
from trimtab.domain.units import WAD


def marks(snapshot, position=0):
    return drift_bar(snapshot.holdings[position], snapshot.nav).plain


@given(snapshots())
def test_a_bar_has_its_width_one_weight_and_stays_within_its_cells(snapshot):
    for position in range(len(snapshot.holdings)):
        bar = marks(snapshot, position)

        assert len(bar) == BAR_CELLS
        assert bar.count("●") == 1
        assert bar.count("│") <= 1


@pytest.mark.parametrize(
    ("weight", "side"), [(52, "right"), (48, "left"), (70, "right"), (30, "left")]
)
def test_the_weight_stands_on_its_side_of_the_target(weight, side):
    bar = marks(dollar_snapshot([weight, 100 - weight], [0.5, 0.5]))

    assert (bar.index("●") > bar.index("│")) == (side == "right")


@pytest.mark.parametrize(
    ("weight", "style"), [(51, "bold green"), (56, "bold yellow"), (65, "bold red")]
)
def test_the_colour_tells_whether_a_band_is_exceeded(weight, style):
    snapshot = dollar_snapshot([weight, 100 - weight], [0.5, 0.5])

    (span,) = drift_bar(snapshot.holdings[0], snapshot.nav).spans

    assert span.style == style


@given(snapshots())
def test_json_survives_a_reader_that_keeps_only_floats(snapshot):
    found = json.loads(json.dumps(snapshot_json(snapshot)), parse_int=lambda text: int(float(text)))

    assert int(found["nav"]) == snapshot.nav
    assert [int(asset["recorded"]) for asset in found["assets"]] == [
        holding.recorded for holding in snapshot.holdings
    ]
    assert found["block"]["timestamp"] == snapshot.timestamp


def test_a_vault_without_shares_has_no_value_per_share():
    assert value_per_share(dollar_snapshot([1, 1], [0.5, 0.5], total_supply=0)) == 0


@given(st.integers(1, 10**30))
def test_value_per_share_is_rounded_down(supply):
    snapshot = dollar_snapshot([60, 40], [0.5, 0.5], total_supply=supply)

    found = value_per_share(snapshot)

    assert found * supply <= snapshot.nav * WAD < (found + 1) * supply


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {},
            "a rebalance is due and allowed: T0 is 10.00 % above its target, "
            "T1 is 10.00 % below its target",
        ),
        (
            {"reason": Reason.NONE, "blocker": Blocker.NOT_DUE},
            "no rebalance is due: T0 is 10.00 % from its target, its band is 5.00 %; "
            "total drift is 10.00 %",
        ),
        (
            {"reason": Reason.NONE, "blocker": Blocker.NOT_DUE, "is_keeper": False},
            "no rebalance is due: 0x4444444444444444444444444444444444444444 is no keeper of "
            "this vault, and no hard band is exceeded",
        ),
        (
            {"reason": Reason.PUBLIC},
            "a rebalance is due and allowed: a hard band is exceeded and on record: "
            "anyone may rebalance",
        ),
        (
            {"reason": Reason.CALENDAR},
            "a rebalance is due and allowed: a new calendar period has begun and total drift "
            "is 10.00 %",
        ),
    ],
)
def test_the_verdict_says_why(changes, expected):
    assert verdict(dollar_snapshot([60, 40], [0.5, 0.5], **changes)) == expected


def test_what_blocks_a_due_rebalance_is_said_beside_the_reason():
    snapshot = dollar_snapshot([60, 40], [0.5, 0.5], blocker=Blocker.PAUSED, ready_at=NOW + 90_000)

    assert verdict(snapshot).startswith("a rebalance is due (T0 is 10.00 % above its target")
    assert verdict(snapshot).endswith(
        "but not allowed: the guardian paused trading; ready in 1 d 1 h"
    )


def test_without_every_price_value_and_drift_are_called_unknown():
    known = dollar_snapshot([60, 40], [0.5, 0.5])
    first, *rest = known.holdings
    stale = replace(first, price=0, price_status=PriceStatus.STALE, price_updated_at=NOW - 90_000)
    blind = replace(known, holdings=(stale, *rest), nav=0, total_drift=0, reason=Reason.NONE)

    assert nav_text(known) == "value 100.00, total drift 10.00 %"
    assert nav_text(blind) == "value and drift unknown without every price"
    assert verdict(blind).startswith("no rebalance is possible: the price of T0 is 1 d 1 h old")


def test_targets_that_stand_still_are_called_still():
    snapshot = dollar_snapshot([60, 40], [0.5, 0.5], weights_frozen=True)

    assert schedule_text(snapshot) == "targets stand still; frozen by the guardian"


@pytest.mark.parametrize(("start", "verb"), [(NOW - 10, "move"), (NOW + 10, "will move")])
def test_targets_that_move_are_shown_with_their_end(start, verb):
    still = dollar_snapshot([60, 40], [0.5, 0.5])
    ends = (7 * WAD // 10, 3 * WAD // 10)
    holdings = [
        replace(holding, end_target=end) for holding, end in zip(still.holdings, ends, strict=True)
    ]
    moving = snapshot_of(holdings, schedule_start=start, schedule_end=NOW + 86_400)

    text = schedule_text(moving)

    assert text.startswith(f"targets {verb} from ")
    assert text.endswith("T0 70.00 %, T1 30.00 %")
