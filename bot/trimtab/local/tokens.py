"""The ERC-20s of the local chain: open to printing, with the decimals their models have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from eth_typing import ChecksumAddress

from trimtab.local.sender import Sender

DECIMALS = {"USDC": 6, "USDT": 6, "BTC": 8}
"""Decimals of the tokens that do not have `DEFAULT_DECIMALS`, as on mainnet."""

DEFAULT_DECIMALS = 18
"""Decimals of every other token."""


@dataclass(frozen=True, slots=True)
class LocalToken:
    """A token that exists on the local chain."""

    symbol: str
    decimals: int
    address: ChecksumAddress

    def mint(self, sender: Sender, receiver: ChecksumAddress, amount: int) -> None:
        """Print an amount, in the token's smallest unit."""
        sender.send(self.address, "mint(address,uint256)", receiver, amount)

    def balance(self, sender: Sender, holder: ChecksumAddress) -> int:
        """Balance of an account, in the token's smallest unit."""
        return sender.read_number(self.address, "balanceOf(address)", holder)

    def unit_value(self, prices: Mapping[str, Fraction]) -> Fraction:
        """True value of one smallest unit, from values of whole tokens by symbol."""
        return Fraction(prices[self.symbol], 10**self.decimals)


def decimals_of(symbol: str) -> int:
    """Decimals of the token that stands for an asset."""
    return DECIMALS.get(symbol, DEFAULT_DECIMALS)


def deploy_token(sender: Sender, symbol: str) -> LocalToken:
    """Deploy a token named after the asset it stands for."""
    decimals = decimals_of(symbol)
    address = sender.create("MockToken", f"Local {symbol}", symbol, decimals)
    return LocalToken(symbol, decimals, address)
