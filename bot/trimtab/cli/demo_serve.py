"""The page of a finished demo: its chain is the node, as long as somebody looks."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from trimtab.chain.lens import read_snapshot
from trimtab.chain.node import Node
from trimtab.chain.transport import Transport, transport_for
from trimtab.cli.serving import LOCAL, serve_sight
from trimtab.cli.snapshot_json import snapshot_json
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.history.indexer import Indexer, Subject
from trimtab.local.accounts import local_accounts
from trimtab.local.world import LocalWorld
from trimtab.store.database import Database
from trimtab.store.event_index import EventIndex
from trimtab.web.models import PlaceModel
from trimtab.web.past import PastReader
from trimtab.web.sight import Sight

HOST = LOCAL[0]
"""Where a demo is shown: to this machine alone."""

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")
"""Variables that tell of a screen, where a browser can open."""


class OneAtATime:
    """A chain in this process, asked by many threads: it answers one after the other."""

    pins_by_hash = False

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._lock = Lock()
        self.name = transport.name

    def request(self, method: str, params: list[object]) -> object:
        """The chain's result."""
        with self._lock:
            return self._transport.request(method, params)


def serve_world(world: LocalWorld, port: int) -> None:
    """Serve the page of a world's vault until Ctrl-C, and open it where there is a screen."""
    transport = OneAtATime(transport_for(world.chain.provider))
    node, record = Node(transport), world.record
    keeper = local_accounts().keeper.address
    lens, vault = record.contract("VaultLens"), record.vault

    def look() -> VaultSnapshot:
        return read_snapshot(node, lens, vault=vault, caller=keeper, block=node.head())

    with TemporaryDirectory() as folder, Database(Path(folder) / "index.sqlite") as database:
        index = EventIndex(database, record.chain_id, vault)
        subject = Subject(vault, record.contract("Mandate"), record.first_block)
        place = PlaceModel(
            chainId=record.chain_id,
            rpc="./rpc",
            vault=vault,
            lens=lens,
            keeper=keeper,
            fromBlock=record.first_block,
            history="./api/v1/history",
        )
        past = PastReader(
            Indexer(node, index, subject), index, vault=vault, first=record.first_block
        )
        sight = Sight(place, transport, lambda: snapshot_json(look()), past, None, LOCAL)
        past.catch_up()  # a chain in this process answers nobody else while it looks for events
        serve_sight(sight, HOST, port, _open)


def _open(address: str) -> None:
    if sys.platform == "darwin" or any(os.environ.get(name) for name in DISPLAYS):
        webbrowser.open(address)
