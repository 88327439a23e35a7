"""However many vaults there are and however little a node gives, each of them is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab.chain.answers import Block
from trimtab.chain.lens import Unreadable
from trimtab.chain.many import SUMMARY_GAS, VaultReader
from trimtab.chain.node import Node
from trimtab.chain.reverts import Refusal
from trimtab.domain.snapshot import VaultSummary
from trimtab.errors import NodeRefused, NodeUnreachable
from unit.chain.lens_answers import HASH, SUMMARY, TIME, address, asked_vaults, summaries_answer

BLOCK = Block(7, HASH, "0x0", TIME, 30_000_000, 7)
LENS = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
TOO_MANY = {
    "reverts": Refusal(b""),
    "refuses": NodeRefused("eth_call", -32000, "out of gas"),
    "times out": NodeUnreachable("fake", "it did not answer in time"),
}


class LensNode:
    """A node with a lens that fails when more than `most` vaults are asked for at once."""

    name, pins_by_hash = "fake", True

    def __init__(self, rows=None, *, most=10**6, failure=TOO_MANY["reverts"], crowded=()):
        self.rows = rows or {}
        self.most, self.failure, self.crowded = most, failure, crowded
        self.calls = []

    def request(self, method, params):
        if method == "eth_chainId":
            return "0x1"
        vaults = asked_vaults(bytes.fromhex(params[0]["data"][2:]))
        self.calls.append(len(vaults))
        if len(vaults) > self.most:
            raise self.failure
        return "0x" + summaries_answer([self._row(v, len(vaults)) for v in vaults]).hex()

    def _row(self, vault, company):
        starved = vault in self.crowded and company > len(self.crowded)
        return (
            SUMMARY
            | {"nonce": int(vault, 16)}
            | self.rows.get(vault, {})
            | {"ok": not starved and self.rows.get(vault, {}).get("ok", True)}
        )


def reader(node, **options):
    return VaultReader(Node(node), LENS, LENS, **options)


def nonces(found):
    return [one.nonce if isinstance(one, VaultSummary) else None for one in found]


@given(count=st.integers(0, 60), most=st.integers(1, 70), failure=st.sampled_from(sorted(TOO_MANY)))
def test_every_vault_is_read_in_order_whatever_a_call_may_hold(count, most, failure):
    node = LensNode(most=most, failure=TOO_MANY[failure])

    found = reader(node).summaries([address(n) for n in range(count)], BLOCK)

    assert nonces(found) == list(range(count))


def test_as_many_go_into_one_call_as_the_gas_allows():
    node = LensNode()

    reader(node, call_gas=100 * SUMMARY_GAS).summaries([address(n) for n in range(1000)], BLOCK)

    assert node.calls == [100] * 10


def test_a_size_that_was_too_large_is_not_tried_again_at_once():
    node = LensNode(most=60)
    many = reader(node, call_gas=100 * SUMMARY_GAS)
    for _ in range(5):
        many.summaries([address(n) for n in range(100)], BLOCK)
    node.calls.clear()

    for _ in range(10):
        many.summaries([address(n) for n in range(100)], BLOCK)

    assert sum(size > 60 for size in node.calls) <= 1
    assert len(node.calls) <= 25


@pytest.mark.parametrize("row", [{"ok": False}, {"totalDrift": 2**200}, {"reason": 9}])
def test_a_vault_that_fails_or_contradicts_itself_spoils_no_other(row):
    node = LensNode({address(1): row})

    found = reader(node).summaries([address(n) for n in range(3)], BLOCK)

    assert nonces(found) == [0, None, 2]
    assert isinstance(found[1], Unreadable)
    assert address(1) in found[1].sentence


def test_a_vault_that_was_starved_in_a_crowd_is_asked_by_itself():
    node = LensNode(crowded=[address(4)])

    found = reader(node).summaries([address(n) for n in range(9)], BLOCK)

    assert nonces(found) == list(range(9))
    assert node.calls == [9, 1]


def test_a_lens_that_reverts_for_one_vault_leaves_the_others():
    class Picky(LensNode):
        def request(self, method, params):
            if method == "eth_call" and address(2)[2:] in params[0]["data"]:
                self.calls.append(0)
                raise Refusal(b"")
            return super().request(method, params)

    found = reader(Picky()).summaries([address(n) for n in range(8)], BLOCK)

    assert nonces(found) == [0, 1, None, 3, 4, 5, 6, 7]


def test_a_node_that_is_gone_is_an_error_and_no_vaults_fault():
    node = LensNode(most=0, failure=TOO_MANY["times out"])

    with pytest.raises(NodeUnreachable):
        reader(node).summaries([address(1), address(2)], BLOCK)
