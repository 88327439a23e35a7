"""Serves a vault's page until somebody ends it: for `trimtab serve` and at the end of a demo."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import typer

from trimtab.errors import BadInput
from trimtab.web.past import Background
from trimtab.web.sight import Sight

DEFAULT_PORT = 8_090
"""Port of the page unless another is given."""

LOCAL = ("127.0.0.1", "localhost", "::1")
"""Hosts that only this machine reaches."""


def require_web() -> None:
    """Refuse to go on without the libraries of a server.

    Raises
    ------
    BadInput
        Naming the one that is missing, and what brings it.
    """
    for library in ("fastapi", "uvicorn"):
        if find_spec(library) is None:
            raise BadInput(
                f"a page cannot be served without {library}; install it with: "
                "pip install 'trimtab[web]'"
            )


def serve_sight(
    sight: Sight, host: str, port: int, told: Callable[[str], object] = lambda _: None
) -> None:
    """Serve until Ctrl-C; `told` hears the address once it is open."""
    import uvicorn  # noqa: PLC0415 (an extra: only this needs it)

    from trimtab.web.server import create_app  # noqa: PLC0415 (of the same extra)

    listener = uvicorn.Config(create_app(sight), host=host, port=port, log_level="warning")
    socket = listener.bind_socket()
    socket.listen()  # whoever reads the line below finds it open
    where = f"http://{host}:{socket.getsockname()[1]}"
    typer.echo(f"serving {sight.place.vault} at {where}, until Ctrl-C")
    if sight.operator is not None:
        typer.echo(f"for the operator: {where}/operator.html")
    told(where)
    with Background(sight.past.catch_up):
        uvicorn.Server(listener).run([socket])
