"""Requests to the chain inside this process, which speaks Python instead of JSON-RPC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import eth_tester.exceptions
from eth.exceptions import PyEVMError
from eth_utils.exceptions import ValidationError
from web3 import Web3
from web3.datastructures import NamedElementOnion
from web3.exceptions import ContractLogicError
from web3.providers.eth_tester import EthereumTesterProvider
from web3.types import RPCEndpoint

from trimtab.chain.answers import MAX_TEXT
from trimtab.chain.reverts import Refusal, data_in_message
from trimtab.chain.transport import rpc_result
from trimtab.errors import NodeRefused

_REFUSALS = (
    ValidationError,
    PyEVMError,
    eth_tester.exceptions.ValidationError,
    eth_tester.exceptions.BlockNotFound,
    eth_tester.exceptions.TransactionNotFound,
)
"""What is raised for a request that a real node would answer with an error."""


class TesterTransport:
    """The chain inside this process."""

    pins_by_hash = False
    name = "eth-tester in this process"

    def __init__(self, provider: EthereumTesterProvider) -> None:
        request: Callable[..., Any] = provider.request_func(Web3(provider), NamedElementOnion([]))
        self._request = request

    def request(self, method: str, params: list[Any]) -> object:
        """The chain's result, unchecked."""
        try:
            answer = self._request(RPCEndpoint(method), params)
        except eth_tester.exceptions.TransactionFailed as error:
            raise Refusal(data_in_message(str(error))) from None
        except ContractLogicError as error:
            data = error.data if isinstance(error.data, str) else "0x"
            raise Refusal(bytes.fromhex(data[2:])) from None
        except _REFUSALS as error:
            raise NodeRefused(
                method, None, f"{type(error).__name__}: {error}"[:MAX_TEXT]
            ) from error
        result = rpc_result(method, answer)
        return _as_on_a_node(result) if method == "eth_getBlockByNumber" else result


def _as_on_a_node(block: object) -> object:
    """A block whose whole transactions have the names that a node gives to their fields."""
    if not isinstance(block, Mapping):
        return block
    listed = [
        {_camel_case(name): value for name, value in item.items()}
        if isinstance(item, Mapping)
        else item
        for item in block["transactions"]
    ]
    return {**block, "transactions": listed}


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
