"""From settings to a fleet: which vaults, read through which lens, signed for by whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.many import VaultReader
from trimtab.chain.quotes import Quoters
from trimtab.cli.duty import (
    Duty,
    candidacy,
    market_of,
    require_role,
    resigning,
    session_policy,
)
from trimtab.cli.session import Session, Target
from trimtab.cli.settings.schema import FleetSettings, KeysSettings
from trimtab.domain.snapshot import VaultSnapshot
from trimtab.errors import BadInput
from trimtab.executor.clock import SystemClock
from trimtab.keeper.fleet import Build, Fleet, Ledger, Post, Squad
from trimtab.keeper.keeper import Charge, Instruments, Keeper
from trimtab.keeper.leadership import Candidate, Leadership, process_name
from trimtab.keeper.schedule import Pauses
from trimtab.keeper.shares import Shares
from trimtab.store.database import Database
from trimtab.store.decisions import Decisions
from trimtab.store.roster import Roster

DEFAULT_SIGNER = ""
"""Stands for section [keys] among the names of signers."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A vault, and the name of the signer that acts for it."""

    target: Target
    signer: str


class EveryVenue(Mapping[str, ChecksumAddress]):
    """The one quoter of every venue: routes are read only where something is to be quoted."""

    def __init__(self, quoter: ChecksumAddress) -> None:
        self._quoter = quoter

    def __contains__(self, venue: object) -> bool:
        return True

    def __getitem__(self, venue: str) -> ChecksumAddress:
        return self._quoter

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@contextmanager
def fleet_on_duty(session: Session, *, live: bool, public: bool) -> Iterator[Duty]:
    """Keepers of every vault in [[fleet]]; parameters and errors as for one.

    Raises
    ------
    BadInput
        If a setting is missing, two entries name one vault, or a pattern fits no record.
    """
    assignments = assigned(session)
    settings = session.settings.keeper
    with ExitStack() as open_things:
        candidate = open_things.enter_context(candidacy(session))
        by_name, database = _senders(session, assignments, candidate, open_things, live=live)
        squads = [
            _squad(session, group, _Acting(database, by_name.get(signer), public=public))
            for (_, signer), group in _grouped(assignments).items()
        ]
        leaderships = tuple(dict.fromkeys(by_name.values()))
        ledger = Ledger(Decisions(database), SystemClock(), session.settings.node.chain_id)
        pauses = Pauses(float(settings.interval), float(settings.longest_pause))
        shares = _shares(ledger.chain_id, database, candidate, leaderships)
        fleet = Fleet(squads, ledger, pauses=pauses, seed=process_name(), shares=shares)
        vaults = tuple(post.vault for post in fleet.posts())
        with resigning(leaderships), _sharing(shares):
            yield Duty(fleet.step, vaults, database, leaderships)


def assigned(session: Session) -> list[Assignment]:
    """Every vault of the fleet, once.

    Raises
    ------
    BadInput
        If two entries name one vault with different signers, or a pattern fits no record.
    """
    found: dict[str, Assignment] = {}
    for entry in session.settings.fleet:
        for target in _targets(session, entry):
            one = Assignment(target, entry.signer or DEFAULT_SIGNER)
            before = found.get(target.vault, one)
            # A table of its own is meant to say more than a pattern that fits as well.
            if DEFAULT_SIGNER not in (before.signer, one.signer) and before.signer != one.signer:
                raise BadInput(
                    f"[[fleet]] names {target.vault} twice, with the signers {before.signer} and "
                    f"{one.signer}; expected one of them"
                )
            found[target.vault] = one if before.signer == DEFAULT_SIGNER else before
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Acting:
    """What the keepers of one signer share."""

    database: Database
    leadership: Leadership | None
    public: bool


def _targets(session: Session, entry: FleetSettings) -> list[Target]:
    if entry.record is None:
        quoter = to_checksum_address(entry.quoter) if entry.quoter else None
        vault, lens = (to_checksum_address(str(one)) for one in (entry.address, entry.lens))
        return [Target(vault, lens, quoter, None, None)]
    pattern = Path(entry.record)
    folder = Path(pattern.anchor) if pattern.is_absolute() else session.file.parent
    found = folder.glob(str(pattern.relative_to(pattern.anchor)))
    # What stands beside a record, such as the compiler's input, has one more ending.
    files = sorted(file for file in found if "." not in file.stem)
    if not files:
        raise BadInput(
            f'{session.file}: fleet.record is "{entry.record}", which no file fits: expected a '
            "record that trimtab deploy wrote, or a pattern of such"
        )
    targets = [session.recorded(file) for file in files]
    quoter = to_checksum_address(entry.quoter) if entry.quoter else None
    return [replace(target, quoter=quoter or target.quoter) for target in targets]


def _grouped(
    assignments: list[Assignment],
) -> dict[tuple[ChecksumAddress, str], list[Assignment]]:
    groups: dict[tuple[ChecksumAddress, str], list[Assignment]] = defaultdict(list)
    for one in assignments:
        groups[one.target.lens, one.signer].append(one)
    return groups


def _senders(
    session: Session,
    assignments: list[Assignment],
    candidate: Candidate,
    open_things: ExitStack,
    *,
    live: bool,
) -> tuple[dict[str, Leadership], Database]:
    """The right to sign for each signer, by its name, and the database."""
    if not live:
        return {}, open_things.enter_context(session.database())
    names = sorted({one.signer for one in assignments})
    sendings = {
        name: open_things.enter_context(session.sending(_keys(session, name))) for name in names
    }
    # Two names may stand for one account, which has one leader.
    by_address: dict[ChecksumAddress, Leadership] = {}
    for sending in sendings.values():
        one = Leadership(sending.executor, candidate, shared=True)
        by_address.setdefault(sending.executor.address, one)
    rights = {name: by_address[sending.executor.address] for name, sending in sendings.items()}
    return rights, sendings[names[0]].database


def _shares(
    chain_id: int, database: Database, candidate: Candidate, leaderships: Sequence[Leadership]
) -> Shares | None:
    """How this process shares the accounts with others; None for a dry run, which leads none."""
    if not leaderships:
        return None
    return Shares(Roster(database, chain_id), SystemClock(), candidate, leaderships)


@contextmanager
def _sharing(shares: Shares | None) -> Iterator[None]:
    """Leave in the end, so that the others share what is left behind at once."""
    try:
        yield
    finally:
        if shares is not None:
            shares.leave()


def _keys(session: Session, signer: str) -> KeysSettings:
    return session.keys if signer == DEFAULT_SIGNER else session.settings.signers[signer]


def _squad(session: Session, group: list[Assignment], acting: _Acting) -> Squad:
    caller = session.address(_keys(session, group[0].signer))
    lens = group[0].target.lens
    reader = VaultReader(session.node, lens, caller, call_gas=session.settings.keeper.call_gas)
    posts = [Post(one.target.vault, _builder(session, one.target, caller, acting)) for one in group]
    return Squad(reader, posts, acting.leadership)


def _builder(session: Session, target: Target, caller: ChecksumAddress, acting: _Acting) -> Build:
    def build(snapshot: VaultSnapshot) -> Keeper:
        if acting.leadership is not None and not acting.public:
            require_role(snapshot)
        return Keeper(_charge(session, target, caller), _instruments(session, snapshot, acting))

    return build


def _charge(session: Session, target: Target, caller: ChecksumAddress) -> Charge:
    if target.quoter is None:
        raise BadInput(
            f"the quoter of {target.vault} is missing: set fleet.quoter to Uniswap's QuoterV2"
        )
    return Charge(
        vault=target.vault,
        lens=target.lens,
        caller=caller,
        policy=session_policy(session),
        quoters=Quoters(EveryVenue(target.quoter), session.multicall),
    )


def _instruments(session: Session, snapshot: VaultSnapshot, acting: _Acting) -> Instruments:
    return Instruments(
        node=session.node,
        market=market_of(session, snapshot),
        decisions=Decisions(acting.database),
        clock=SystemClock(),
        executor=acting.leadership.executor if acting.leadership else None,
    )
