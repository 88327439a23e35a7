"""A vault is deployed once, however often and wherever the deployment is interrupted."""

import json
import re
from dataclasses import replace
from decimal import Decimal
from itertools import cycle, islice

import pytest
from trimtab.chain.contracts import interface
from trimtab.chain.node import Call
from trimtab.deploy.health import Patient, Status, examine, snapshot_of
from trimtab.deploy.preview import Payer, preview
from trimtab.deploy.progress import Means
from trimtab.deploy.record import read_record, record_path
from trimtab.deploy.routes import examine_routes
from trimtab.deploy.run import deploy
from trimtab.deploy.size import CREATION_CAP
from trimtab.deploy.spec import NO_ADDRESS, TimelockSpec, UniswapSpec
from trimtab.deploy.steps import slugs, step
from trimtab.deploy.survey import survey
from trimtab.domain.units import WAD
from trimtab.errors import DeploymentRefused, NodeUnreachable, RecordError, TrimtabError
from trimtab.executor.clock import SystemClock
from trimtab.executor.executor import Executor
from trimtab.executor.executor import Means as ExecutorMeans
from trimtab.executor.fees import FixedFees
from trimtab.executor.signer import LocalSigner
from trimtab.local.accounts import local_accounts
from trimtab.local.blueprint import Blueprint
from trimtab.local.ethtester import EthTesterChain
from trimtab.local.sender import Sender
from trimtab.local.synthetic import synthetic_history
from trimtab.local.world import SETUP_SECONDS, build_local_world
from trimtab.store.database import Database
from trimtab.store.journal import Journal

GAS_PRICE = 20 * 10**9

HISTORY = synthetic_history(("USDC", "BTC", "ETH"), 3, 7)

STEPS = 16
"""Five libraries, six contracts, the binding, three approvals, the first deposit."""

LOCK = TimelockSpec(3600, (local_accounts().owner.address,), (NO_ADDRESS,))


TROUBLES = {"timelock"}
"""What a fresh vault of this world is told: a person owns it, without any delay."""


class Cut(Exception):
    """Stands for the death of the process."""


class DyingNode:
    """A node that stops answering at the n-th request of one kind, after or before serving it."""

    def __init__(self, node, method, count, *, served):
        self._node = node
        self._method = method
        self._left = count
        self._served = served

    def __getattr__(self, name):
        inner = getattr(self._node, name)
        if name != self._method:
            return inner

        def request(*arguments, **options):
            self._left -= 1
            if self._left == 0 and not self._served:
                raise Cut
            answer = inner(*arguments, **options)
            if self._left == 0:
                raise Cut
            return answer

        return request


@pytest.fixture(scope="module")
def world():
    """A market with a vault of its own; the tests put others beside it."""
    chain = EthTesterChain(HISTORY.timestamps[0] - SETUP_SECONDS)
    return build_local_world(chain, HISTORY, Blueprint((0.4, 0.3, 0.3)))


@pytest.fixture(autouse=True)
def _fresh(world):
    before = world.chain.snapshot()
    yield
    world.chain.revert(before)


@pytest.fixture
def spec(world):
    """A vault like the world's own, under another name, with its first deposit in hand."""
    operator = Sender(world.chain, local_accounts().operator)
    for token in world.tokens.values():
        token.mint(operator, local_accounts().deployer.address, 10**25)
    return replace(world.spec, name="Second", symbol="SEC", seed_value=Decimal(5000))


def means_on(node, database):
    journal = Journal(database)
    signer, fees = LocalSigner(local_accounts().deployer.key), FixedFees(GAS_PRICE)
    executor = Executor(ExecutorMeans(node, journal, signer, fees, SystemClock()))
    return Means(node, executor, journal, fees)


@pytest.fixture
def means(world):
    with Database(None) as database:
        yield means_on(world.node, database)


def transactions(world):
    return world.node.transaction_count(local_accounts().deployer.address)


def checks_of(world, record):
    patient = Patient(world.node, world.node.head(), record, None)
    return [*examine(patient), *examine_routes(patient, None)]


def troubles(world, record):
    return {check.name for check in checks_of(world, record) if check.status is not Status.OK}


def test_a_deployed_vault_is_seeded_at_target_and_passes_every_check(world, means, spec, tmp_path):
    record = deploy(means, spec, tmp_path)

    snapshot = snapshot_of(Patient(world.node, world.node.head(), record, None))
    assert snapshot.total_supply == 5000 * WAD
    assert abs(snapshot.nav - 5000 * WAD) < WAD
    assert snapshot.total_drift < WAD // 10_000
    assert troubles(world, record) == TROUBLES


def test_the_record_on_disk_is_the_record_returned(means, spec, tmp_path):
    record = deploy(means, spec, tmp_path)

    assert read_record(record_path(tmp_path, spec)).content == record.content


def test_a_second_run_sends_nothing(world, means, spec, tmp_path):
    record = deploy(means, spec, tmp_path)
    before = transactions(world)

    again = deploy(means, spec, tmp_path)

    assert again.content == record.content
    assert transactions(world) == before


def test_a_lost_record_is_written_again_from_the_journal(world, means, spec, tmp_path):
    record = deploy(means, spec, tmp_path / "first")
    before = transactions(world)

    again = deploy(means, spec, tmp_path / "second")

    assert again.content == record.content
    assert transactions(world) == before


@pytest.mark.deep
@pytest.mark.parametrize("served", [False, True], ids=["before-sending", "after-sending"])
@pytest.mark.parametrize("count", range(1, STEPS + 1))
def test_an_interrupted_run_goes_on_and_deploys_nothing_twice(world, spec, tmp_path, count, served):
    before = transactions(world)
    with Database(tmp_path / "journal.sqlite") as database:
        dying = DyingNode(world.node, "send_raw", count, served=served)
        with pytest.raises(Cut):
            deploy(means_on(dying, database), spec, tmp_path)

    with Database(tmp_path / "journal.sqlite") as database:
        record = deploy(means_on(world.node, database), spec, tmp_path)

    assert transactions(world) - before == STEPS == len(slugs(spec))
    assert troubles(world, record) == TROUBLES


@pytest.mark.parametrize("served", [False, True], ids=["before-sending", "after-sending"])
def test_a_run_that_dies_at_every_transaction_comes_to_its_end_all_the_same(
    world, spec, tmp_path, served
):
    owned = replace(spec, timelock=LOCK, roles=replace(spec.roles, owner=None))
    before, deaths = transactions(world), 0
    while True:
        with Database(tmp_path / "journal.sqlite") as database:
            # The first thing sent is what the run before wrote down and did not send.
            dying = DyingNode(world.node, "send_raw", 1 if served else 2, served=served)
            try:
                record = deploy(means_on(dying, database), owned, tmp_path)
                break
            except Cut:
                deaths += 1

    assert deaths == (STEPS + 1 if served else STEPS)
    assert transactions(world) - before == STEPS + 1 == len(slugs(owned))
    assert troubles(world, record) == set()


def test_the_first_deposit_is_at_target_even_if_prices_moved_meanwhile(world, spec, tmp_path):
    first_approval_and_one_more = 9
    with Database(None) as database:
        dying = DyingNode(world.node, "send_raw", first_approval_and_one_more, served=True)
        with pytest.raises(Cut):
            deploy(means_on(dying, database), spec, tmp_path)
        prices = HISTORY.exact(0)
        world.market.step(prices | {"ETH": prices["ETH"] * 2})

        record = deploy(means_on(world.node, database), spec, tmp_path)

    snapshot = snapshot_of(Patient(world.node, world.node.head(), record, None))
    assert snapshot.total_drift < WAD // 10_000
    assert abs(snapshot.nav - 5000 * WAD) < WAD


def test_the_preview_names_the_addresses_and_bounds_the_gas(world, means, spec, tmp_path):
    deployer = local_accounts().deployer.address
    planned = preview(Payer.now(world.node, deployer, None), spec, survey(world.node, spec))
    done = {}

    deploy(means, spec, tmp_path, report=lambda step: done.update({step.slug: step}))

    assert [item.step.slug for item in planned] == list(done)
    for item in planned:
        actual = done[item.step.slug]
        assert item.address == actual.address
        assert actual.gas_used <= item.step.gas_bound <= 3 * actual.gas_used


def test_another_specification_of_the_same_symbol_is_refused(means, spec, tmp_path):
    deploy(means, spec, tmp_path)

    with pytest.raises(RecordError, match="the record of another deployment stands here"):
        deploy(means, replace(spec, name="Third"), tmp_path)


def test_a_record_of_a_chain_that_was_reset_is_not_believed(world, means, spec, tmp_path):
    before = world.chain.snapshot()
    deploy(means, spec, tmp_path)
    world.chain.revert(before)

    with pytest.raises(RecordError, match="the chain was reset"):
        deploy(means, spec, tmp_path)


def asset(spec, position, **changes):
    assets = list(spec.assets)
    assets[position] = replace(assets[position], **changes)
    return replace(spec, assets=tuple(assets))


def without_feed(spec):
    return asset(spec, 1, feed=spec.assets[0].token)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: asset(s, 1, symbol="WBTC"), 'calls itself "BTC", expected "WBTC"'),
        (lambda s: asset(s, 1, token=s.roles.owner), "has no code on this chain"),
        (lambda s: asset(s, 1, feed=s.roles.owner), "has no code on this chain"),
        (lambda s: asset(s, 1, feed=s.assets[0].token), "is not a price feed on this chain"),
        (lambda s: asset(s, 1, token=s.assets[1].feed), "is not a token on this chain"),
        (lambda s: asset(s, 1, decimals=7), "has 8 decimals, expected 7"),
        (lambda s: asset(s, 1, feed_decimals=18), "has 8 decimals, expected 18"),
        (lambda s: asset(s, 1, feed_description="X / USD"), 'expected "X / USD"'),
        (lambda s: asset(s, 1, max_price=Decimal(2)), "strictly between min_price"),
        (lambda s: asset(s, 1, heartbeat=1), " old, expected at most the heartbeat, 1 s"),
        (lambda s: replace(s, sequencer_feed=s.roles.owner), "sequencer_feed: "),
        (lambda s: replace(s, seed_value=Decimal("0.00001")), "raise seed_value"),
        (
            lambda s: replace(s, routes=(replace(s.routes[0], fees=(10_000,)),)),
            "there is no Uniswap V3 pool",
        ),
        (
            lambda s: replace(s, uniswap=UniswapSpec(s.roles.owner, s.uniswap.quoter)),
            "has no code, expected Uniswap V3's SwapRouter02",
        ),
        (lambda s: replace(s, seed_value=Decimal(10) ** 30), "for the first deposit"),
    ],
)
def test_what_contradicts_the_chain_is_refused_before_anything_is_sent(
    world, means, spec, tmp_path, change, message
):
    before = transactions(world)

    with pytest.raises(DeploymentRefused) as caught:
        deploy(means, change(spec), tmp_path)

    assert message in str(caught.value)
    assert transactions(world) == before


def test_the_most_routes_that_pass_are_created_and_the_chain_takes_no_more(
    world, means, spec, tmp_path
):
    def with_routes(count):
        return replace(spec, routes=tuple(islice(cycle(spec.routes), count)))

    before = transactions(world)
    with pytest.raises(DeploymentRefused) as caught:
        deploy(means, with_routes(200), tmp_path)
    assert transactions(world) == before
    fit = int(re.search(r"keep the first (\d+)", str(caught.value))[1])

    record = deploy(means, with_routes(fit), tmp_path)

    assert len(record.content["routes"]) == fit
    addresses = {name: item["address"] for name, item in record.content["contracts"].items()}
    refused = step("Mandate", with_routes(fit + 1), survey(world.node, spec), addresses)
    assert len(refused.data) > CREATION_CAP
    with pytest.raises(TrimtabError, match=r"(?i)initcode|contract code"):
        world.node.estimate_gas(Call(None, refused.data, local_accounts().deployer.address))


@pytest.mark.parametrize("answer", [0, -5])
def test_a_feed_without_a_price_is_refused_with_its_answer(world, spec, answer):
    feed = next(feed for feed in world.market.feeds if feed.symbol == "ETH")
    publication = ("setAnswer(int256,uint256)", answer, world.chain.timestamp())
    Sender(world.chain, local_accounts().operator).send(feed.aggregator, *publication)

    with pytest.raises(DeploymentRefused) as caught:
        survey(world.node, spec)

    assert caught.value.findings == (
        f"ETH: the feed {feed.proxy} answers {answer}, expected above 0",
    )


def test_all_contradictions_are_listed_at_once(world, spec):
    wrong = asset(asset(spec, 0, symbol="A"), 2, feed_description="B")

    with pytest.raises(DeploymentRefused) as caught:
        survey(world.node, wrong)

    assert len(caught.value.findings) == 2


def test_rollups_with_an_uptime_feed_need_it(world, spec):
    class Base:
        """The local chain under the name of Base."""

        def __getattr__(self, name):
            return getattr(world.node, name)

        def require_chain(self, expected):
            assert expected == 8453

    with pytest.raises(DeploymentRefused, match="expected the uptime feed of Base"):
        survey(Base(), replace(spec, chain_id=8453))


def test_doctor_sees_a_role_that_changed_and_a_keeper_without_the_role(
    world, means, spec, tmp_path
):
    record = deploy(means, spec, tmp_path)
    owner = Sender(world.chain, local_accounts().owner)
    mandate = record.contract("Mandate")
    owner.send(mandate, "setManager(address)", owner.address)
    owner.send(mandate, "removeKeeper(address)", local_accounts().keeper.address)

    found = {check.name: check.status for check in checks_of(world, record)}

    assert found["manager"] is Status.WARN
    assert found[f"keeper {local_accounts().keeper.address}"] is Status.FAIL


def test_doctor_sees_a_dead_feed_and_a_removed_route(world, means, spec, tmp_path):
    record = deploy(means, spec, tmp_path)
    guardian = Sender(world.chain, local_accounts().guardian)
    guardian.send(record.contract("Mandate"), "removeRoute(uint256)", 0)
    world.chain.set_next_timestamp(world.chain.timestamp() + 10**6)
    world.chain.mine()

    found = {check.name: check for check in checks_of(world, record)}

    assert found["price of BTC"].status is Status.FAIL
    assert "stale" in found["price of BTC"].detail


def test_doctor_takes_a_written_off_asset_for_what_it_is(world, means, spec, tmp_path):
    record = deploy(means, spec, tmp_path)
    eth = [asset.symbol for asset in spec.assets].index("ETH")
    owner = Sender(world.chain, local_accounts().owner)
    owner.send(record.contract("Mandate"), "writeOff(uint256)", eth)

    found = {check.name: check for check in checks_of(world, record)}

    assert found["price of ETH"].status is Status.OK
    assert found["price of ETH"].detail == "written off: it counts as nothing"
    assert all(c.status is Status.OK for name, c in found.items() if name.endswith(" to ETH"))


def test_doctor_sees_code_that_is_not_the_recorded_one(world, means, spec, tmp_path):
    content = json.loads(json.dumps(deploy(means, spec, tmp_path).content))
    content["contracts"]["VaultLens"]["address"] = content["contracts"]["Vault"]["address"]
    content["contracts"]["Accounting"]["address"] = local_accounts().owner.address
    record = type(deploy(means, spec, tmp_path))(content)

    patient = Patient(world.node, world.node.head(), record, None)
    found = {check.name: check for check in examine(patient)}

    assert found["code of VaultLens"].status is Status.FAIL
    assert found["code of Accounting"].detail.startswith("no code at")
    assert "price of BTC" not in found


def test_the_deployer_holds_no_role(world, means, spec, tmp_path):
    record = deploy(means, spec, tmp_path)
    deployer = local_accounts().deployer.address
    mandate = interface("Mandate")

    roles = {
        next(iter(mandate.decode(role, answer).values()))
        for role in ("owner", "manager", "guardian")
        for answer in [
            world.node.call(Call(record.contract("Mandate"), mandate.encode(role)), at="latest")
        ]
    }

    assert deployer not in roles


def test_a_node_that_fails_leaves_an_error_that_says_try_again(world, spec, tmp_path):
    class Dead(DyingNode):
        """A node that cannot be reached."""

        def send_raw(self, *_):
            raise NodeUnreachable("node", "gone")

    with Database(None) as database, pytest.raises(NodeUnreachable):
        deploy(means_on(Dead(world.node, "none", 1, served=False), database), spec, tmp_path)
