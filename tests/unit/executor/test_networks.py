"""A block is final when enough others stand on it, and its chain says so where it can."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.executor.networks import (
    ARBITRUM,
    CAUTIOUS,
    ETHEREUM,
    LOCAL,
    NETWORKS,
    OP_STACK,
    Finality,
    network_of,
)

HEIGHT = st.integers(0, 10**9)


class Heads:
    def __init__(self, head, finalized):
        self.heights = head, finalized

    def head(self):
        return SimpleNamespace(number=self.heights[0])

    def finalized(self):
        return SimpleNamespace(number=self.heights[1])


@given(HEIGHT, HEIGHT, st.integers(0, 200))
def test_a_node_cannot_call_final_what_has_too_few_blocks_on_top(head, finalized, confirmations):
    height = Finality(confirmations, tag=True).height(Heads(head, finalized))

    assert height == min(head - confirmations, finalized)


def test_without_a_tag_only_confirmations_count():
    assert Finality(3).height(Heads(10, 0)) == 7


@pytest.mark.parametrize(
    ("chain_id", "network"),
    [(1, ETHEREUM), (8453, OP_STACK), (42161, ARBITRUM), (31337, LOCAL), (99999, CAUTIOUS)],
)
def test_networks_are_known_by_their_chain_id(chain_id, network):
    assert network_of(chain_id) is network


def test_an_unknown_chain_is_given_the_most_time():
    confirmations = [network.finality.confirmations for network in NETWORKS.values()]

    assert CAUTIOUS.finality.confirmations > max(confirmations)


def test_only_local_chains_are_final_at_once():
    at_once = {n for n, network in NETWORKS.items() if network.finality.confirmations == 0}

    assert at_once == {1337, 31337, 131277322940537}
