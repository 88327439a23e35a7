"""Answers other machines: is the loop alive, is the keeper ready, what are its figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self

from trimtab.chain.pool_endpoint import EndpointHealth
from trimtab.errors import BadInput
from trimtab.keeper.health import Condition, Health
from trimtab.telemetry.metrics import CONTENT_TYPE, Metrics

REQUEST_SECONDS = 5.0
"""How long a visitor may take to ask."""


class Monitor:
    """A small read-only HTTP server: `/healthz`, `/readyz`, `/metrics`.

    Parameters
    ----------
    address, port
        Where it listens; port 0 takes a free one.
    health, metrics
        What it tells.

    Raises
    ------
    BadInput
        If it cannot listen there.
    """

    def __init__(self, address: str, port: int, *, health: Health, metrics: Metrics) -> None:
        handler = type("Handler", (_Handler,), {"health": health, "metrics": metrics})
        try:
            self._server = _Server((address, port), handler)
        except OSError as error:
            raise BadInput(
                f"monitor.listen names {address}:{port}, where nothing can listen: "
                f"{error.strerror or error}; name another port, or another address of this machine"
            ) from None
        self.port = int(self._server.server_address[1])
        self._thread = Thread(target=self._server.serve_forever, name="monitor", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def show_nodes(metrics: Metrics, found: Sequence[EndpointHealth]) -> None:
    """Write down how each node fares."""
    for one in found:
        metrics.endpoint_up.labels(one.name).set(one.serves)
        metrics.endpoint_lag.labels(one.name).set(one.lag_seconds)
        metrics.endpoint_failures.labels(one.name).set(one.failures)
        if one.head is not None:
            metrics.endpoint_head.labels(one.name).set(one.head.timestamp)


class _Server(ThreadingHTTPServer):
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    health: Health
    metrics: Metrics
    timeout = REQUEST_SECONDS
    server_version = "trimtab"
    sys_version = ""

    def do_GET(self) -> None:
        match self.path:
            case "/healthz":
                self._conditions((self.health.alive(),))
            case "/readyz":
                self._conditions(self.health.conditions())
            case "/metrics":
                show_nodes(self.metrics, self.health.nodes())
                self._send(HTTPStatus.OK, self.metrics.text(), CONTENT_TYPE)
            case _:
                known = b"expected /healthz, /readyz or /metrics\n"
                self._send(HTTPStatus.NOT_FOUND, known, "text/plain")

    def log_message(self, *_: object) -> None:
        """Visitors ask every few seconds: they leave no line in the log."""

    def _conditions(self, conditions: tuple[Condition, ...]) -> None:
        holds = all(condition.holds for condition in conditions)
        status = HTTPStatus.OK if holds else HTTPStatus.SERVICE_UNAVAILABLE
        rows = {one.name: {"holds": one.holds, "detail": one.detail} for one in conditions}
        body = json.dumps({"holds": holds, "conditions": rows}).encode() + b"\n"
        self._send(status, body, "application/json")

    def _send(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
