"""`trimtab serve`: the page of a vault and a read-only JSON API, on this machine by default."""

from __future__ import annotations

from typing import Annotated

import typer
from eth_utils.address import to_checksum_address

from trimtab.cli.app import DEFAULT_CONFIG, ConfigFile, app, example
from trimtab.cli.operator import operator_view
from trimtab.cli.serving import DEFAULT_PORT, LOCAL, require_web, serve_sight
from trimtab.cli.session import Session, Target
from trimtab.cli.snapshot_json import snapshot_json
from trimtab.deploy.networks import network_of
from trimtab.deploy.spec import NO_ADDRESS
from trimtab.history.indexer import Indexer, Subject
from trimtab.store.database import Database
from trimtab.store.event_index import EventIndex
from trimtab.web.models import PlaceModel
from trimtab.web.past import PastReader
from trimtab.web.sight import Sight


@app.command(epilog=example("serve --port 8090"))
def serve(
    config: ConfigFile = DEFAULT_CONFIG,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65_535)] = DEFAULT_PORT,
    name: Annotated[
        list[str] | None, typer.Option("--name", help="Further name the server is asked by.")
    ] = None,
    operator: Annotated[
        bool | None,
        typer.Option(
            help="Whether the page of the keeper's decisions, transactions and nodes is served "
            "too; unless told, only to this machine."
        ),
    ] = None,
) -> None:
    """Serve the vault's page, the operator's, and a JSON API; read-only, no key is needed."""
    require_web()
    session = Session(config)
    shown = host in LOCAL if operator is None else operator
    with session.database() as database:
        sight = Sight(
            place=place_of(session),
            transport=session.pool,
            view=lambda: snapshot_json(session.snapshot()),
            past=past_of(session, database),
            operator=operator_view(session) if shown else None,
            hosts=(*LOCAL, host, *(name or ())),
        )
        serve_sight(sight, host, port)


def past_of(session: Session, database: Database) -> PastReader:
    """The history of the vault, kept in the keeper's database."""
    target = session.target
    vault, first = target.vault, first_block(target)
    index = EventIndex(database, session.settings.node.chain_id, vault)
    mandate = to_checksum_address(session.snapshot().mandate)
    indexer = Indexer(session.node, index, Subject(vault, mandate, first))
    return PastReader(indexer, index, vault=vault, first=first)


def first_block(target: Target) -> int:
    """Where a vault's history begins: its deployment, or the chain's first block."""
    return target.record.first_block if target.record else 0


def place_of(session: Session) -> PlaceModel:
    """Where the page finds the vault that the settings name."""
    target, viewer = session.target, session.viewer()
    network = network_of(session.node.chain_id())
    return PlaceModel(
        chainId=session.settings.node.chain_id,
        rpc="./rpc",
        vault=target.vault,
        lens=target.lens,
        keeper=None if viewer == NO_ADDRESS else viewer,
        zapper=target.zapper,
        quoter=target.quoter,
        fromBlock=first_block(target),
        history="./api/v1/history",
        explorer=network.explorer if network else None,
    )
