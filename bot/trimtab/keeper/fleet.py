"""Many vaults in one process: summaries first, and a closer look only where something is due."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from eth_typing import ChecksumAddress

from trimtab import telemetry
from trimtab.chain.answers import Block
from trimtab.chain.lens import Unreadable
from trimtab.chain.many import VaultReader
from trimtab.domain.phrases import duration, percent, words
from trimtab.domain.snapshot import Blocker, Reason, VaultSnapshot, VaultSummary
from trimtab.errors import BadInput, CallReverted, RejectedByVault, TransientError, TrimtabError
from trimtab.executor.clock import Clock
from trimtab.executor.executor import Executor
from trimtab.keeper.keeper import Keeper
from trimtab.keeper.leadership import Leadership
from trimtab.keeper.result import Action, StepResult
from trimtab.keeper.schedule import Bounds, Pauses, bounds_of, pause
from trimtab.keeper.shares import Shares
from trimtab.store.decisions import DecisionRecord, Decisions

JITTER = 0.1
"""Part by which pauses vary, so that vaults that were looked at together drift apart."""

BOUNDS_SECONDS = 3600
"""Age at which what changes rarely of a vault is read again, in seconds."""

NOTE_SECONDS = 3600
"""Time after which it is written down again that nothing is due at a vault, in seconds."""

_LOG = telemetry.logger("fleet")

OF_ONE_VAULT = (TransientError, RejectedByVault, CallReverted, BadInput)
"""Failures of a step that say nothing about other vaults."""

CALM = (Blocker.NONE, Blocker.NOT_DUE)
"""What stands in the way of a vault at which all is well."""

Build = Callable[[VaultSnapshot], Keeper]
"""Makes the keeper of a vault that was read; BadInput if the settings do not fit it."""


@dataclass(slots=True)
class Post:
    """One vault of a fleet, and what is remembered of it between two looks.

    Attributes
    ----------
    vault
        Its address.
    build
        Makes its keeper when it is first read.
    next_look
        Timestamp before which it is left alone, in seconds.
    """

    vault: ChecksumAddress
    build: Build
    keeper: Keeper | None = None
    bounds: Bounds | None = None
    bounds_at: int = 0
    next_look: float = 0.0
    noted: tuple[Reason, Blocker] | None = None
    noted_at: int = 0
    holds: int = 0


@dataclass(frozen=True, slots=True)
class Squad:
    """Posts that are read by one call: they share a lens and the account that acts.

    Attributes
    ----------
    leadership
        The right to sign for that account; None for a dry run.
    """

    reader: VaultReader
    posts: Sequence[Post]
    leadership: Leadership | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where vaults that are left alone are written down, and on which chain they are."""

    decisions: Decisions
    clock: Clock
    chain_id: int

    def write(self, notes: Sequence[DecisionRecord]) -> None:
        """Write down some of them at once."""
        self.decisions.record_all(notes, now=self.clock.now())


@dataclass(frozen=True, slots=True)
class Turn:
    """What a fleet did on one block.

    Attributes
    ----------
    looked
        How many vaults were looked at.
    summaries
        What they showed.
    results
        Steps of those where something was due.
    failures
        Vaults that could not be read or whose step failed, and why.
    notes
        What is written down of vaults at which nothing is due.
    """

    looked: int = 0
    summaries: list[VaultSummary] = field(default_factory=list)
    results: list[StepResult] = field(default_factory=list)
    failures: list[tuple[str, TrimtabError]] = field(default_factory=list)
    notes: list[DecisionRecord] = field(default_factory=list)


def wants_a_closer_look(summary: VaultSummary) -> bool:
    """Whether a keeper could do something at a vault now."""
    if summary.blocker is Blocker.NOT_POKED:
        return True
    return summary.reason is not Reason.NONE and summary.blocker is Blocker.NONE


class Fleet:
    """Keepers of many vaults, each looked at when its time has come.

    One vault's failure is no other's: only a node that cannot be read at all ends a turn.
    """

    def __init__(
        self,
        squads: Sequence[Squad],
        ledger: Ledger,
        *,
        pauses: Pauses,
        seed: str = "",
        shares: Shares | None = None,
    ) -> None:
        self._squads = tuple(squads)
        self._ledger = ledger
        self._pauses = pauses
        self._shares = shares
        # Two processes with the same vaults must not look at the same moments.
        self._random = random.Random(seed)  # noqa: S311 (it spreads load, it guards nothing)

    def posts(self) -> Iterator[Post]:
        """Every vault of the fleet."""
        for squad in self._squads:
            yield from squad.posts

    def step(self, head: Block) -> Turn:
        """Look at every vault whose time has come, and do what is due.

        Raises
        ------
        TransientError
            If the node cannot be read.
        StoreError, InvariantError
            If the keepers cannot go on.
        """
        if self._shares is not None:
            self._shares.settle()
        turn = Turn()
        looked = sum(self._look(squad, head, turn) for squad in self._squads)
        self._ledger.write(turn.notes)
        return replace(turn, looked=looked)

    def _look(self, squad: Squad, head: Block, turn: Turn) -> int:
        if squad.leadership is not None:
            if not squad.leadership.renew():
                return 0
            self._tend(squad, squad.leadership.executor, head, turn)
        due = [post for post in squad.posts if post.next_look <= head.timestamp]
        if not due:
            return 0
        self._learn(squad, [post for post in due if _is_unknown(post, head)], head, turn)
        known = [post for post in due if post.keeper is not None]
        summaries = squad.reader.summaries([post.vault for post in known], head)
        for post, summary in zip(known, summaries, strict=True):
            if isinstance(summary, Unreadable):
                self._unreadable(post, summary, head, turn)
            else:
                turn.summaries.append(summary)
                self._act(post, summary, head, turn)
        return len(due)

    def _tend(self, squad: Squad, executor: Executor, head: Block, turn: Turn) -> None:
        """Look after transactions that are not final, whether or not anything is due."""
        if not executor.unfinished():
            return
        flying = executor.in_flight()
        own = (post for post in squad.posts if flying and post.vault == flying.subject.vault)
        post = next(own, None)
        if post is None or post.keeper is None:
            executor.reconcile()
            return
        try:
            turn.results.append(post.keeper.step(head))
        except OF_ONE_VAULT as error:
            self._failed(post, error, head, turn)

    def _learn(self, squad: Squad, posts: Sequence[Post], head: Block, turn: Turn) -> None:
        """Read in full what was not read for long, and build keepers that are missing."""
        views = squad.reader.snapshots([post.vault for post in posts], head) if posts else []
        for post, view in zip(posts, views, strict=True):
            if isinstance(view, Unreadable):
                self._unreadable(post, view, head, turn)
                continue
            post.bounds, post.bounds_at = bounds_of(view), head.timestamp
            try:
                post.keeper = post.keeper or post.build(view)
            except BadInput as error:
                self._failed(post, error, head, turn)

    def _act(self, post: Post, summary: VaultSummary, head: Block, turn: Turn) -> None:
        if wants_a_closer_look(summary) and post.keeper is not None:
            try:
                turn.results.append(post.keeper.step(head))
            except OF_ONE_VAULT as error:
                self._failed(post, error, head, turn)
                return
            self._rest(post, summary, head)
            return
        self._rest(post, summary, head)
        state = (summary.reason, summary.blocker)
        if post.noted != state or head.timestamp - post.noted_at >= NOTE_SECONDS:
            turn.notes.append(self._note(post, summary, head))
            post.noted, post.noted_at = state, head.timestamp

    def _note(self, post: Post, summary: VaultSummary, head: Block) -> DecisionRecord:
        return DecisionRecord(
            chain_id=self._ledger.chain_id,
            vault=post.vault,
            block_number=head.number,
            block_hash=head.hash,
            timestamp=head.timestamp,
            action=Action.HOLD,
            reason=_sentence(summary, head.timestamp),
            numbers={
                "nav": summary.nav,
                "drift": summary.total_drift,
                "due": summary.reason.name.lower(),
                "blocker": summary.blocker.name.lower(),
                "vault_nonce": summary.nonce,
                "next_check": post.next_look,
            },
        )

    def _rest(self, post: Post, summary: VaultSummary, head: Block) -> None:
        """Leave a vault alone for a while; one that is held up, for longer each time."""
        if post.bounds is None:
            return
        post.holds = 0 if summary.blocker in CALM else post.holds + 1
        seconds = pause(summary, post.bounds, head.timestamp, self._pauses)
        post.next_look = head.timestamp + self._spread(max(seconds, self._longer(post.holds - 1)))

    def _unreadable(self, post: Post, why: Unreadable, head: Block, turn: Turn) -> None:
        self._failed(post, BadInput(why.sentence), head, turn)

    def _failed(self, post: Post, error: TrimtabError, head: Block, turn: Turn) -> None:
        post.holds += 1
        post.next_look = head.timestamp + self._spread(self._longer(post.holds))
        turn.failures.append((post.vault, error))
        _LOG.warning("failed", vault=post.vault, block=head.number, error=str(error))

    def _longer(self, times: int) -> float:
        """Pause after so many looks that came to nothing, in seconds; none after none."""
        if times <= 0:
            return 0.0
        return min(self._pauses.longest, self._pauses.shortest * 2.0 ** min(times, 30))

    def _spread(self, seconds: float) -> float:
        return seconds * (1 + JITTER * (2 * self._random.random() - 1))


def _sentence(summary: VaultSummary, now: int) -> str:
    if summary.blocker in CALM:
        return f"nothing is due: total drift is {percent(summary.total_drift)}"
    ready = f"; ready in {duration(summary.ready_at - now)}" if summary.ready_at > now else ""
    return f"held up: {words(summary.blocker)}{ready}"


def _is_unknown(post: Post, head: Block) -> bool:
    return post.keeper is None or head.timestamp - post.bounds_at >= BOUNDS_SECONDS
