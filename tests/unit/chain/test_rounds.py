"""A feed's rounds are read backwards until the time asked for, and nothing odd is believed."""

import pytest
from eth_abi.abi import decode, encode
from eth_utils.abi import function_signature_to_4byte_selector as selector
from trimtab.chain.answers import Block
from trimtab.chain.rounds import read_rounds
from trimtab.errors import CallReverted, NodeAnsweredWrongly

FEED = "0x" + "11" * 20
PHASE = 7 << 64
HEAD = Block(100, "0x" + "00" * 32, "0x" + "00" * 32, 2_000_000, 30_000_000, 7)


class FakeNode:
    """A feed with a round every 1,000 seconds; round 150 was never answered."""

    def __init__(self, count=200, price=2_000 * 10**8, decimals=8, backwards=None):
        self.count, self.price, self.decimals = count, price, decimals
        self.backwards = backwards

    def call(self, call, *, at):
        assert at is HEAD
        name, rest = call.data[:4], call.data[4:]
        if name == selector("decimals()"):
            return encode(["uint8"], [self.decimals])
        if name == selector("description()"):
            return encode(["string"], ["ETH / USD"])
        if name == selector("latestRoundData()"):
            return self.round(self.count)
        number = decode(["uint80"], rest)[0] - PHASE
        if number == 150:
            raise CallReverted("Error", {}, "No data present")
        return self.round(number)

    def round(self, number):
        time = 1_000_000 + 1_000 * number + (9_000_000 if number == self.backwards else 0)
        types = ["uint80", "int256", "uint256", "uint256", "uint80"]
        return encode(types, [PHASE + number, self.price + number, time, time, PHASE + number])


def test_rounds_reach_back_to_one_before_the_time_asked_for():
    found = read_rounds(FakeNode(), FEED, since=1_120_500, block=HEAD)

    times = [each.updated_at for each in found.rounds]
    assert found.complete
    assert times == sorted(times)
    assert times[0] <= 1_120_500
    assert times[-1] == 1_200_000
    assert 1_150_000 not in times
    assert found.rounds[-1].price == pytest.approx(2_000.000002)


def test_an_aggregator_that_began_later_is_said_to_be_incomplete():
    found = read_rounds(FakeNode(count=30), FEED, since=0, block=HEAD)

    assert len(found.rounds) == 30
    assert not found.complete


@pytest.mark.parametrize(
    ("node", "words"),
    [
        (FakeNode(price=-1_000_000), "price"),
        (FakeNode(decimals=200), "decimals"),
        (FakeNode(backwards=180), "round"),
    ],
)
def test_answers_that_make_no_sense_are_refused(node, words):
    with pytest.raises(NodeAnsweredWrongly, match=words):
        read_rounds(node, FEED, since=1_000_000, block=HEAD)
