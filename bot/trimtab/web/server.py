"""The page, its node, and a read-only JSON API with a description of itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic_core import from_json
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

import trimtab
from trimtab.errors import BadInput, TrimtabError
from trimtab.telemetry import printable, redact
from trimtab.web.models import FaultModel, HistoryModel, OperatorModel, VaultModel
from trimtab.web.past import MOST_AT_ONCE
from trimtab.web.relay import relay
from trimtab.web.sight import Sight

LONGEST_QUESTION = 256 * 1024
"""Longest body that is read, in bytes."""

MAX_NONCE = 2**63 - 1
"""Largest number of a rebalance that may be asked for."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
}
"""Sent with everything: the page talks to this server and to nobody else."""

Next = Callable[[Request], Awaitable[Response]]


def built_page() -> Path:
    """The folder of the built page.

    Raises
    ------
    BadInput
        If it has not been built.
    """
    folder = Path(str(files("trimtab.web") / "static"))
    if not (folder / "index.html").is_file():
        raise BadInput(
            f"the page is not built: {folder.name}/index.html is missing; run scripts/page, or "
            "install Trimtab from its wheel"
        )
    return folder


def create_app(sight: Sight) -> FastAPI:
    """The server as an ASGI application."""
    app = FastAPI(
        title="Trimtab",
        version=trimtab.__version__,
        description="What a vault holds and what it should hold, read from the chain.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(sight.hosts))
    app.middleware("http")(_with_headers)
    app.exception_handler(TrimtabError)(_in_words)

    @app.get("/api/v1/vault", response_model=VaultModel, responses={502: {"model": FaultModel}})
    def vault() -> Mapping[str, Any]:
        """The vault at the newest block."""
        return sight.view()

    @app.get("/api/v1/history", response_model=HistoryModel)
    def history(
        before: Annotated[int | None, Query(ge=0, le=MAX_NONCE)] = None,
        limit: Annotated[int, Query(ge=0, le=MOST_AT_ONCE)] = 50,
    ) -> Mapping[str, Any]:
        """Rebalances with a nonce below `before`, the newest first."""
        return sight.past.answer(before=before, limit=limit)

    if sight.operator is not None:
        app.get("/api/v1/operator", response_model=OperatorModel)(sight.operator)

    @app.get("/config.json", include_in_schema=False)
    def config() -> dict[str, Any]:
        return sight.place.model_dump(exclude_none=True)

    @app.post("/rpc", include_in_schema=False)
    async def rpc(request: Request) -> Response:
        body = await _body(request)
        return JSONResponse(await run_in_threadpool(relay, sight.transport, body))

    app.mount("/", StaticFiles(directory=built_page(), html=True), name="page")
    return app


async def _body(request: Request) -> object:
    """The question, parsed; None if it is too long or not JSON, which is refused as such."""
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > LONGEST_QUESTION:
            return None
    try:
        # Python's own parser can be made to overflow its stack; this one limits how deep it goes.
        return from_json(bytes(found), allow_inf_nan=False)
    except ValueError:
        return None


async def _with_headers(request: Request, call_next: Next) -> Response:
    # `//` would be answered with the page as well, and beside it config.json would not be found.
    parts = request.scope["path"].split("/")[1:]
    plain = not {".", ".."} & set(parts) and "" not in parts[:-1]
    response = await call_next(request) if plain else Response("nothing is here", 404)
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


async def _in_words(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": printable(redact(str(error)))}, status_code=502)
