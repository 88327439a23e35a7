"""What a server shows; it can be put together without the libraries of a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trimtab.chain.transport import Transport
from trimtab.web.models import PlaceModel
from trimtab.web.past import PastReader


@dataclass(frozen=True, slots=True)
class Sight:
    """What is served.

    Attributes
    ----------
    place
        Where the page finds the vault.
    transport
        The node that questions are handed to.
    view
        Reads the vault: what `trimtab inspect --json` prints.
    past
        Its history.
    operator
        How the keepers are; None where that is nobody's business who can reach the server.
    hosts
        Names under which the server may be asked; others are refused, or any page on the web could
        ask it by a name of its own.
    """

    place: PlaceModel
    transport: Transport
    view: Callable[[], Mapping[str, Any]]
    past: PastReader
    operator: Callable[[], Mapping[str, Any]] | None
    hosts: tuple[str, ...]
