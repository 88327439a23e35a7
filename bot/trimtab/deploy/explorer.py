"""Submits sources to a block explorer, through the API that Etherscan defined (version 2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import requests
from pydantic_core import from_json

from trimtab.errors import BadInput, ExplorerFailed
from trimtab.telemetry import printable

TIMEOUT_SECONDS = 30.0
"""How long one answer is waited for."""

MAX_ANSWER = 1 << 16
"""Bytes of an answer that are read."""

MAX_WORDS = 200
"""Characters of the explorer's own words that are repeated."""

PACE_SECONDS = 3.0
"""Time between two requests: free keys allow a few a second, and compiling takes a while."""

LOOKS = 40
"""How often a submission is asked for before it is left to itself."""

PENDING = ("pending", "in progress", "queue")
DONE = ("pass - verified", "already verified", "already been verified")
LATE = ("unable to locate contractcode", "does not exist", "not found", "rate limit")
"""Parts of an explorer's answers, in small letters: wait for it, it is done, ask again later."""


class Pause(Protocol):
    """Waits."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One contract as an explorer wants it.

    Attributes
    ----------
    address
        Where it lives.
    source
        File and name, such as `contracts/Vault.sol:Vault`.
    compiler
        Such as `v0.8.37+commit.f401782d`.
    arguments
        Encoded constructor arguments, in hexadecimal without 0x.
    standard_input
        The compiler's standard JSON input.
    """

    address: str
    source: str
    compiler: str
    arguments: str
    standard_input: Mapping[str, Any]

    def fields(self) -> dict[str, str]:
        """The form that submits it; one name is misspelt in the API itself."""
        return {
            "module": "contract",
            "action": "verifysourcecode",
            "codeformat": "solidity-standard-json-input",
            "sourceCode": json.dumps(self.standard_input),
            "contractaddress": self.address,
            "contractname": self.source,
            "compilerversion": self.compiler,
            "constructorArguements": self.arguments,
        }


class Explorer:
    """A block explorer's API on one chain.

    Parameters
    ----------
    api
        Its address.
    chain_id
        The chain.
    key
        The key that it gave; never shown.
    pause
        Waits between requests.
    """

    def __init__(self, api: str, chain_id: int, key: str, pause: Pause) -> None:
        self._api = api
        self._chain_id = chain_id
        self._key = key
        self._pause = pause

    def verify(self, submission: Submission) -> str:
        """Submit a contract, wait for the result, and return the explorer's words.

        Raises
        ------
        BadInput
            If the explorer refuses it.
        ExplorerFailed
            If it gives no answer, or none in time.
        """
        action = f"verify {submission.source.partition(':')[2]}"
        for _ in range(LOOKS):
            accepted, words = self._ask("POST", action, submission.fields())
            if accepted:
                return self._result(action, words)
            if _says(words, DONE):
                return words
            if not _says(words, LATE):
                raise BadInput(f"the block explorer refused to {action}: {words}")
            # It has not seen the block of the contract yet.
            self._pause.sleep(PACE_SECONDS)
        raise ExplorerFailed(action, f"it still says: {words}")

    def _result(self, action: str, submission: str) -> str:
        question = {"module": "contract", "action": "checkverifystatus", "guid": submission}
        for _ in range(LOOKS):
            _, words = self._ask("GET", action, question)
            if _says(words, DONE):
                return words
            if not _says(words, (*PENDING, *LATE)):
                raise BadInput(f"the block explorer could not {action}: {words}")
            self._pause.sleep(PACE_SECONDS)
        raise ExplorerFailed(action, f"no result in {LOOKS * PACE_SECONDS:.0f} s")

    def _ask(self, method: str, action: str, fields: Mapping[str, str]) -> tuple[bool, str]:
        """Whether the explorer agreed, and what it said."""
        answer = self._request(method, action, {**fields, "apikey": self._key})
        try:
            # Python's own parser can be made to overflow its stack by nothing but brackets.
            content = from_json(answer, allow_inf_nan=False)
        except ValueError:
            content = None
        if not isinstance(content, dict) or not isinstance(content.get("result"), str):
            raise ExplorerFailed(action, "it answered something else than a result")
        words = printable(content["result"].replace(self._key, "…"))[:MAX_WORDS]
        return content.get("status") == "1", words

    def _request(self, method: str, action: str, fields: Mapping[str, str]) -> bytes:
        """The answer to a form; errors are not chained, since they may name the key."""
        chain = {"chainid": str(self._chain_id)}
        try:
            with requests.request(
                method,
                self._api,
                params=chain if method == "POST" else {**chain, **fields},
                data=fields if method == "POST" else None,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
                stream=True,
            ) as response:
                status = response.status_code
                body = response.raw.read(MAX_ANSWER, decode_content=True)
        except requests.RequestException as error:
            raise ExplorerFailed(action, f"no answer ({type(error).__name__})") from None
        if status != requests.codes.ok:
            raise ExplorerFailed(action, f"HTTP status {status}")
        return bytes(body)


def _says(words: str, any_of: tuple[str, ...]) -> bool:
    return any(part in words.lower() for part in any_of)
