"""`trimtab serve`: the page of a vault and a read-only JSON API, on this machine by default."""

from __future__ import annotations

from typing import Annotated

import typer

from trimtab.cli.app import DEFAULT_CONFIG, ConfigFile, app, example
from trimtab.cli.session import Session
from trimtab.cli.snapshot_json import snapshot_json
from trimtab.deploy.networks import network_of
from trimtab.deploy.spec import NO_ADDRESS
from trimtab.errors import BadInput
from trimtab.web.models import PlaceModel

LOCAL = ("127.0.0.1", "localhost", "::1")
"""Hosts that only this machine reaches."""


@app.command(epilog=example("serve --port 8090"))
def serve(
    config: ConfigFile = DEFAULT_CONFIG,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65_535)] = 8_090,
    name: Annotated[
        list[str] | None, typer.Option("--name", help="Further name the server is asked by.")
    ] = None,
) -> None:
    """Serve the vault's page and a JSON API; read-only, no key is needed."""
    try:
        import uvicorn  # noqa: PLC0415 (an extra: only this verb needs it)

        from trimtab.web.server import Sight, create_app  # noqa: PLC0415 (of the same extra)
    except ModuleNotFoundError as error:
        raise BadInput(
            f"trimtab serve needs {error.name}; install it with: pip install 'trimtab[web]'"
        ) from None
    session = Session(config)
    sight = Sight(
        place=place_of(session),
        transport=session.pool,
        view=lambda: snapshot_json(session.snapshot()),
        hosts=(*LOCAL, host, *(name or ())),
    )
    listener = uvicorn.Config(create_app(sight), host=host, port=port, log_level="warning")
    socket = listener.bind_socket()
    where = f"http://{host}:{socket.getsockname()[1]}"
    typer.echo(f"serving {sight.place.vault} at {where}, until Ctrl-C")
    uvicorn.Server(listener).run([socket])


def place_of(session: Session) -> PlaceModel:
    """Where the page finds the vault that the settings name."""
    target, viewer = session.target, session.viewer()
    record = target.record
    network = network_of(session.node.chain_id())
    return PlaceModel(
        chainId=session.settings.node.chain_id,
        rpc="./rpc",
        vault=target.vault,
        lens=target.lens,
        keeper=None if viewer == NO_ADDRESS else viewer,
        fromBlock=record.first_block if record else 0,
        explorer=network.explorer if network else None,
    )
