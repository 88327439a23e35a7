"""What a keeper writes down: one row in the store and one line in the log for each decision."""

from __future__ import annotations

from dataclasses import replace

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab import telemetry
from trimtab.chain.answers import Block
from trimtab.errors import TrimtabError
from trimtab.executor.clock import Clock
from trimtab.executor.intents import Outcome
from trimtab.keeper.realised import late_numbers
from trimtab.keeper.result import Action, StepResult
from trimtab.store.decisions import DecisionRecord, Decisions

SEARCHED = 200
"""Decisions among which the one that sent a rebalance is looked for."""

_LOG = telemetry.logger("keeper")


class Notebook:
    """The decisions on one vault of one chain."""

    def __init__(self, decisions: Decisions, clock: Clock, vault: ChecksumAddress) -> None:
        self._decisions = decisions
        self._clock = clock
        self._vault = vault

    def note(self, result: StepResult) -> None:
        """Write down a step."""
        snapshot, numbers = result.snapshot, result.numbers()
        record = DecisionRecord(
            chain_id=snapshot.chain_id,
            vault=snapshot.vault,
            block_number=snapshot.block_number,
            block_hash=snapshot.block_hash,
            timestamp=snapshot.timestamp,
            action=result.action,
            reason=result.sentence,
            numbers=numbers,
            intent_id=result.outcome.intent_id if result.outcome else None,
        )
        self._write(record)
        _LOG.info(
            "decided",
            vault=snapshot.vault,
            block=snapshot.block_number,
            action=str(result.action),
            reason=result.sentence,
            **numbers,
        )

    def note_failure(self, chain_id: int, head: Block, error: TrimtabError) -> None:
        """Write down a step that ended in an error."""
        record = DecisionRecord(
            chain_id=chain_id,
            vault=self._vault,
            block_number=head.number,
            block_hash=head.hash,
            timestamp=head.timestamp,
            action="failed",
            reason=str(error),
            numbers={"error": type(error).__name__},
        )
        self._write(record)
        _LOG.warning(
            "decided",
            vault=self._vault,
            block=head.number,
            action="failed",
            reason=str(error),
        )

    def note_late(self, chain_id: int, outcome: Outcome) -> None:
        """Write down a rebalance that settled after the step that sent it had ended, once."""
        vault = outcome.subject.vault
        sent = self._sender_of(chain_id, outcome)
        if vault is None or sent is None or not outcome.succeeded:
            return
        numbers = late_numbers(outcome, to_checksum_address(vault), sent.numbers)
        self._write(
            replace(
                sent,
                block_number=outcome.block_number,
                block_hash=outcome.block_hash,
                action=Action.REBALANCE,
                numbers=numbers,
                intent_id=outcome.intent_id,
            )
        )
        _LOG.info("settled", vault=vault, block=outcome.block_number, reason=sent.reason, **numbers)

    def _sender_of(self, chain_id: int, outcome: Outcome) -> DecisionRecord | None:
        """The decision that sent a rebalance; None if its result is written down already."""
        subject = outcome.subject
        for record in self._decisions.latest(chain_id, str(subject.vault), most=SEARCHED):
            if record.numbers.get("vault_nonce") != subject.vault_nonce:
                continue
            if record.action == Action.REBALANCE:
                return None
            if record.action == Action.SEND:
                return record
        return None

    def _write(self, record: DecisionRecord) -> None:
        self._decisions.record(record, now=self._clock.now())
