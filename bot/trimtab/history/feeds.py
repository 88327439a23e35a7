"""What a vault's feeds published, from their own events: prices without an archive node."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.answers import Block, Log
from trimtab.chain.contracts import decode_result, encode_call, interface
from trimtab.chain.node import Call, Node
from trimtab.domain.phrases import moment
from trimtab.errors import MissingPrice, NodeAnsweredWrongly
from trimtab.history.chronicle import SPAN, logs_between

ANSWER_UPDATED = "AnswerUpdated"


@dataclass(frozen=True, slots=True)
class FeedHistory:
    """Answers of one feed.

    Attributes
    ----------
    name
        What the price is of.
    times
        When each was published, in seconds, rising.
    prices
        Worth of one whole token, exactly as the feed states it.
    lifetime
        How long a price counts, in seconds; None for as long as no other comes.
    """

    name: str
    times: tuple[int, ...]
    prices: tuple[Fraction, ...]
    lifetime: int | None = None

    def at(self, time: int) -> Fraction:
        """The newest price at a time.

        Raises
        ------
        MissingPrice
            If the feed had published nothing by then, or only too long ago.
        """
        position = bisect_right(self.times, time)
        if not position:
            raise MissingPrice(self.name, moment(time), "its feed had published nothing by then")
        newest = self.times[position - 1]
        if self.lifetime is not None and time - newest > self.lifetime:
            raise MissingPrice(self.name, moment(time), f"the last one is of {moment(newest)}")
        return self.prices[position - 1]


def token_prices(
    node: Node,
    oracle: ChecksumAddress,
    tokens: dict[str, str],
    *,
    first: int = 0,
    last: Block,
) -> dict[str, FeedHistory]:
    """Prices of tokens as their feeds published them, by token.

    Which feed prices a token is read from the oracle's own events; two feeds multiply. A feed's
    answers are those of the aggregator that is behind it now.

    Parameters
    ----------
    tokens
        Names for errors, by address.
    first, last
        Blocks between which events are read.

    Raises
    ------
    MissingPrice
        If the oracle never set a feed for a token.
    """
    feeds = _feeds_of(node, oracle, first=first, last=last)
    histories: dict[str, FeedHistory] = {}
    for token, name in tokens.items():
        if token not in feeds:
            raise MissingPrice(name, moment(last.timestamp), f"{oracle} never named a feed")
        legs = [_answers(node, feed, name, first=first, last=last) for feed in feeds[token]]
        histories[token] = legs[0] if len(legs) == 1 else _product(legs[0], legs[1])
    return histories


def _feeds_of(
    node: Node, oracle: ChecksumAddress, *, first: int, last: Block
) -> dict[str, list[ChecksumAddress]]:
    """Feeds of each token: one, or two that multiply."""
    own, quote = (interface("PriceOracle").event(name) for name in ("FeedSet", "QuoteFeedSet"))
    topics = ["0x" + event.topic.hex() for event in (own, quote)]
    feeds: dict[str, list[ChecksumAddress]] = {}
    for log in logs_between(node, oracle, topics, first=first, last=last.number):
        event = own if log.topics[0] == own.topic else quote
        found = event.decode(log)
        feeds[found["token"]] = [*(feeds[found["token"]] if event is quote else []), found["feed"]]
    return feeds


def _answers(
    node: Node, feed: ChecksumAddress, name: str, *, first: int, last: Block
) -> FeedHistory:
    event = interface("MockAggregator").event(ANSWER_UPDATED)
    found = decode_result(["address"], _view(node, feed, "aggregator()", last), name)[0]
    aggregator = to_checksum_address(found)
    decimals = decode_result(["uint8"], _view(node, feed, "decimals()", last), name)[0]
    logs = _with_one_before(node, aggregator, "0x" + event.topic.hex(), first, last)
    answers = [event.decode(log) for log in logs]
    times = tuple(answer["updatedAt"] for answer in answers)
    if list(times) != sorted(times):
        raise NodeAnsweredWrongly(f"answers of {feed}", "times that fall", "times that rise")
    prices = tuple(Fraction(answer["current"], 10**decimals) for answer in answers)
    return FeedHistory(name, times, prices)


def _with_one_before(
    node: Node, aggregator: ChecksumAddress, topic: str, first: int, last: Block
) -> list[Log]:
    """Logs from `first` on, after the newest one before, which was in force then."""
    logs = list(logs_between(node, aggregator, [topic], first=first, last=last.number))
    while first > 0:
        end, first = first - 1, max(0, first - SPAN)
        earlier = list(logs_between(node, aggregator, [topic], first=first, last=end))
        if earlier:
            return [earlier[-1], *logs]
    return logs


def _product(first: FeedHistory, second: FeedHistory) -> FeedHistory:
    """Both multiplied, from when both have answered, at every time of either."""
    start = max(first.times[:1] + second.times[:1], default=0)
    times = sorted({time for time in first.times + second.times if time >= start})
    prices = tuple(first.at(time) * second.at(time) for time in times)
    return FeedHistory(first.name, tuple(times), prices)


def _view(node: Node, contract: ChecksumAddress, signature: str, at: Block) -> bytes:
    return node.call(Call(contract, encode_call(signature)), at=at)
