"""Types of single settings: what a user may write, and the integer it stands for."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction as Exact
from typing import Annotated, Any
from urllib.parse import urlsplit

from eth_utils.address import is_address, is_checksum_address, to_checksum_address
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from trimtab.cli.settings.units import UNIT_IN_SECONDS, UNIT_IN_WAD
from trimtab.domain.units import WAD

_NUMBER = r"(\d[\d_]*(?:\.\d+)?)"
_FRACTION = re.compile(_NUMBER + r"\s*(%|bp)")
_DURATION = re.compile(_NUMBER + r"\s*(s|min|h|d|w)")
_INTERVAL = re.compile(_NUMBER + r"\s*(ms|s|min|h|d|w)")
_LISTEN = re.compile(r"([A-Za-z0-9.-]+):(\d{1,5})")


MILLISECOND = Decimal("0.001")
"""A millisecond, in seconds."""


class FromVariable(str):
    """A value that came from an environment variable, where everything is text."""

    __slots__ = ()


def wrong(expected: str) -> PydanticCustomError:
    """The error for a value that is not what was expected."""
    return PydanticCustomError("wrong_value", "{expected}", {"expected": f"expected {expected}"})


def parse_fraction(value: object) -> int:
    """A fraction such as `30 %` or `50 bp`, in WAD."""
    match = _FRACTION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        raise wrong('a fraction with its unit, such as "30 %" or "50 bp"')
    scaled = Exact(match[1]) * UNIT_IN_WAD[match[2]]
    if scaled > WAD or scaled.denominator != 1:
        raise wrong("a fraction from 0 % to 100 % with at most 16 digits after the point")
    return int(scaled)


def parse_rate(value: object) -> Decimal:
    """A rate such as `65 %`, which may be above one, as a number."""
    match = _FRACTION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match or Decimal(match[1]) == 0:
        raise wrong('a rate above 0 with its unit, such as "65 %"')
    return Decimal(match[1]) * UNIT_IN_WAD[match[2]] / WAD


def parse_signed_rate(value: object) -> Decimal:
    """A rate such as `12 %` or `-5 %`, as a number."""
    if isinstance(value, str) and value.lstrip().startswith("-"):
        return -parse_rate(value.lstrip()[1:])
    return parse_rate(value)


def parse_duration(value: object) -> int:
    """A length of time such as `12 s`, `1 h` or `7 d`, in whole seconds."""
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        raise wrong('a length of time with its unit (s, min, h, d, w), such as "12 s" or "1 h"')
    seconds = Exact(match[1]) * UNIT_IN_SECONDS[match[2]]
    if seconds.denominator != 1:
        raise wrong("a whole number of seconds")
    return int(seconds)


def parse_interval(value: object) -> Decimal:
    """A length of time that may be a part of a second, such as `250 ms`, in seconds."""
    match = _INTERVAL.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        raise wrong('a length of time with its unit (ms, s, min, h, d, w), such as "12 s"')
    unit = UNIT_IN_SECONDS[match[2]] if match[2] != "ms" else MILLISECOND
    return Decimal(match[1]) * unit


def parse_address(value: object) -> str:
    """An address with its checksum."""
    if not isinstance(value, str) or not is_address(value):
        raise wrong("an address: 0x and 40 hexadecimal digits")
    digits = value[2:]
    mixed = digits not in (digits.lower(), digits.upper())
    if mixed and not is_checksum_address(value):
        raise wrong("an address whose capital letters match its checksum: a digit may be mistyped")
    if int(value, 16) == 0:
        raise wrong("an address other than zero")
    return to_checksum_address(value)


def parse_amount(value: object) -> Decimal:
    """A positive decimal number, exact."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise wrong("a positive number")
    try:
        amount = Decimal(value.replace("_", "") if isinstance(value, str) else value)
    except InvalidOperation:
        raise wrong("a positive number") from None
    if not amount.is_finite() or amount <= 0:
        raise wrong("a positive number")
    return amount


def parse_time(value: object) -> int:
    """A date and time with its offset, in seconds since 1970."""
    if isinstance(value, FromVariable):
        value = _or_wrong(datetime.fromisoformat, value, "a date and time with its offset")
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise wrong("a date and time with its offset, such as 2026-01-05T00:00:00Z")
    return int(value.astimezone(UTC).timestamp())


def parse_url(value: object) -> str:
    """The address of a node, as http:// or https://."""
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
    except ValueError:
        parts = None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise wrong("the http:// or https:// address of a node")
    return str(value)


def parse_listen(value: object) -> tuple[str, int]:
    """An address and a port of this machine, as `127.0.0.1:9464`."""
    match = _LISTEN.fullmatch(value) if isinstance(value, str) else None
    if not match or int(match[2]) > 65_535:
        raise wrong('an address and a port of this machine, such as "127.0.0.1:9464"')
    return match[1], int(match[2])


def _whole(value: object) -> object:
    return _or_wrong(int, value, "a whole number") if isinstance(value, FromVariable) else value


def _switch(value: object) -> object:
    if not isinstance(value, FromVariable):
        return value
    if value.lower() not in ("true", "false"):
        raise wrong("true or false")
    return value.lower() == "true"


def _items(value: object) -> object:
    """A list, from a variable as `a, b, c`."""
    if not isinstance(value, FromVariable):
        return value
    return [FromVariable(item.strip()) for item in value.split(",") if item.strip()]


def _or_wrong(parse: Callable[[str], Any], value: str, expected: str) -> Any:
    try:
        return parse(value)
    except ValueError:
        raise wrong(expected) from None


Fraction = Annotated[int, BeforeValidator(parse_fraction)]
"""A fraction, in WAD."""

Rate = Annotated[Decimal, BeforeValidator(parse_rate)]
"""A rate that may be above one, as a number."""

Duration = Annotated[int, BeforeValidator(parse_duration)]
"""A length of time, in seconds."""

Interval = Annotated[Decimal, BeforeValidator(parse_interval)]
"""A length of time that may be a part of a second, in seconds."""

Address = Annotated[str, BeforeValidator(parse_address)]
"""An address other than zero, with checksum."""

SignedRate = Annotated[Decimal, BeforeValidator(parse_signed_rate)]
"""A rate that may be below zero, as a number."""

Amount = Annotated[Decimal, BeforeValidator(parse_amount)]
"""A positive number of whole units: tokens, or units of account."""

Time = Annotated[int, BeforeValidator(parse_time)]
"""A moment, in seconds since 1970."""

Url = Annotated[str, BeforeValidator(parse_url)]
"""The address of a node; may carry a secret, so it is never shown in full."""

Listen = Annotated[tuple[str, int], BeforeValidator(parse_listen)]
"""Where to listen: an address of this machine, and a port."""

Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number."""

Switch = Annotated[bool, BeforeValidator(_switch)]
"""True or false."""

Items = BeforeValidator(_items)
"""Makes a list of a variable's comma-separated text."""
