"""The whole table of operations, and what a call means by it."""

from __future__ import annotations

from contextlib import suppress

from eth_typing import ChecksumAddress

from trimtab.chain.contracts import interface
from trimtab.cli import vault_assets, vault_feeds, vault_limits, vault_roles, vault_weights
from trimtab.cli.vault_operation import OPERATIONS, Change
from trimtab.cli.vault_rules import Rules
from trimtab.errors import NodeAnsweredWrongly

__all__ = ["OPERATIONS", "SOURCES", "changes_of"]

SOURCES = (vault_weights, vault_roles, vault_limits, vault_assets, vault_feeds)
"""Modules that describe operations; each enters its own into the table when it is imported."""


def changes_of(rules: Rules, to: ChecksumAddress, data: bytes) -> list[Change]:
    """What a call changes, in words where it is of the table, else as it is."""
    contract = rules.contract_at(to)
    for known in OPERATIONS.values():
        same = known.contract == contract
        if same and interface(known.contract).function(known.function).selector == data[:4]:
            # Anybody who may propose chooses the calldata.
            with suppress(NodeAnsweredWrongly):
                return known.changes(rules, to, data)
    return [Change(f"call {contract or to} with 0x{data.hex()}")]
