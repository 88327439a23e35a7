"""Nodes behind the providers of web3: those of the local chains."""

from __future__ import annotations

from typing import Any

import requests
from web3.providers.base import BaseProvider
from web3.providers.eth_tester import EthereumTesterProvider
from web3.providers.rpc import HTTPProvider
from web3.types import RPCEndpoint

from trimtab.chain.answers import shown
from trimtab.chain.transport import Transport, cause_of, hidden, rpc_result
from trimtab.errors import BadInput, NodeAnsweredWrongly, NodeRefused, NodeUnreachable
from trimtab.telemetry import redact, redact_url, secret_parts


def provider_transport(provider: BaseProvider) -> Transport:
    """The transport for a provider.

    Raises
    ------
    BadInput
        If it is neither one of HTTP nor that of eth-tester.
    """
    if isinstance(provider, EthereumTesterProvider):
        # Who asks anvil never loads the EVM of eth-tester.
        from trimtab.chain.tester import TesterTransport  # noqa: PLC0415 (loads an EVM)

        return TesterTransport(provider)
    if isinstance(provider, HTTPProvider):
        return ProviderTransport(provider)
    raise BadInput(f"expected an HTTP or an eth-tester provider, got {type(provider).__name__}")


class ProviderTransport:
    """A node behind a provider of web3, such as a local chain's own."""

    pins_by_hash = True

    def __init__(self, provider: HTTPProvider) -> None:
        retries: object = provider.exception_retry_configuration
        if retries is not None:
            raise BadInput("the HTTP provider must be made with exception_retry_configuration=None")
        self._provider = provider
        self._secrets = secret_parts(str(provider.endpoint_uri))
        self.name = redact_url(str(provider.endpoint_uri))

    def request(self, method: str, params: list[Any]) -> object:
        """The node's result, unchecked."""
        try:
            answer = self._provider.make_request(RPCEndpoint(method), params)
        except requests.RequestException as error:
            raise NodeUnreachable(self.name, cause_of(error)) from None
        except (ValueError, RecursionError) as error:
            raise NodeAnsweredWrongly(method, redact(shown(str(error))), "JSON") from None
        try:
            return rpc_result(method, answer)
        except NodeRefused as refusal:
            raise hidden(refusal, self._secrets) from None
