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
from trimtab.errors import RejectedByVault, StoreError, TrimtabError
from trimtab.executor.clock import Clock
from trimtab.executor.executor import Executor, Settled, simulate
from trimtab.executor.intents import Intent
from trimtab.keeper.market import MarketSource, base_gas
from trimtab.keeper.notebook import Notebook
from trimtab.keeper.quoting import quote_requests
from trimtab.keeper.realised import predicted_cost, realised
from trimtab.keeper.result import Action, StepResult
from trimtab.planner.plan import plan
from trimtab.planner.terms import NoPlan, PlanTerms
from trimtab.policy.decide import decide
from trimtab.policy.decision import Hold, HoldReason, Rebalance
from trimtab.policy.market import MarketView
from trimtab.policy.rules import Policy
from trimtab.store.decisions import Decisions
from trimtab.store.journal import Subject


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
        waiting = self._unfinished_business(head)
        snapshot = self._look(head)
        if waiting:
            return StepResult(snapshot, None, Action.WAIT, waiting)
        # Without a market first: as long as nothing is due, one read is all a step costs.
        decision = decide(snapshot, None, self._charge.policy)
        if isinstance(decision, Rebalance):
            return self._rebalance(snapshot, decision, head)
        if decision.reason is HoldReason.NOT_POKED and self._with.executor is not None:
            return self._poke(snapshot, decision, self._with.executor)
        return _held(snapshot, decision)

    def _unfinished_business(self, head: Block) -> str | None:
        """Settle earlier transactions; why to wait if one is still on its way."""
        executor = self._with.executor
        if executor is None or not executor.unfinished():
            return None
        for settled in executor.reconcile():
            self._note_late(settled, head)
        left = executor.in_flight()
        if left is None:
            return None
        return f"{left.subject} is on its way with nonce {left.nonce}"

    def _note_late(self, settled: Settled, head: Block) -> None:
        subject, newly_mined = settled.intent.subject, settled.intent.in_flight
        ours = (subject.kind, subject.vault) == ("rebalance", self._charge.vault)
        if settled.outcome and settled.outcome.took_effect and newly_mined and ours:
            self._notes.note_late(self._with.node.chain_id(), head, settled.outcome)

    def _look(self, head: Block) -> VaultSnapshot:
        charge = self._charge
        return read_snapshot(
            self._with.node, charge.lens, vault=charge.vault, caller=charge.caller, block=head
        )

    def _rebalance(self, snapshot: VaultSnapshot, wanted: Rebalance, head: Block) -> StepResult:
        market = self._with.market.view(snapshot)
        # Not even worth its gas: then quotes need not be asked for.
        decision = decide(snapshot, market, self._charge.policy)
        if isinstance(decision, Hold):
            return _held(snapshot, decision)
        quotes = self._quote(snapshot, decision, head)
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
            predicted=predicted_cost(planned, base_gas=terms.gas_value * fixed),
            market=market,
            faults=quotes.faults + planned.faults,
        )
        if isinstance(result.decision, Hold):
            return replace(result, sentence=result.decision.sentence)
        return self._carry_out(result, planned, market)

    def _quote(self, snapshot: VaultSnapshot, decision: Rebalance, head: Block) -> Quotes:
        charge, node = self._charge, self._with.node
        routes = read_routes(node, charge.lens, vault=charge.vault, block=head)
        requests = quote_requests(snapshot, decision.destination, routes)
        return sample(node, charge.quoters, requests, block=head)

    def _carry_out(self, result: StepResult, planned: LegPlan, market: MarketView) -> StepResult:
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
            outcome = executor.submit(intent, tokens=tokens)
        except RejectedByVault as rejection:
            return replace(
                result, action=Action.REJECTED, sentence=str(rejection), rejection=rejection
            )
        if not outcome.succeeded:
            sentence = f"transaction {outcome.transaction_hash} was mined and reverted"
            return replace(result, action=Action.REVERTED, sentence=sentence, outcome=outcome)
        settled = realised(outcome, self._charge.vault, plan=planned, market=market)
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

    def _poke(self, snapshot: VaultSnapshot, hold: Hold, executor: Executor) -> StepResult:
        """Record the breach of a hard band, so that the public tier opens after its delay."""
        result = StepResult(snapshot, hold, Action.POKE, hold.sentence)
        intent = Intent(
            subject=Subject("poke", self._charge.vault, snapshot.nonce),
            to=self._charge.vault,
            data=interface("IVault").encode("poke"),
        )
        try:
            outcome = executor.submit(intent, tokens=_token_names(snapshot))
        except RejectedByVault as rejection:
            return replace(
                result, action=Action.REJECTED, sentence=str(rejection), rejection=rejection
            )
        action = Action.POKE if outcome.succeeded else Action.REVERTED
        return replace(result, action=action, outcome=outcome)


def _held(snapshot: VaultSnapshot, hold: Hold) -> StepResult:
    return StepResult(snapshot, hold, Action.HOLD, hold.sentence)


def _gas_of_legs(planned: LegPlan, quotes: Quotes) -> int:
    gas = {curve.route_id: curve.gas for curve in quotes.curves}
    return sum(gas[planned_leg.leg.route_id] for planned_leg in planned.legs)


def _token_names(snapshot: VaultSnapshot) -> dict[str, TokenName]:
    return {
        to_checksum_address(holding.token): TokenName(holding.symbol, holding.decimals)
        for holding in snapshot.holdings
    }
