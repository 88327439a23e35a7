"""From what a person writes after a verb of `trimtab vault` to numbers and addresses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar

import typer
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from pydantic_core import PydanticCustomError

from trimtab.cli.settings.fields import parse_address, parse_duration, parse_fraction, parse_time
from trimtab.errors import BadInput

T = TypeVar("T")

Symbol = Annotated[str, typer.Argument(help="Asset of the vault: its symbol or its address.")]
Who = Annotated[str, typer.Argument(help="An address.")]


def fraction(text: str, option: str) -> int:
    """A fraction such as `5 %`, in WAD."""
    return _parsed(parse_fraction, text, option)


def fraction_or(text: str | None, option: str, now: int) -> int:
    """A fraction, or what stands now where none was written; in WAD."""
    return now if text is None else fraction(text, option)


def seconds(text: str, option: str) -> int:
    """A length of time such as `2 d`, in seconds."""
    return _parsed(parse_duration, text, option)


def address(text: str, option: str) -> ChecksumAddress:
    """An address with its checksum."""
    return to_checksum_address(_parsed(parse_address, text, option))


def moment_of(text: str, option: str) -> int:
    """A date and time with its offset, in seconds."""

    def parse(value: object) -> int:
        try:
            return parse_time(datetime.fromisoformat(str(value)))
        except ValueError:
            return parse_time(value)

    return _parsed(parse, text, option)


def whole(text: str, option: str) -> int:
    """A whole number."""
    if not text.isdecimal():
        raise BadInput(f'{option} is "{text}", expected a whole number')
    return int(text)


def pairs(texts: list[str], example: str) -> dict[str, str]:
    """`KEY=VALUE` texts, each key once."""
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip() or key.strip() in found:
            problem = "named twice" if equals and key.strip() in found else "not KEY=VALUE"
            raise BadInput(f'"{text}" is {problem}, expected such as {example}')
        found[key.strip()] = value.strip()
    return found


def _parsed(parse: Callable[[object], T], text: str, option: str) -> T:
    try:
        return parse(text)
    except PydanticCustomError as error:
        raise BadInput(f'{option} is "{text}", {error.message()}') from None
