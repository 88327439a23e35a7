"""What Solidity's panic codes and the short reasons of outside contracts mean."""

from __future__ import annotations

PANICS: dict[int, str] = {
    0x01: "an assertion failed",
    0x11: "a number overflowed",
    0x12: "a division by zero",
    0x21: "a number names no member of an enum",
    0x22: "a byte array in storage is malformed",
    0x31: "an empty array was popped",
    0x32: "an index lies outside its array",
    0x41: "too much memory was asked for",
    0x51: "an uninitialised function was called",
}
"""Solidity's panic codes."""

WORDS: dict[str, str] = {
    "AS": "a Uniswap V3 pool was asked to swap nothing",
    "IIA": "a Uniswap V3 pool was paid too little",
    "LOK": "a Uniswap V3 pool is locked or was never initialised",
    "SPL": "a Uniswap V3 pool's price limit is on the wrong side of its price",
    "STF": "a transfer from the caller failed: too little balance or allowance",
    "ST": "a transfer failed",
    "TF": "a transfer out of a Uniswap V3 pool failed",
    "Too little received": "a router received less than its minimum",
    "Transaction too old": "a router's deadline has passed",
}
"""What the short reasons of outside contracts mean."""
