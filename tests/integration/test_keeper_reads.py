"""What a keeper reads is one block of the chain, or an error that says what is wrong with it."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration.keeper_world import ASSETS, CALM, build, move
from trimtab import errors
from trimtab.chain.lens import Unreadable, read_routes, read_snapshot, read_snapshots
from trimtab.chain.node import Node
from trimtab.chain.quotes import QuoteRequest, Quoters, sample
from trimtab.chain.transport import transport_for
from trimtab.domain.arithmetic import total_drift, values_down, weights_down
from trimtab.domain.snapshot import Blocker, PriceStatus, Reason, VaultSnapshot
from trimtab.domain.units import PRICE_SCALE
from trimtab.local.accounts import local_accounts
from trimtab.local.chain import GENESIS_TIMESTAMP
from trimtab.local.ethtester import EthTesterChain

WAD = 10**18
KEEPER = local_accounts().keeper.address
NOWHERE = "0x000000000000000000000000000000000000dEaD"


@pytest.fixture(scope="module")
def built():
    with EthTesterChain(GENESIS_TIMESTAMP) as chain:
        yield build(chain)


@pytest.fixture
def world(built):
    before = built.chain.snapshot()
    yield built
    built.chain.revert(before)


def look(world, *, node=None, block=None, vault=None):
    node = node or world.node
    return read_snapshot(
        node,
        world.record.contract("VaultLens"),
        vault=vault or world.record.vault,
        caller=KEEPER,
        block=block or node.head(),
    )


def routes_of(world, block):
    lens = world.record.contract("VaultLens")
    return read_routes(world.node, lens, vault=world.record.vault, block=block)


def test_a_snapshot_is_of_the_block_that_was_asked_for(world):
    early = world.node.head()
    move(world, 1)

    before, after = look(world, block=early), look(world)

    assert (before.block_number, before.block_hash) == (early.number, early.hash)
    assert before.nav != after.nav
    assert after.timestamp > before.timestamp


def test_a_snapshot_names_what_it_is_about(world):
    snapshot = look(world)

    assert snapshot.vault == world.record.vault
    assert [holding.symbol for holding in snapshot.holdings] == list(ASSETS)
    assert snapshot.is_keeper
    assert (snapshot.reason, snapshot.blocker) == (Reason.NONE, Blocker.NOT_DUE)


def test_prices_are_those_of_the_feeds(world):
    holdings = look(world).holdings

    values = [h.price * 10**h.decimals / PRICE_SCALE / WAD for h in holdings]
    assert values == pytest.approx(CALM)


def test_the_vault_and_python_agree_on_nav_and_drift_to_the_unit(world):
    move(world, 1)
    snapshot = look(world)

    values, nav = values_down(
        [h.recorded for h in snapshot.holdings], [h.price for h in snapshot.holdings]
    )

    assert nav == snapshot.nav
    targets = [h.target for h in snapshot.holdings]
    assert total_drift(weights_down(values, nav), targets) == snapshot.total_drift


def test_stale_prices_are_reported_and_nothing_is_valued(world):
    world.chain.set_next_timestamp(world.chain.timestamp() + 10 * 86_400)
    world.chain.mine()

    snapshot = look(world)

    assert {holding.price_status for holding in snapshot.holdings} == {PriceStatus.STALE}
    assert (snapshot.nav, snapshot.blocker) == (0, Blocker.ORACLE)


def test_a_vault_that_cannot_be_read_does_not_spoil_the_others(world):
    lens, vault = world.record.contract("VaultLens"), world.record.vault
    block = world.node.head()

    good, bad, again = read_snapshots(
        world.node, lens, vaults=[vault, NOWHERE, vault], caller=KEEPER, block=block
    )

    assert good == again == look(world)
    assert isinstance(bad, Unreadable)
    assert NOWHERE in bad.sentence


def test_a_lens_without_code_is_named_when_one_vault_is_read(world):
    vault, block = world.record.vault, world.node.head()

    with pytest.raises(errors.NoContract, match=f"the vault lens at {NOWHERE}"):
        read_snapshot(world.node, NOWHERE, vault=vault, caller=KEEPER, block=block)


def test_a_lens_without_code_is_named_when_many_vaults_are_read(world):
    vault, block = world.record.vault, world.node.head()

    with pytest.raises(errors.NoContract, match=f"the vault lens at {NOWHERE}"):
        read_snapshots(world.node, NOWHERE, vaults=[vault], caller=KEEPER, block=block)


def test_a_vault_without_code_is_named(world):
    with pytest.raises(errors.NoContract, match=f"the vault at {NOWHERE}"):
        look(world, vault=NOWHERE)


def test_a_contract_that_is_no_vault_is_refused(world):
    with pytest.raises(errors.CallReverted):
        look(world, vault=world.record.contract("PriceOracle"))


class Distorting:
    """Passes requests on, and changes what calls return."""

    pins_by_hash = False
    name = "distorting"

    def __init__(self, provider, distort):
        self.inner = transport_for(provider)
        self.distort = distort

    def request(self, method, params):
        answer = self.inner.request(method, params)
        if method != "eth_call":
            return answer
        return "0x" + self.distort(bytes.fromhex(str(answer)[2:])).hex()


def seen_through(world, distort, *, block=None):
    return look(world, node=Node(Distorting(world.chain.provider, distort)), block=block)


@pytest.fixture(scope="module")
def honest(built):
    """The lens's own answer, and the block it is of."""
    block, answers = built.node.head(), []
    seen_through(built, lambda data: answers.append(data) or data, block=block)
    return block, answers[0]


class Replaying:
    """Answers every call with the same bytes, and knows one block."""

    pins_by_hash = True
    name = "replaying"

    def __init__(self, data):
        self.data = data

    def request(self, method, params):
        return "0x" + self.data.hex() if method == "eth_call" else "0x1"


@given(data=st.data())
def test_no_distorted_answer_gets_past_the_checks_or_breaks_them(built, honest, data):
    block, answer = honest
    word = data.draw(st.integers(0, len(answer) // 32 - 1))
    value = data.draw(st.one_of(st.integers(0, 300), st.integers(0, 2**256 - 1)))
    distorted = answer[: word * 32] + value.to_bytes(32) + answer[word * 32 + 32 :]

    try:
        snapshot = look(built, node=Node(Replaying(distorted)), block=block)
    except errors.NodeAnsweredWrongly:
        return

    assert isinstance(snapshot, VaultSnapshot)
    assert sum(holding.target for holding in snapshot.holdings) == WAD
    assert snapshot.vault == built.record.vault


@given(cut=st.integers(0, 3000), extra=st.binary(max_size=64))
def test_no_shortened_answer_gets_past_the_checks_or_breaks_them(built, honest, cut, extra):
    block, answer = honest

    with pytest.raises(errors.NodeAnsweredWrongly):
        look(built, node=Node(Replaying(answer[:cut] + extra + b"\x01")), block=block)


def test_an_answer_that_is_far_too_long_is_not_even_decoded(built, honest):
    block, answer = honest

    with pytest.raises(errors.NodeAnsweredWrongly, match="at most 65536 bytes"):
        look(built, node=Node(Replaying(answer + bytes(100_000))), block=block)


def test_a_value_that_contradicts_its_price_is_refused(world):
    recorded = look(world).holdings[1].recorded

    def more_of_it(data):
        return data.replace(recorded.to_bytes(32), (recorded + 1).to_bytes(32), 1)

    with pytest.raises(errors.NodeAnsweredWrongly, match="value of BTC"):
        seen_through(world, more_of_it)


class TestQuotes:
    """Curves are what the pools would pay, and a route that cannot pay says why."""

    @pytest.fixture
    def block(self, world):
        return world.node.head()

    @pytest.fixture
    def quoters(self, world):
        return Quoters({world.record.contract("UniswapV3Venue"): world.record.quoter})

    @pytest.fixture
    def requests(self, world, block):
        """Each route, up to ten thousand units of account."""
        holdings = look(world).holdings
        return [
            QuoteRequest(
                route=route,
                token_in=holdings[route.token_in].token,
                token_out=holdings[route.token_out].token,
                up_to=10_000 * WAD * PRICE_SCALE // holdings[route.token_in].price,
            )
            for route in routes_of(world, block)
        ]

    def test_each_route_has_a_rising_concave_curve(self, world, block, quoters, requests):
        quotes = sample(world.node, quoters, requests, block=block)

        assert quotes.faults == ()
        for request, curve in zip(requests, quotes.curves, strict=True):
            assert (curve.token_in, curve.token_out) == (
                request.route.token_in,
                request.route.token_out,
            )
            assert curve.amounts_in[-1] == request.up_to
            rates = [
                out / into for into, out in zip(curve.amounts_in, curve.amounts_out, strict=True)
            ]
            assert all(a >= b * (1 - 1e-5) for a, b in pairwise(rates))

    def test_a_quote_is_what_the_fee_leaves(self, world, block, quoters, requests):
        cheap = next(r for r in requests if r.route.data == (500).to_bytes(3))
        curve = sample(world.node, quoters, [cheap], block=block).curves[0]
        sold, bought = (look(world).holdings[i] for i in (curve.token_in, curve.token_out))

        value_in = curve.amounts_in[0] * sold.price
        value_out = curve.amounts_out[0] * bought.price

        assert value_out / value_in == pytest.approx(1 - 500e-6, abs=1e-4)

    def test_a_route_whose_pool_would_run_dry_at_once_has_no_curve(
        self, world, block, quoters, requests
    ):
        huge = replace(requests[0], up_to=requests[0].up_to * 10**30)

        quotes = sample(world.node, quoters, [huge], block=block)

        assert quotes.curves == ()
        assert "cannot take" in quotes.faults[0].sentence

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            pytest.param({"active": False}, "removed", id="removed"),
            pytest.param(
                {"venue": NOWHERE}, f"no quoter is known for the venue {NOWHERE}", id="venue"
            ),
            pytest.param({"data": b"\x01\x02"}, "0x0102 is no Uniswap V3 path", id="data"),
            pytest.param({"data": b"\x00\x27\x10"}, "the pool gives no quote", id="no-pool"),
        ],
    )
    def test_a_route_that_cannot_be_quoted_says_why_and_spoils_no_other(
        self, world, block, quoters, requests, changes, sentence
    ):
        broken = replace(requests[0], route=replace(requests[0].route, **changes))

        quotes = sample(world.node, quoters, [broken, requests[1]], block=block)

        assert [curve.route_id for curve in quotes.curves] == [requests[1].route.route_id]
        assert [fault.route_id for fault in quotes.faults] == [requests[0].route.route_id]
        assert sentence in quotes.faults[0].sentence

    def test_a_quoter_without_code_is_named(self, world, block, quoters, requests):
        venue = next(iter(quoters.by_venue))

        with pytest.raises(errors.NoContract, match=f"the quoter at {NOWHERE}"):
            sample(world.node, Quoters({venue: NOWHERE}), requests, block=block)

    def test_curves_do_not_move_with_the_market_when_the_block_is_pinned(
        self, world, block, quoters, requests
    ):
        before = sample(world.node, quoters, requests[:1], block=block)
        move(world, 1)

        assert sample(world.node, quoters, requests[:1], block=block) == before


def test_routes_are_in_the_order_of_their_ids(world):
    routes = routes_of(world, world.node.head())

    assert [route.route_id for route in routes] == list(range(len(routes)))
    assert {route.venue for route in routes} == {world.record.contract("UniswapV3Venue")}
