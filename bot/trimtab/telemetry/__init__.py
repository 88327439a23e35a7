"""Structured logs, with secrets kept out of them."""

from trimtab.telemetry.logs import Level, Style, configure, logger
from trimtab.telemetry.redaction import (
    HIDDEN,
    printable,
    redact,
    redact_field,
    redact_url,
    secret_parts,
)

__all__ = [
    "HIDDEN",
    "Level",
    "Style",
    "configure",
    "logger",
    "printable",
    "redact",
    "redact_field",
    "redact_url",
    "secret_parts",
]
