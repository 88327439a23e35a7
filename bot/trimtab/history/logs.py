"""From the logs of a node to the vault's events that move balances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from typing import get_args

from eth_typing import ChecksumAddress

from trimtab.chain.answers import Log
from trimtab.chain.contracts import Event, interface
from trimtab.history.events import VaultEvent


def vault_events(logs: Iterable[Log], vault: ChecksumAddress) -> Iterator[VaultEvent]:
    """The events among `logs` that `vault` wrote and that move its balances, in their order.

    Raises
    ------
    NodeAnsweredWrongly
        If a log has the topic of an event and not its shape.
    """
    known = _by_topic()
    for log in logs:
        if log.address == vault and log.topics and log.topics[0] in known:
            event, kind = known[log.topics[0]]
            arguments = event.decode(log)
            yield kind(**{field.name: arguments[_camel(field.name)] for field in fields(kind)})


def event_topics() -> list[str]:
    """First topics of these events, as `eth_getLogs` takes them."""
    return ["0x" + topic.hex() for topic in _by_topic()]


@cache
def _by_topic() -> dict[bytes, tuple[Event, type[VaultEvent]]]:
    """Each event of the vault's ABI that the ledger knows, with the value it becomes."""
    vault = interface("Vault")
    kinds: tuple[type[VaultEvent], ...] = get_args(VaultEvent)
    events = [(vault.event(kind.__name__), kind) for kind in kinds]
    return {event.topic: (event, kind) for event, kind in events}


def _camel(name: str) -> str:
    """A field's name as Solidity writes it."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
