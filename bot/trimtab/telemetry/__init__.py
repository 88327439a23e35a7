"""Structured logs and metric objects."""
