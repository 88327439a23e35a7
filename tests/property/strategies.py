"""Portfolios, snapshots and quotes as Hypothesis draws them, hostile corners included."""

from hypothesis import strategies as st
from trimtab.domain.quotes import QuoteCurve
from trimtab.domain.snapshot import (
    Blocker,
    Holding,
    Limits,
    PriceStatus,
    Reason,
    VaultSnapshot,
)
from trimtab.domain.units import WAD

LIMITS = Limits(
    slippage=WAD // 100,
    public_slippage=4 * WAD // 1000,
    loss_capacity=WAD // 100,
    loss_rate=5 * WAD // 100_000,
    turnover_capacity=WAD // 2,
    turnover_rate=WAD // 10,
    calendar_floor=WAD // 100,
    weight_speed=WAD // 100,
    cooldown=3600,
    public_cooldown=3600,
    calendar_period=0,
    calendar_anchor=0,
    notice=86_400,
    flow_capacity=WAD // 20,
    drawdown=0,
)
"""Limits near their caps, so that quotes rather than buckets decide."""

BUCKETS = (
    (WAD // 100, WAD // 2),
    (WAD // 100, WAD // 10),
    (WAD // 1000, WAD // 2),
    (WAD // 100, WAD // 50),
    (WAD // 10_000, WAD // 10_000),
    (0, WAD // 2),
)
"""What may be left in the loss and the turnover bucket, the usual first."""

NOW = 1_800_000_000


def price_of(dollars, decimals):
    """The vault's price of a token of `decimals` worth `dollars`, a fraction or an integer."""
    return int(dollars * 10**54) // 10**decimals


def holding(
    index, *, recorded, price, target, decimals=18, end_target=None, band=None, hard_band=None
):
    return Holding(
        token=f"0x{index + 1:040x}",
        symbol=f"T{index}",
        decimals=decimals,
        recorded=recorded,
        owed=0,
        unvested=0,
        balance=recorded,
        price=price,
        price_status=PriceStatus.OK,
        price_updated_at=NOW - 60,
        heartbeat=3600,
        deviation=WAD // 200,
        value=recorded * price // 10**36,
        target=target,
        end_target=target if end_target is None else end_target,
        band=WAD // 20 if band is None else band,
        hard_band=WAD // 10 if hard_band is None else hard_band,
    )


def snapshot_of(holdings, **changes):
    """A snapshot that is due for its keeper, of `holdings`, with fields changed by name."""
    values = [h.value for h in holdings]
    nav = sum(values)
    weights = [v * WAD // nav if nav else 0 for v in values]
    drift = sum(abs(w - h.target) for w, h in zip(weights, holdings, strict=True)) // 2
    fields = {
        "chain_id": 1,
        "block_number": 100,
        "block_hash": "0x" + "ab" * 32,
        "timestamp": NOW,
        "vault": "0x" + "11" * 20,
        "mandate": "0x" + "22" * 20,
        "oracle": "0x" + "33" * 20,
        "name": "Portfolio",
        "symbol": "PF",
        "total_supply": 10**21,
        "nav": nav,
        "total_drift": drift if nav else 0,
        "reason": Reason.THRESHOLD,
        "blocker": Blocker.NONE,
        "ready_at": 0,
        "is_keeper": True,
        "nonce": 7,
        "loss_left": LIMITS.loss_capacity,
        "turnover_left": LIMITS.turnover_capacity,
        "keeper_at": 0,
        "public_at": 0,
        "poked_at": 0,
        "paused_until": 0,
        "weights_frozen": False,
        "schedule_start": 0,
        "schedule_end": 0,
        "limits": LIMITS,
        "caller": "0x" + "44" * 20,
        "holdings": tuple(holdings),
    }
    return VaultSnapshot(**(fields | changes))


def dollar_snapshot(values, targets, **changes):
    """A snapshot of 18-decimal tokens worth one dollar each: `values` dollars, float targets."""
    wads = [round(t * 10**6) * 10**12 for t in targets]
    holdings = [
        holding(i, recorded=round(v * 10**6) * 10**12, price=10**36, target=t)
        for i, (v, t) in enumerate(zip(values, wads, strict=True))
    ]
    return snapshot_of(holdings, **changes)


@st.composite
def wad_weights(draw, size, *, least=0):
    """Weights in WAD that sum to exactly WAD, each at least `least`."""
    parts = draw(st.lists(st.integers(1, 10**6), min_size=size, max_size=size))
    total = sum(parts)
    free = WAD - size * least
    weights = [least + part * free // total for part in parts]
    weights[0] += WAD - sum(weights)
    return tuple(weights)


@st.composite
def float_weights(draw, size):
    """Weights that sum to one within the last digits."""
    parts = draw(st.lists(st.integers(1, 10**6), min_size=size, max_size=size))
    return [part / sum(parts) for part in parts]


@st.composite
def snapshots(draw, *, least_assets=2, most_assets=5):
    """A vault of tokens of 2 to 27 decimals and any price, from dust to trillions."""
    size = draw(st.integers(least_assets, most_assets))
    targets = draw(wad_weights(size, least=WAD // 100))
    shares = draw(wad_weights(size, least=WAD // 1000))
    if draw(st.booleans()):
        shares = [(7 * t + s) // 8 for t, s in zip(targets, shares, strict=True)]
    nav = 10 ** draw(st.integers(20, 33))
    schedule = draw(st.booleans())
    end_targets = draw(wad_weights(size, least=WAD // 100)) if schedule else targets
    loss_left, turnover_left = draw(st.sampled_from(BUCKETS))
    holdings = []
    for i in range(size):
        decimals = draw(st.sampled_from([2, 6, 8, 18, 27]))
        price = price_of(10 ** draw(st.integers(0, 5)), decimals) // 10 ** draw(st.integers(0, 3))
        recorded = nav * shares[i] // WAD * 10**36 // price
        holdings.append(
            holding(
                i,
                recorded=recorded,
                price=price,
                target=targets[i],
                decimals=decimals,
                end_target=end_targets[i],
                band=draw(st.sampled_from([WAD // 100, WAD // 20, WAD // 10])),
                hard_band=WAD // 5,
            )
        )
    return snapshot_of(
        holdings,
        loss_left=loss_left,
        turnover_left=turnover_left,
        schedule_start=NOW if schedule else 0,
        schedule_end=NOW + 3_000_000 if schedule else 0,
    )


def pool_curve(snapshot, route_id, pair, *, fee, depth, points=8, gas=100_000):
    """Quotes of a constant-product pool at the oracle's price.

    `fee` is a fraction, `depth` the value on each side in WAD; sampled at sizes that double up to
    half of the value held of the asset sold.
    """
    token_in, token_out = pair
    sold, bought = snapshot.holdings[token_in], snapshot.holdings[token_out]
    reserve_in = max(1, depth * 10**36 // sold.price)
    reserve_out = max(1, depth * 10**36 // bought.price)
    kept = 10**6 - round(fee * 10**6)
    sizes = sorted({max(1, sold.recorded >> shift) for shift in range(points)})
    outs = [reserve_out * kept * size // (reserve_in * 10**6 + kept * size) for size in sizes]
    return QuoteCurve(route_id, token_in, token_out, tuple(sizes), tuple(outs), gas)


@st.composite
def pool_curves(draw, snapshot):
    """Pools between most pairs of a vault's assets, at most two for a pair."""
    size = len(snapshot.holdings)
    pairs = [(i, j) for i in range(size) for j in range(size) if i != j]
    counts = draw(st.lists(st.sampled_from([1, 0, 2]), min_size=len(pairs), max_size=len(pairs)))
    chosen = [pair for pair, count in zip(pairs, counts, strict=True) for _ in range(count)]
    nav = max(1, snapshot.nav)
    return tuple(
        pool_curve(
            snapshot,
            route_id,
            pair,
            fee=draw(st.sampled_from([0.0005, 0.0001, 0.003, 0.01])),
            depth=nav * draw(st.sampled_from([100, 20, 5, 1])),
        )
        for route_id, pair in enumerate(chosen)
    )


@st.composite
def hostile_curves(draw, assets):
    """Whatever a broken node might answer: any numbers, any lengths, any positions."""
    number = st.one_of(st.integers(-5, 5), st.integers(0, 10**36), st.just(2**256 - 1))
    return QuoteCurve(
        route_id=draw(st.integers(0, 5)),
        token_in=draw(st.integers(-1, assets)),
        token_out=draw(st.integers(-1, assets)),
        amounts_in=tuple(draw(st.lists(number, max_size=6))),
        amounts_out=tuple(draw(st.lists(number, max_size=6))),
        gas=draw(st.integers(-1, 10**6)),
    )
