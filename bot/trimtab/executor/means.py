"""What an executor works with, how long it waits, and what it reports."""

from __future__ import annotations

from dataclasses import dataclass

from trimtab.chain.node import Node
from trimtab.executor.clock import Clock
from trimtab.executor.fees import FeePolicy
from trimtab.executor.intents import Outcome
from trimtab.executor.networks import Network, network_of
from trimtab.executor.signer import Signer
from trimtab.store.journal import IntentState, Journal, JournalledIntent

POLL_SECONDS = 1.0
"""Time between two looks for a receipt."""

WAIT_SECONDS = 180.0
"""How long a receipt is waited for; the journal follows the transaction after that."""

STUCK_SECONDS = 180.0
"""Age at which a transaction that no block holds is to be decided on anew."""


@dataclass(frozen=True, slots=True)
class Relay:
    """Who is handed a transaction before everybody may see it.

    Attributes
    ----------
    node
        What takes it, over `eth_sendRawTransaction`.
    public_after
        Age at which a transaction that no block holds is handed to the nodes as well, in seconds.
    """

    node: Node
    public_after: float


@dataclass(frozen=True, slots=True)
class Means:
    """What an executor works with.

    Attributes
    ----------
    network
        How its chain is sent on; None for what is known of the chain's id.
    relay
        Who is handed what is sent first; None for the nodes themselves.
    """

    node: Node
    journal: Journal
    signer: Signer
    fees: FeePolicy
    clock: Clock
    network: Network | None = None
    relay: Relay | None = None

    def on_network(self) -> Network:
        """How the chain is sent on."""
        return self.network or network_of(self.node.chain_id())


@dataclass(frozen=True, slots=True)
class Patience:
    """How long transactions are waited for, in seconds.

    Attributes
    ----------
    poll, wait
        Time between two looks for a receipt, and for all of them.
    stuck
        Age at which a transaction in flight is to be replaced or cancelled.
    """

    poll: float = POLL_SECONDS
    wait: float = WAIT_SECONDS
    stuck: float = STUCK_SECONDS


@dataclass(frozen=True, slots=True)
class Settled:
    """What `reconcile` found of one unfinished intent.

    Attributes
    ----------
    intent
        As it stood before.
    state
        What it is now.
    outcome
        The mined transaction, if a block holds one.
    """

    intent: JournalledIntent
    state: IntentState
    outcome: Outcome | None
