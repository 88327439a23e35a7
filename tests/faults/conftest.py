"""One chain for all faults, as it was before each of them."""

import re
from itertools import count

import pytest
from faults.proxy import FaultyProxy
from faults.scene import CHAIN_ID, FINAL_BLOCKS, Scene
from integration.cli_desk import open_desk
from trimtab.domain.units import DAY
from trimtab.local.chain import BLOCK_SECONDS

TESTS = count(1)
"""Numbers of the tests, each of which has a time of its own."""


@pytest.fixture(scope="session")
def desk(tmp_path_factory):
    """A vault whose ether became too much of it."""
    with open_desk(tmp_path_factory.mktemp("faults"), chain_id=CHAIN_ID) as found:
        found.chain._request("anvil_mine", hex(FINAL_BLOCKS))
        _watch_sequencer(found)
        found.deploy()
        found.move(ETH=1.3)
        found.chain._request("anvil_mine", hex(FINAL_BLOCKS))
        yield found


def _watch_sequencer(desk):
    """Have the vault that will be deployed ask whether a rollup's sequencer is up."""
    sender = desk.sender("operator")
    feed = sender.create("MockAggregator", 0, "L2 Sequencer Uptime Status Feed")
    since = desk.chain.timestamp() - DAY
    sender.send(feed, "setRound(int256,uint256,uint256)", 0, since, since)
    line = f'[deploy]\nsequencer_feed = "{feed}"\n'
    desk.config.write_text(desk.config.read_text().replace("[deploy]\n", line))


@pytest.fixture
def sequencer(desk):
    """The feed that says whether it is."""
    return re.search('sequencer_feed = "(.*)"', desk.config.read_text()).group(1)


@pytest.fixture
def proxy(desk):
    proxy = FaultyProxy(desk.chain.url)
    yield proxy
    proxy.close()


@pytest.fixture
def scene(desk, proxy, tmp_path):
    with desk.undone():
        _mine_unlike_before(desk)
        found = Scene(desk, proxy, tmp_path)
        yield found
        found.close()
        desk.chain._request("evm_setAutomine", True)


def _mine_unlike_before(desk):
    """Blocks whose states are at hand, since a node forgets old ones as it goes.

    It keeps them by hash: none is to be taken for a block of an earlier test, which was undone.
    """
    later = desk.chain.timestamp() + BLOCK_SECONDS + next(TESTS)
    desk.chain._request("evm_setNextBlockTimestamp", later)
    desk.chain._request("anvil_mine", hex(FINAL_BLOCKS))
