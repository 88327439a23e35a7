"""The local chain in a process of its own: anvil, for what eth-tester cannot do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from threading import Thread
from typing import Self
from weakref import finalize

from web3 import HTTPProvider
from web3.types import RPCEndpoint, RPCResponse

from trimtab.chain.node import Node
from trimtab.errors import LocalChainError
from trimtab.local.accounts import local_accounts
from trimtab.local.chain import (
    BLOCK_SECONDS,
    CHAIN_ID,
    GAS_LIMIT,
    GENESIS_BALANCE,
    GENESIS_BASE_FEE,
    GENESIS_TIMESTAMP,
    require_later,
)
from trimtab.local.packages import anvil_binary

_LISTENING = re.compile(r"Listening on (127\.0\.0\.1:\d+)")

CLOSE_SECONDS = 5.0
"""How long anvil is given to end before it is killed, in seconds."""

MAX_STATES_ON_DISK = 500
"""Old states that anvil stores beside as many in memory: a megabyte or more each."""


class AnvilChain:
    """A Prague chain run by anvil on a free port of 127.0.0.1.

    It mines only when it is told to. `automine` says whether every transaction that is sent is
    mined at once, as on eth-tester; without it, transactions wait for `mine`.
    """

    name = "anvil"

    def __init__(
        self,
        genesis_timestamp: int = GENESIS_TIMESTAMP,
        *,
        binary: Path | None = None,
        chain_id: int = CHAIN_ID,
    ) -> None:
        self.automine = True
        self._next: int | None = None
        program = binary or anvil_binary()
        # Where it puts old states; by itself it would leave them behind, gigabytes of a long run.
        states = mkdtemp(prefix="trimtab-anvil-")
        self._process = _start(program, genesis_timestamp, chain_id, states)
        self._reader = Thread(target=_drain, args=(self._process,), daemon=True)
        # Runs at most once: on `close`, with the object, or when this program ends.
        self._end = finalize(self, _end, self._process, self._reader, states)
        try:
            self.url = f"http://{_address(self._process)}"
            self._reader.start()
            self.provider = _MiningProvider(self.url, after_send=self._after_send)
            self._node = Node(self.provider)
            # Calls and estimates on the newest block otherwise see this machine's clock run on.
            self._request("anvil_setBlockTimestampInterval", BLOCK_SECONDS)
            for account in local_accounts().all():
                self._request("anvil_setBalance", account.address, hex(GENESIS_BALANCE))
        except BaseException:
            self.close()
            raise

    def timestamp(self) -> int:
        """Timestamp of the newest block, in seconds."""
        return self._node.head().timestamp

    def set_next_timestamp(self, timestamp: int) -> None:
        """Give the next block this timestamp, in seconds."""
        require_later(timestamp, self.timestamp())
        self._next = timestamp

    def mine(self) -> None:
        """Mine one block with every transaction that waits."""
        timestamp = self._next or self.timestamp() + BLOCK_SECONDS
        self._next = None
        self._request("evm_setNextBlockTimestamp", timestamp)
        self._request("evm_mine")

    def snapshot(self) -> str:
        """Name of the state as it is now, for `revert`."""
        return str(self._request("evm_snapshot"))

    def revert(self, snapshot: str) -> None:
        """Return to the state that `snapshot` names."""
        self._next = None
        if self._request("evm_revert", snapshot) is not True:
            raise LocalChainError(f"anvil knows no snapshot {snapshot}; it may have been used")

    def close(self) -> None:
        """End the process that this object started."""
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _after_send(self) -> None:
        if self.automine:
            self.mine()

    def _request(self, method: str, *params: object) -> object:
        response = self.provider.make_request(RPCEndpoint(method), params)
        if "error" in response:
            raise LocalChainError(f"anvil refused {method} {params}: {response['error']}")
        return response["result"]


class _MiningProvider(HTTPProvider):
    """Mines right after a transaction was accepted; never repeats a request by itself."""

    def __init__(self, url: str, *, after_send: Callable[[], None]) -> None:
        super().__init__(url, exception_retry_configuration=None)
        self._after_send = after_send

    def make_request(self, method: RPCEndpoint, params: object) -> RPCResponse:
        response = super().make_request(method, params)
        if method in ("eth_sendRawTransaction", "eth_sendTransaction") and "error" not in response:
            self._after_send()
        return response


def _start(
    binary: Path, genesis_timestamp: int, chain_id: int, states: str
) -> subprocess.Popen[str]:
    settings = {
        "--host": "127.0.0.1",
        "--port": 0,
        "--hardfork": "prague",
        "--chain-id": chain_id,
        "--timestamp": genesis_timestamp,
        "--gas-limit": GAS_LIMIT,
        "--block-base-fee-per-gas": GENESIS_BASE_FEE,
        "--accounts": 1,
        "--cache-path": states,
        "--max-persisted-states": MAX_STATES_ON_DISK,
    }
    options = [str(part) for pair in settings.items() for part in pair]
    try:
        return subprocess.Popen(  # noqa: S603 (the user or the checkout names it, no shell reads it)
            [str(binary), "--no-mining", "--no-cors", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=_environment(),
        )
    except OSError as fault:
        shutil.rmtree(states)
        raise LocalChainError(f"anvil at {binary} cannot be started: {fault}") from fault


def _environment() -> dict[str, str]:
    """The environment of this process without settings that would change what anvil does."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("ANVIL_", "ETH_", "FOUNDRY_"))}


def _end(process: subprocess.Popen[str], reader: Thread, states: str) -> None:
    """End a process, close what it printed into and remove what it stored."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if not reader.is_alive():
        _drain(process)
    shutil.rmtree(states, ignore_errors=True)


def _drain(process: subprocess.Popen[str]) -> None:
    """Read what anvil prints of every request: with its pipe full, it would stop."""
    if process.stdout is not None and not process.stdout.closed:
        with process.stdout as printed:
            for _ in printed:
                pass


def _address(process: subprocess.Popen[str]) -> str:
    """Where anvil listens, read from what it prints when it is ready."""
    printed: list[str] = []
    for line in process.stdout or ():
        printed.append(line)
        if found := _LISTENING.search(line):
            return found.group(1)
    said = "".join(printed).strip() or "nothing"
    raise LocalChainError(f"anvil ended before it listened; it printed: {said}")
