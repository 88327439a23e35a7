"""A vault's past, for the verbs that look back: its events, its tokens, and prices for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.answers import Block
from trimtab.chain.lens import read_snapshot
from trimtab.cli.session import Session
from trimtab.domain.phrases import moment
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.errors import BadInput, MissingPrice
from trimtab.history.chronicle import Entry, read_chronicle, require_backed, require_complete
from trimtab.history.feeds import FeedHistory, token_prices
from trimtab.history.tokens import TokenFacts, read_tokens
from trimtab.local.price_csv import load_prices
from trimtab.local.prices import PriceHistory

PriceFile = Annotated[
    Path | None, typer.Option(help="CSV of prices. Without it, what the feeds published.")
]
FirstBlock = Annotated[
    int | None, typer.Option(min=0, help="Block before the vault's first event.")
]

UNIT_OF_ACCOUNT = "USD"
"""What prices and values are in, where a person reads them."""


@dataclass(frozen=True, slots=True)
class Past:
    """What happened to a vault up to a block.

    Attributes
    ----------
    head
        The block.
    first
        A block before the vault's first event.
    snapshot
        The vault at the block.
    entries
        Its events.
    tokens
        Everything that was ever an asset, by address.
    prices
        Prices of those tokens, by address.
    """

    head: Block
    first: int
    snapshot: VaultSnapshot
    entries: tuple[Entry, ...]
    tokens: dict[str, TokenFacts]
    prices: dict[str, FeedHistory]

    def price_at(self, token: str, time: int) -> Fraction:
        """Worth of one whole token at a time.

        Raises
        ------
        MissingPrice
            Naming the asset and the time.
        """
        if token not in self.prices:
            name = self.tokens[token].symbol
            raise MissingPrice(name, moment(time), "the prices given have no column for it")
        return self.prices[token].at(time)

    @property
    def decimals(self) -> dict[str, int]:
        """Decimals of every token, by address."""
        return {token: facts.decimals for token, facts in self.tokens.items()}


def read_past(session: Session, *, price_file: Path | None, first: int | None) -> Past:
    """A vault's past, checked against what it holds.

    Parameters
    ----------
    price_file
        CSV file of prices by symbol; None takes what the vault's own feeds published.
    first
        Block to read from; None takes that of the deployment record.

    Raises
    ------
    HistoryGap
        If events are missing.
    """
    node, target = session.node, session.target
    head = node.head()
    snapshot = read_snapshot(
        node, target.lens, vault=target.vault, caller=session.viewer(), block=head
    )
    start = _first_block(session) if first is None else first
    entries = read_chronicle(node, target.vault, first=start, last=head)
    require_complete(entries, snapshot)
    require_backed(node, target.vault, entries[-1].ledger, at=head)
    tokens = read_tokens(node, _ever_listed(entries), at=head)
    if price_file is None:
        oracle = to_checksum_address(snapshot.oracle)
        names = {token: facts.symbol for token, facts in tokens.items()}
        prices = token_prices(node, oracle, names, first=start, last=head)
    else:
        prices = file_prices(price_file, tokens)
    return Past(head, start, snapshot, entries, tokens, prices)


def file_prices(file: Path, tokens: dict[str, TokenFacts]) -> dict[str, FeedHistory]:
    """Prices of a CSV file, each good until the next row is due."""
    symbols = tuple(facts.symbol for facts in tokens.values())
    history = load_prices(file, symbols)
    return {token: _column(history, position) for position, token in enumerate(tokens)}


def accounts_of(texts: Sequence[str]) -> tuple[ChecksumAddress, ...]:
    """Addresses that a person wrote.

    Raises
    ------
    BadInput
        For what is no address.
    """
    try:
        return tuple(to_checksum_address(text) for text in texts)
    except ValueError as error:
        raise BadInput(f"--holder: {error}; expected 0x and 40 hexadecimal digits") from None


def _column(history: PriceHistory, position: int) -> FeedHistory:
    return FeedHistory(
        name=history.assets[position],
        times=history.timestamps,
        prices=tuple(Fraction(row[position]) for row in history.rows),
        lifetime=history.interval,
    )


def _ever_listed(entries: Sequence[Entry]) -> list[str]:
    """Every token that was an asset at some time, in the order they came."""
    return list(dict.fromkeys(token for entry in entries for token in entry.ledger.tokens))


def _first_block(session: Session) -> int:
    """The block in which the first contract of the vault was created, or the chain's first."""
    record = session.target.record
    if record is None:
        return 0
    return min(int(made["block"]) for made in record.content["contracts"].values())
