"""A small market with a vault in it, and keepers for it."""

from fractions import Fraction

from trimtab.chain.quotes import Quoters
from trimtab.domain.units import DAY
from trimtab.executor.clock import SystemClock
from trimtab.executor.executor import Executor, Means, Patience
from trimtab.executor.fees import FixedFees
from trimtab.executor.signer import LocalSigner
from trimtab.keeper.keeper import Charge, Instruments, Keeper
from trimtab.keeper.market import ChainMarket, FixedNativePrice
from trimtab.local.accounts import local_accounts
from trimtab.local.blueprint import Blueprint
from trimtab.local.chain import GENESIS_TIMESTAMP
from trimtab.local.prices import PriceHistory
from trimtab.local.world import SETUP_SECONDS, build_local_world
from trimtab.policy.rules import Policy
from trimtab.store.database import Database
from trimtab.store.decisions import Decisions
from trimtab.store.journal import Journal

START = GENESIS_TIMESTAMP + SETUP_SECONDS
ASSETS = ("USDC", "BTC", "ETH")
WEIGHTS = (0.3, 0.4, 0.3)
CALM, BREACH, HARD_BREACH = (
    (1.0, 30_000.0, 2_000.0),
    (1.0, 36_000.0, 1_700.0),
    (1.0, 60_000.0, 1_200.0),
)
FEES = FixedFees(5 * 10**9)


def history(*rows):
    """Prices a day apart."""
    times = tuple(START + DAY * day for day in range(len(rows)))
    return PriceHistory(times, ASSETS, rows)


PRICES = history(CALM, BREACH, HARD_BREACH)


def build(chain):
    """The world, with a vault exactly on its targets."""
    blueprint = Blueprint(WEIGHTS, band=Fraction(10, 100), hard_band=Fraction(30, 100))
    return build_local_world(chain, PRICES, blueprint)


def move(world, day):
    """Put the market at the prices of a day."""
    world.chain.set_next_timestamp(PRICES.timestamps[day])
    world.market.step(PRICES.exact(day))


class Desk:
    """Keepers of one world on one database."""

    def __init__(self, world, database: Database):
        self.world = world
        self.database = database
        self.decisions = Decisions(database)
        self.journal = Journal(database)
        self.patience = Patience(poll=0.01, wait=0.2)

    def executor(self, account=None, *, node=None):
        signer = LocalSigner((account or local_accounts().keeper).key)
        means = Means(node or self.world.node, self.journal, signer, FEES, SystemClock())
        return Executor(means, self.patience)

    def charge(self, account=None, **changes):
        record = self.world.record
        fields = {
            "vault": record.vault,
            "lens": record.contract("VaultLens"),
            "caller": (account or local_accounts().keeper).address,
            "policy": Policy(cost_multiple=0),
            "quoters": Quoters({record.contract("UniswapV3Venue"): record.quoter}),
        }
        return Charge(**(fields | changes))

    def keeper(self, account=None, *, live=True, node=None, market=None, executor=None, **changes):
        instruments = Instruments(
            node=node or self.world.node,
            market=market or ChainMarket(self.world.node, FEES, FixedNativePrice(2_000.0)),
            decisions=self.decisions,
            clock=SystemClock(),
            executor=(executor or self.executor(account, node=node)) if live else None,
        )
        return Keeper(self.charge(account, **changes), instruments)

    def rows(self):
        """Decisions so far, oldest first."""
        record = self.world.record
        return self.decisions.latest(record.chain_id, record.vault)[::-1]
