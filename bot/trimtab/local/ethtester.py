"""The local chain inside this process: eth-tester over py-evm."""

from __future__ import annotations

from typing import Any, Self

from eth.abc import SignedTransactionAPI, StateAPI
from eth.estimators.gas import binary_gas_search_intrinsic_tolerance
from eth.exceptions import OutOfGas
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.state import PragueState
from eth.vm.spoof import SpoofTransaction
from eth_tester import EthereumTester, PyEVMBackend
from eth_tester.backends.pyevm.main import get_default_account_keys
from web3.providers.eth_tester import EthereumTesterProvider

from trimtab.local.accounts import local_accounts
from trimtab.local.chain import (
    BLOCK_SECONDS,
    GAS_LIMIT,
    GENESIS_BALANCE,
    GENESIS_BASE_FEE,
    GENESIS_TIMESTAMP,
    require_later,
)
from trimtab.local.quick_evm import QuickPragueComputation

GAS_ROOM = 16
"""Part of the gas used that an estimate adds: a call may keep a 64th of it back at each depth."""


class EthTesterChain:
    """A Prague chain in this process. Nothing has to be installed or started for it."""

    name = "eth-tester"

    def __init__(self, genesis_timestamp: int = GENESIS_TIMESTAMP) -> None:
        genesis = _genesis(genesis_timestamp)
        self._backend = PyEVMBackend(genesis, _allocation(), ((0, _Rules),))
        # Each call without a sender lists the backend's own accounts to take the first.
        self._backend.account_keys = self._backend.account_keys[:1]
        type(self._backend.chain).gas_estimator = staticmethod(_estimate_gas)
        self._backend.chain.gas_estimator = _estimate_gas
        self._tester = EthereumTester(self._backend)
        self.provider = EthereumTesterProvider(self._tester)

    def timestamp(self) -> int:
        """Timestamp of the newest block, in seconds."""
        chain = self._backend.chain
        newest = chain.get_canonical_block_header_by_number(chain.header.block_number - 1)
        return int(newest.timestamp)

    def set_next_timestamp(self, timestamp: int) -> None:
        """Give the next block this timestamp, in seconds."""
        require_later(timestamp, self.timestamp())
        self._backend.chain.set_header_timestamp(timestamp)

    def mine(self) -> None:
        """Mine one block without a transaction."""
        self._tester.mine_block()

    def snapshot(self) -> str:
        """Name of the state as it is now, for `revert`."""
        return str(self._tester.take_snapshot())

    def revert(self, snapshot: str) -> None:
        """Return to the state that `snapshot` names."""
        self._tester.revert_to_snapshot(int(snapshot))

    def close(self) -> None:
        """Do nothing: the chain ends with the object."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _State(PragueState):
    """Prague's state, computed with quick opcodes."""

    computation_class = QuickPragueComputation


class _Rules(PragueVM):
    """Prague's rules, with each new block `BLOCK_SECONDS` after its parent by default.

    Otherwise blocks, calls and estimates would see the time of this machine.
    """

    _state_class = _State

    @staticmethod
    def create_header_from_parent(parent_header: Any, **fields: Any) -> Any:
        """The header of the block after `parent_header`."""
        if parent_header is not None:
            fields.setdefault("timestamp", parent_header.timestamp + BLOCK_SECONDS)
        return PragueVM.create_header_from_parent(parent_header, **fields)


def _estimate_gas(state: StateAPI, transaction: SignedTransactionAPI) -> int:
    """Gas limit with which a transaction succeeds, found by two runs instead of a dozen."""
    whole_block = SpoofTransaction(transaction, gas=state.gas_limit, gas_price=0)
    used = _gas_used(state, whole_block)
    limit = min(used + used // GAS_ROOM, state.gas_limit)
    try:
        _gas_used(state, SpoofTransaction(transaction, gas=limit, gas_price=0))
    except OutOfGas:
        return int(binary_gas_search_intrinsic_tolerance(state, transaction))
    return limit


def _gas_used(state: StateAPI, transaction: Any) -> int:
    """Gas that a transaction uses before refunds; its effects are undone."""
    snapshot = state.snapshot()
    try:
        computation = state.apply_transaction(transaction)
    finally:
        state.revert(snapshot)
    if computation.is_error:
        raise computation.error
    return int(transaction.gas - computation.get_gas_remaining())


def _genesis(timestamp: int) -> dict[str, Any]:
    defaults: dict[str, Any] = PyEVMBackend.generate_genesis_params()
    return defaults | {
        "timestamp": timestamp,
        "gas_limit": GAS_LIMIT,
        "base_fee_per_gas": GENESIS_BASE_FEE,
    }


def _allocation() -> dict[bytes, dict[str, Any]]:
    """Funds of the local accounts, and of the account that eth-tester calls from by default.

    It charges gas even for calls, so a caller without funds could read nothing.
    """
    (caller, *_) = get_default_account_keys(quantity=1)
    holders = [bytes.fromhex(a.address[2:]) for a in local_accounts().all()]
    account = {"balance": GENESIS_BALANCE, "nonce": 0, "code": b"", "storage": {}}
    return dict.fromkeys([*holders, caller.public_key.to_canonical_address()], account)
