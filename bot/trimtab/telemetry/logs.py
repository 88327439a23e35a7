"""Structured logs: one line per event, as key=value for people or as JSON for machines."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

import structlog

from trimtab.telemetry.redaction import redact_field

Style = Literal["console", "json"]
"""How a line is written: `key=value` or one JSON object."""

Level = Literal["debug", "info", "warning", "error"]
"""Least severity that is written."""

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure(
    style: Style = "console", *, level: Level = "info", stream: TextIO | None = None
) -> None:
    """Send every log line of the process to `stream`, standard error unless given.

    Until this is called, only warnings and errors are written, to standard error.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _exception_as_text,
            _redact,
            _renderer(style, colours=(stream or sys.stderr).isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=lambda *_: structlog.PrintLogger(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def logger(room: str) -> structlog.typing.FilteringBoundLogger:
    """The logger of one room; its name stands in every line."""
    bound: structlog.typing.FilteringBoundLogger = structlog.get_logger(room=room)
    return bound


def _renderer(style: Style, *, colours: bool) -> structlog.typing.Processor:
    if style == "json":
        return structlog.processors.JSONRenderer(default=str)
    return structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=0)


def _exception_as_text(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace `exc_info` by the traceback's text, so that redaction sees it."""
    return structlog.processors.format_exc_info(_logger, _method, event)


def _redact(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for name in list(event):
        event[name] = redact_field(name, event[name])
    return event


configure(level="warning")
