"""The local chain inside this process: eth-tester over py-evm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from eth_tester import EthereumTester, PyEVMBackend
from eth_tester.backends.pyevm.main import get_default_account_keys
from web3.providers.eth_tester import EthereumTesterProvider
from web3.types import RPCEndpoint, RPCResponse

from trimtab.local.accounts import local_accounts
from trimtab.local.chain import (
    BLOCK_SECONDS,
    GAS_LIMIT,
    GENESIS_BALANCE,
    GENESIS_BASE_FEE,
    GENESIS_TIMESTAMP,
    require_later,
)


class EthTesterChain:
    """A Prague chain in this process. Nothing has to be installed or started for it."""

    name = "eth-tester"

    def __init__(self, genesis_timestamp: int = GENESIS_TIMESTAMP) -> None:
        backend = PyEVMBackend(_genesis(genesis_timestamp), _allocation())
        self._tester = EthereumTester(backend)
        self._backend = backend
        self._next: int | None = None
        self.provider = _TimedProvider(self._tester, before_block=self._stamp)

    def timestamp(self) -> int:
        """Timestamp of the newest block, in seconds."""
        chain = self._backend.chain
        parent = chain.get_canonical_block_header_by_number(chain.header.block_number - 1)
        return int(parent.timestamp)

    def set_next_timestamp(self, timestamp: int) -> None:
        """Give the next block this timestamp, in seconds."""
        require_later(timestamp, self.timestamp())
        self._next = timestamp

    def mine(self) -> None:
        """Mine one block without a transaction."""
        self._stamp()
        self._tester.mine_block()

    def snapshot(self) -> str:
        """Name of the state as it is now, for `revert`."""
        return str(self._tester.take_snapshot())

    def revert(self, snapshot: str) -> None:
        """Return to the state that `snapshot` names."""
        self._next = None
        self._tester.revert_to_snapshot(int(snapshot))

    def close(self) -> None:
        """Do nothing: the chain ends with the object."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _stamp(self) -> None:
        """Write the time of the block about to be mined into its header."""
        timestamp = self._next or self.timestamp() + BLOCK_SECONDS
        self._next = None
        self._backend.chain.set_header_timestamp(timestamp)


class _TimedProvider(EthereumTesterProvider):
    """Sets the time of a block before the transaction that makes it arrives."""

    def __init__(self, tester: EthereumTester, *, before_block: Callable[[], None]) -> None:
        super().__init__(tester)
        self._before_block = before_block

    def make_request(self, method: RPCEndpoint, params: object) -> RPCResponse:
        if method in ("eth_sendRawTransaction", "eth_sendTransaction"):
            self._before_block()
        return super().make_request(method, params)


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
