"""One vault, one block, one decision.

A step reads the vault at one block, asks the policy, and, if a rebalance is due, quotes the routes
it may need, plans legs, asks the policy again now that the cost is known, and simulates. A dry run
ends there; a live keeper sends. Every step leaves one line in the log and one row in the store.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.answers import Block
from trimtab.chain.contracts import interface
from trimtab.chain.lens import read_routes, read_snapshot
from trimtab.chain.node import Node
from trimtab.chain.quotes import Quoters, Quotes, sample
from trimtab.chain.reverts import TokenName
from trimtab.domain.costs import gas_cost
from trimtab.domain.legs import LegPlan
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.errors import (
    FeeTooHigh,
    IntentPending,
    NodeAnsweredWrongly,
    RejectedByVault,
    StoreError,
    TrimtabError,
)
from trimtab.executor.clock import Clock
from trimtab.executor.executor import Executor, Settled, simulate
from trimtab.executor.intents import Intent, Outcome
from trimtab.keeper.market import MarketSource, base_gas
from trimtab.keeper.notebook import Notebook
from trimtab.keeper.quoting import quote_requests
from trimtab.keeper.realised import predicted_cost, realised
from trimtab.keeper.result import Action, StepResult
from trimtab.planner.pair_costs import pair_costs
from trimtab.planner.plan import plan
from trimtab.planner.terms import NoPlan, PlanTerms
from trimtab.policy.decide import decide, weighed_benefit
from trimtab.policy.decision import Hold, HoldReason, Rebalance
from trimtab.policy.market import MarketView
from trimtab.policy.rules import Policy
from trimtab.store.decisions import Decisions
from trimtab.store.journal import JournalledIntent, Subject


@dataclass(frozen=True, slots=True)
class Charge:
    """What one keeper is in charge of, and by which rules it acts.

    Attributes
    ----------
    vault, lens
        The vault, and the contract it is read through.
    caller
        Who rebalances: the executor's address, or whose place a dry run takes.
    policy
        When to act and how far.
    quoters
        Where quotes come from.
    gas
        Gas limit of a rebalance; None has the node estimate it.
    """

    vault: ChecksumAddress
    lens: ChecksumAddress
    caller: ChecksumAddress
    policy: Policy
    quoters: Quoters
    gas: int | None = None


@dataclass(frozen=True, slots=True)
class Instruments:
    """What a keeper works with.

    Attributes
    ----------
    node
        The node it reads from.
    market
        What acting costs.
    decisions
        Where every decision is kept.
    clock
        The time of those rows; decisions themselves go by the block's.
    executor
        What sends; None makes every step a dry run.
    """

    node: Node
    market: MarketSource
    decisions: Decisions
    clock: Clock
    executor: Executor | None = None


class Keeper:
    """Decides about one vault, block by block."""

    def __init__(self, charge: Charge, instruments: Instruments) -> None:
        self._charge = charge
        self._with = instruments
        self._notes = Notebook(instruments.decisions, instruments.clock, charge.vault)

    def step(self, head: Block) -> StepResult:
        """Look at the vault at `head`, and do what is due.

        Raises
        ------
        TransientError
            If the node fails, gas is too dear or a transaction is not mined in time. The journal
            is consistent, and the next step goes on from there.
        StoreError, InvariantError, BadInput
            If the keeper cannot go on.
        """
        chain_id = self._with.node.chain_id()
        try:
            result = self._act(head)
        except StoreError:
            raise
        except TrimtabError as error:
            self._notes.note_failure(chain_id, head, error)
            raise
        self._notes.note(result)
        return result

    def _act(self, head: Block) -> StepResult:
        pending = self._unfinished_business()
        snapshot = self._look(head)
        try:
            return self._decide(snapshot, head, pending)
        except FeeTooHigh as error:
            # What waits for gas to fall has not failed.
            return StepResult(snapshot, None, Action.WAIT, str(error))

    def _decide(
        self, snapshot: VaultSnapshot, head: Block, pending: JournalledIntent | None
    ) -> StepResult:
        """What is due; with something on its way, only whether that is still wanted."""
        executor = self._with.executor
        if executor and pending:
            on_its_way = f"{pending.subject} is on its way with nonce {pending.nonce}"
            if not executor.is_stuck(pending):
                return StepResult(snapshot, None, Action.WAIT, on_its_way)
            if pending.subject.vault != self._charge.vault:
                result = StepResult(snapshot, None, Action.CANCEL, f"{on_its_way}, and is stuck")
                return self._cancel(result, pending, executor)
        # Without a market first: as long as nothing is due, one read is all a step costs.
        decision = decide(snapshot, None, self._charge.policy)
        if isinstance(decision, Rebalance):
            result = self._rebalance(snapshot, decision, head, pending)
        elif decision.reason is HoldReason.NOT_POKED and executor:
            result = self._poke(snapshot, decision, executor, pending)
        else:
            result = _held(snapshot, decision)
        given_up = result.action in (Action.HOLD, Action.REJECTED)
        if executor and pending and given_up:
            return self._cancel(result, pending, executor)
        return result

    def _cancel(
        self, result: StepResult, pending: JournalledIntent, executor: Executor
    ) -> StepResult:
        """Have the nonce of what is stuck and no longer wanted used for nothing."""
        sentence = f"{pending.subject} is cancelled: {result.sentence}"
        outcome = executor.cancel(pending)
        return replace(result, action=Action.CANCEL, sentence=sentence, outcome=outcome)

    def _unfinished_business(self) -> JournalledIntent | None:
        """Settle earlier transactions; the one that is still on its way."""
        executor = self._with.executor
        if executor is None or not executor.unfinished():
            return None
        for settled in executor.reconcile():
            self._note_late(settled)
        return executor.in_flight()

    def _note_late(self, settled: Settled) -> None:
        newly_mined = settled.intent.in_flight and settled.intent.subject.kind == "rebalance"
        if settled.outcome and settled.outcome.took_effect and newly_mined:
            self._notes.note_late(self._with.node.chain_id(), settled.outcome)

    def _look(self, head: Block) -> VaultSnapshot:
        charge = self._charge
        return read_snapshot(
            self._with.node, charge.lens, vault=charge.vault, caller=charge.caller, block=head
        )

    def _rebalance(
        self,
        snapshot: VaultSnapshot,
        wanted: Rebalance,
        head: Block,
        pending: JournalledIntent | None,
    ) -> StepResult:
        market = self._with.market.view(snapshot)
        # Not even worth its gas: then quotes need not be asked for.
        decision = decide(snapshot, market, self._charge.policy)
        if isinstance(decision, Hold):
            return _held(snapshot, decision)
        quotes = self._quote(snapshot, decision, head)
        market = replace(market, pair_costs=pair_costs(snapshot, quotes.curves))
        decision = decide(snapshot, market, self._charge.policy)
        if isinstance(decision, Hold):
            return _held(snapshot, decision)
        terms = PlanTerms(gas_value=gas_cost(1, market.gas_price_wei, market.native_price))
        planned = plan(snapshot, decision.destination, quotes.curves, terms)
        if isinstance(planned, NoPlan):
            faults = quotes.faults + planned.faults
            return StepResult(snapshot, wanted, Action.HOLD, planned.sentence, faults=faults)
        fixed = base_gas(snapshot)
        gas = fixed + _gas_of_legs(planned, quotes)
        market = replace(market, gas=gas, swap_cost=planned.swap_cost)
        result = StepResult(
            snapshot=snapshot,
            decision=decide(snapshot, market, self._charge.policy),
            action=Action.HOLD,
            sentence=decision.sentence,
            plan=planned,
            predicted=predicted_cost(planned, base_gas=_value_of_gas(fixed, market)),
            market=market,
            benefit=weighed_benefit(snapshot, market, self._charge.policy, decision.destination),
            faults=quotes.faults + planned.faults,
        )
        if isinstance(result.decision, Hold):
            return replace(result, sentence=result.decision.sentence)
        return self._carry_out(result, planned, market, pending)

    def _quote(self, snapshot: VaultSnapshot, decision: Rebalance, head: Block) -> Quotes:
        charge, node = self._charge, self._with.node
        routes = read_routes(node, charge.lens, vault=charge.vault, block=head)
        requests = quote_requests(snapshot, decision.destination, routes)
        return sample(node, charge.quoters, requests, block=head)

    def _carry_out(
        self,
        result: StepResult,
        planned: LegPlan,
        market: MarketView,
        pending: JournalledIntent | None,
    ) -> StepResult:
        """Simulate the plan and, unless this is a dry run, send it."""
        intent = self._rebalance_intent(planned)
        tokens = _token_names(result.snapshot)
        executor = self._with.executor
        try:
            if executor is None:
                simulate(self._with.node, intent, sender=self._charge.caller, tokens=tokens)
                return replace(result, action=Action.PLAN)
            # What is expected is on record before it is sent: the process may end on the way.
            self._notes.note(replace(result, action=Action.SEND))
            outcome = _send(executor, intent, pending, tokens)
        except RejectedByVault as rejection:
            return replace(
                result, action=Action.REJECTED, sentence=str(rejection), rejection=rejection
            )
        if not outcome.succeeded:
            sentence = f"transaction {outcome.transaction_hash} was mined and reverted"
            return replace(result, action=Action.REVERTED, sentence=sentence, outcome=outcome)
        try:
            settled = realised(outcome, self._charge.vault, plan=planned, market=market)
        except NodeAnsweredWrongly:
            if pending is None:
                raise
            # An earlier attempt, with other legs, was mined in the end.
            self._notes.note_late(result.snapshot.chain_id, outcome)
            return replace(result, action=Action.REBALANCE, outcome=outcome)
        return replace(result, action=Action.REBALANCE, outcome=outcome, realised=settled)

    def _rebalance_intent(self, planned: LegPlan) -> Intent:
        legs = [astuple(planned_leg.leg) for planned_leg in planned.legs]
        vault = interface("IVault")
        return Intent(
            subject=Subject("rebalance", self._charge.vault, planned.expected_nonce),
            to=self._charge.vault,
            data=vault.encode("rebalance", legs, planned.expected_nonce, planned.deadline),
            gas=self._charge.gas,
        )

    def _poke(
        self,
        snapshot: VaultSnapshot,
        hold: Hold,
        executor: Executor,
        pending: JournalledIntent | None,
    ) -> StepResult:
        """Record the breach of a hard band, so that the public tier opens after its delay."""
        result = StepResult(snapshot, hold, Action.POKE, hold.sentence)
        intent = Intent(
            subject=Subject("poke", self._charge.vault, snapshot.nonce),
            to=self._charge.vault,
            data=interface("IVault").encode("poke"),
        )
        try:
            outcome = _send(executor, intent, pending, _token_names(snapshot))
        except RejectedByVault as rejection:
            return replace(
                result, action=Action.REJECTED, sentence=str(rejection), rejection=rejection
            )
        action = Action.POKE if outcome.succeeded else Action.REVERTED
        return replace(result, action=action, outcome=outcome)


def _send(
    executor: Executor,
    intent: Intent,
    pending: JournalledIntent | None,
    tokens: dict[str, TokenName],
) -> Outcome:
    """Send an intent: anew, or in the place of an attempt at the same that is stuck.

    Raises
    ------
    TrimtabError
        As `Executor.submit`; something else that is stuck is cancelled first, and then
        `IntentPending` puts the intent off until the next block.
    """
    if pending is None:
        return executor.submit(intent, tokens=tokens)
    if pending.subject == intent.subject:
        return executor.replace(pending, intent, tokens=tokens)
    executor.cancel(pending)
    raise IntentPending(pending.intent_id, str(pending.subject))


def _held(snapshot: VaultSnapshot, hold: Hold) -> StepResult:
    return StepResult(snapshot, hold, Action.HOLD, hold.sentence)


def _value_of_gas(gas: int, market: MarketView) -> float:
    return gas_cost(gas, market.gas_price_wei, market.native_price, market.l1_fee_wei)


def _gas_of_legs(planned: LegPlan, quotes: Quotes) -> int:
    gas = {curve.route_id: curve.gas for curve in quotes.curves}
    return sum(gas[planned_leg.leg.route_id] for planned_leg in planned.legs)


def _token_names(snapshot: VaultSnapshot) -> dict[str, TokenName]:
    return {
        to_checksum_address(holding.token): TokenName(holding.symbol, holding.decimals)
        for holding in snapshot.holdings
    }
