"""What every verb begins with: settings, a node that is on the right chain, a vault, a signer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.answers import Block
from trimtab.chain.lens import read_routes, read_snapshot
from trimtab.chain.node import Node
from trimtab.chain.pool import Pool, PoolLimits
from trimtab.chain.quotes import Quoters
from trimtab.chain.transport import HttpTransport
from trimtab.cli.app import remark
from trimtab.cli.settings import Settings, load_settings
from trimtab.cli.settings.schema import DeploySettings, KeysSettings
from trimtab.cli.signers import is_named, open_signer, signer_address
from trimtab.cli.timing_file import read_timing
from trimtab.deploy.record import DeploymentRecord, read_record
from trimtab.deploy.spec import NO_ADDRESS
from trimtab.domain.snapshot import Route, VaultSnapshot
from trimtab.errors import BadInput, CallReverted
from trimtab.executor.clock import SystemClock
from trimtab.executor.executor import Executor
from trimtab.executor.fees import HistoryFees
from trimtab.executor.means import POLL_SECONDS, Means, Patience, Relay
from trimtab.executor.networks import Finality, Network, network_of
from trimtab.executor.signer import Signer
from trimtab.policy.timing_model import TimingModel
from trimtab.store.database import Database
from trimtab.store.engines import is_address
from trimtab.store.journal import Journal

MULTICALL3 = "0xcA11bde05977b3631167028862bE2a173976CA11"
"""Multicall3, at the same address on every public chain that has it."""

GWEI = 10**9
"""Wei in a gwei."""


@dataclass(frozen=True, slots=True)
class Target:
    """The vault that a verb is about.

    Attributes
    ----------
    vault, lens
        Addresses of the vault and of the lens that reads it.
    quoter
        Uniswap's QuoterV2, or None if the settings do not name it.
    zapper
        The zapper, or None if neither the settings nor the record names one.
    record
        The deployment record, or None if the settings name addresses instead.
    """

    vault: ChecksumAddress
    lens: ChecksumAddress
    quoter: ChecksumAddress | None
    zapper: ChecksumAddress | None
    record: DeploymentRecord | None


@dataclass(frozen=True, slots=True)
class Sending:
    """What is needed to send: a signer, an executor and its journal, on an open database."""

    executor: Executor
    journal: Journal
    database: Database
    signer: Signer


class Session:
    """One run of a verb.

    Parameters
    ----------
    file
        The configuration file; paths in it are relative to its folder.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.settings: Settings = load_settings(file, os.environ)

    def path(self, text: str) -> Path:
        """A path of the configuration file."""
        return self.file.parent / text

    @cached_property
    def timing(self) -> TimingModel | None:
        """The learnt timing that section [keeper] names; which of the two decides is remarked."""
        if self.settings.keeper.timing is None:
            return None
        model = read_timing(self.path(self.settings.keeper.timing))
        remark(model.sentence)
        return model

    @cached_property
    def raw_node(self) -> Node:
        """The nodes as one, whatever they serve: for verbs that report on them."""
        return Node(self.pool)

    @cached_property
    def pool(self) -> Pool:
        """Every node of section [node]; it tells how each of them is."""
        settings = self.settings.node
        timeout = float(settings.timeout)
        nodes = [HttpTransport(url, timeout=timeout) for url in settings.addresses]
        return Pool(nodes, settings.chain_id, limits=PoolLimits(lag=float(settings.max_lag)))

    @cached_property
    def node(self) -> Node:
        """The node, known to be on the configured chain."""
        self.raw_node.require_chain(self.settings.node.chain_id)
        return self.raw_node

    @cached_property
    def target(self) -> Target:
        """The vault, from its record or from the addresses in the settings."""
        settings = self.settings.vault
        if settings is None:
            raise self.lacking("vault", "the record that trimtab deploy wrote, or addresses")
        zapper = _address(settings.zapper)
        if settings.record is not None:
            return self.recorded(self.path(settings.record), zapper)
        vault = to_checksum_address(str(settings.address))
        lens = to_checksum_address(str(settings.lens))
        return Target(vault, lens, _address(settings.quoter), zapper, None)

    @property
    def keys(self) -> KeysSettings:
        """Section [keys]."""
        if self.settings.keys is None:
            raise self.lacking("keys", "the keystore of the account that signs")
        return self.settings.keys

    @property
    def deploy(self) -> DeploySettings:
        """Section [deploy]."""
        if self.settings.deploy is None:
            raise self.lacking("deploy", "the vault that is to be created")
        return self.settings.deploy

    @property
    def journal(self) -> Path | str:
        """Where the journal is: a file, or the address of a PostgreSQL database."""
        place = self.settings.keeper.journal
        return place if is_address(place) else self.path(place)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The journal's database; the folder of its file is made."""
        place = self.journal
        if isinstance(place, Path):
            place.parent.mkdir(parents=True, exist_ok=True)
        wait = float(self.settings.keeper.journal_wait)
        with Database(place, lock_seconds=wait) as database:
            yield database

    def address(self, keys: KeysSettings | None = None) -> ChecksumAddress:
        """Address of the account that signs; no password is needed."""
        return signer_address(keys or self.keys, self.file.parent, os.environ)

    def viewer(self) -> ChecksumAddress:
        """Who looks: the account that signs, or nobody where none is named."""
        keys = self.settings.keys
        if keys is None or not is_named(keys, self.file.parent, os.environ):
            return to_checksum_address(NO_ADDRESS)
        return self.address()

    def snapshot(self, block: Block | None = None) -> VaultSnapshot:
        """The vault at a block, or at the newest, as the account that signs sees it.

        Raises
        ------
        BadInput
            If a contract is there, but none that this version can read.
        """
        at, target, viewer = block or self.node.head(), self.target, self.viewer()
        try:
            return read_snapshot(
                self.node, target.lens, vault=target.vault, caller=viewer, block=at
            )
        except CallReverted as revert:
            raise BadInput(
                f"{target.vault} is no vault that this version of trimtab knows "
                f"({revert.sentence}): check section [vault], or use the version that deployed it"
            ) from None

    def routes(self, block: Block | None = None) -> tuple[Route, ...]:
        """All routes of the vault's mandate at a block, or at the newest."""
        at, target = block or self.node.head(), self.target
        return read_routes(self.node, target.lens, vault=target.vault, block=at)

    def quoters(self) -> Quoters:
        """Where quotes come from: all venues of the routes are of Uniswap V3 and share a quoter."""
        if self.target.quoter is None:
            raise BadInput("vault.quoter is missing: Uniswap's QuoterV2 is asked for quotes")
        venues = {route.venue for route in self.routes()}
        return Quoters(dict.fromkeys(venues, self.target.quoter), self.multicall)

    @cached_property
    def multicall(self) -> ChecksumAddress | None:
        """Multicall3, if this chain has it."""
        address = to_checksum_address(MULTICALL3)
        return address if self.node.code(address) else None

    def fees(self) -> HistoryFees:
        """What is offered for gas, up to the ceiling of section [node]."""
        ceiling = int(self.settings.node.max_gas_price_gwei * GWEI)
        return HistoryFees.on(self.network(), ceiling=ceiling)

    def network(self) -> Network:
        """How transactions are sent on the chain, with the finality of section [node]."""
        known = network_of(self.settings.node.chain_id)
        wanted = self.settings.node.confirmations
        return known if wanted is None else replace(known, finality=Finality(wanted))

    def relay(self) -> Relay | None:
        """Who is handed transactions before the nodes are, if the settings name one."""
        settings = self.settings.node
        if settings.private_url is None:
            return None
        taker = HttpTransport(settings.private_url, timeout=float(settings.timeout))
        return Relay(Node(taker), float(settings.public_after))

    @contextmanager
    def sending(self, keys: KeysSettings | None = None) -> Iterator[Sending]:
        """Everything that sends, by `keys` or section [keys]; asks for a password if it has to."""
        signer = self._signer(keys or self.keys)
        node = self.node
        with self.database() as database:
            journal = Journal(database)
            means = Means(
                node, journal, signer, self.fees(), SystemClock(), self.network(), self.relay()
            )
            yield Sending(Executor(means, self._patience()), journal, database, signer)

    def _patience(self) -> Patience:
        """Who looks for blocks often looks for receipts as often."""
        interval = float(self.settings.keeper.interval)
        return Patience(poll=min(POLL_SECONDS, interval))

    def lacking(self, section: str, purpose: str) -> BadInput:
        """The error for a section that a verb needs."""
        return BadInput(
            f"{self.file}: section [{section}] is missing: {purpose}; trimtab config example "
            "shows it"
        )

    def recorded(self, path: Path, zapper: ChecksumAddress | None = None) -> Target:
        """The vault of a record.

        Raises
        ------
        RecordError, BadInput
            If it is no record, or of another chain.
        """
        record = read_record(path)
        if record.chain_id != self.settings.node.chain_id:
            raise BadInput(
                f"{path}: is of chain {record.chain_id}, node.chain_id is "
                f"{self.settings.node.chain_id}; expected the same"
            )
        lens = record.contract("VaultLens")
        return Target(record.vault, lens, record.quoter, zapper or record.zapper, record)

    def _signer(self, keys: KeysSettings) -> Signer:
        chain_id = self.settings.node.chain_id
        return open_signer(keys, self.file.parent, os.environ, chain_id=chain_id)


def _address(text: str | None) -> ChecksumAddress | None:
    return None if text is None else to_checksum_address(text)
