"""Logs are read in pieces that the node takes, and a node that shuffles them is found out."""

import pytest
from trimtab.chain.answers import Log
from trimtab.errors import NodeAnsweredWrongly, NodeRefused
from trimtab.history.chronicle import SPAN, logs_between

ADDRESS = "0x00000000000000000000000000000000000000aA"


def log(block, index=0, address=ADDRESS):
    return Log(address, (), b"", block, "0x" + "00" * 32, index)


class FakeNode:
    """Holds logs, and refuses to look through more than `most` blocks at once."""

    def __init__(self, logs, most=10**9):
        self.held, self.most, self.asked = logs, most, []

    def logs(self, address, topics, *, first, last):
        self.asked.append((first, last))
        if last - first + 1 > self.most:
            raise NodeRefused("eth_getLogs", -32005, "range too large")
        return tuple(item for item in self.held if first <= item.block_number <= last)


def read(node, first=0, last=30_000):
    return list(logs_between(node, ADDRESS, [], first=first, last=last))


def test_long_ranges_are_read_in_pieces_that_meet():
    logs = [log(5), log(5, 1), log(9_999), log(10_000), log(30_000)]
    node = FakeNode(logs)

    assert read(node) == logs
    assert node.asked == [
        (0, SPAN - 1),
        (SPAN, 2 * SPAN - 1),
        (2 * SPAN, 3 * SPAN - 1),
        (30_000,) * 2,
    ]


def test_a_node_that_takes_less_is_asked_for_less():
    logs = [log(block) for block in range(0, 3_000, 7)]

    assert read(FakeNode(logs, most=100), last=3_000) == logs


def test_a_node_that_takes_nothing_is_an_error():
    with pytest.raises(NodeRefused, match="range too large"):
        read(FakeNode([], most=0), last=10)


@pytest.mark.parametrize(
    "logs",
    [
        pytest.param([log(5), log(4)], id="out-of-order"),
        pytest.param([log(5), log(5)], id="twice"),
        pytest.param([log(5, address="0x" + "11" * 20)], id="of-another"),
    ],
)
def test_logs_that_cannot_be_so_are_refused(logs):
    with pytest.raises(NodeAnsweredWrongly, match="eth_getLogs"):
        read(FakeNode(logs))
