"""Structured logs, with secrets kept out of them."""

from trimtab.telemetry.logs import Level, Style, configure, logger
from trimtab.telemetry.redaction import redact, redact_field, redact_url

__all__ = ["Level", "Style", "configure", "logger", "redact", "redact_field", "redact_url"]
