"""Reads ABI-encoded answers: strict about what no encoder writes, and every byte once at most.

A type is compiled once to functions that take values from their places in the bytes; a fleet reads
a hundred thousand of them on a block. What is accepted is decoded as eth-abi decodes it, by which
the tests hold it; refused besides are heads that point into themselves and offsets that share
bytes, with which a short answer would decode to gigabytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from eth_abi.grammar import BasicType, TupleType, parse
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

__all__ = ["Component", "Malformed", "component_of", "named_reader", "plain_reader"]

Component = Mapping[str, Any]
"""One entry of an ABI: a name, a type and, for a tuple, its own components."""

WORD = 32
"""Bytes of a head, a length and a number."""


class Malformed(Exception):
    """Bytes that encode no value of the type."""


class _Budget:
    """How many bytes may still be read."""

    __slots__ = ("left",)

    def __init__(self, size: int) -> None:
        self.left = size

    def spend(self, size: int) -> None:
        """Take off what is read."""
        self.left -= size
        if self.left < 0:
            raise Malformed("the same bytes are read again and again")


_Read = Callable[[bytes, int, int, _Budget], Any]
"""Takes a value: from which bytes, where its surroundings begin, how far behind, what is left."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A type, compiled.

    Attributes
    ----------
    size
        Bytes that it has in place: a static value has all there, a dynamic one has them where its
        head points to, and more behind.
    """

    size: int
    dynamic: bool
    read: _Read


@dataclass(frozen=True, slots=True)
class _Style:
    """How values appear: tuples by names and addresses in mixed case, or both as eth-abi has them.

    Attributes
    ----------
    address
        An address from its 20 bytes.
    """

    named: bool
    address: Callable[[bytes], str]


def named_reader(components: Sequence[Component]) -> Callable[[bytes], dict[str, Any]]:
    """A function that decodes arguments or results by name; unnamed ones are `0`, `1` and so on.

    Tuples become dictionaries, addresses checksummed text. It raises `Malformed`, or
    UnicodeDecodeError.
    """
    return _reader(components, _Style(named=True, address=_checksummed))


def plain_reader(types: Sequence[str]) -> Callable[[bytes], tuple[Any, ...]]:
    """A function that decodes to a tuple, as eth-abi does, of types such as `(bool,bytes)[]`."""
    components = [component_of(kind) for kind in types]
    return _reader(components, _Style(named=False, address=lambda raw: "0x" + raw.hex()))


def component_of(kind: str) -> Component:
    """The entry of an ABI that a type without names stands for."""
    return _component(parse(kind))


def _component(parsed: BasicType | TupleType) -> Component:
    arrays = "".join(f"[{','.join(map(str, size))}]" for size in parsed.arrlist or ())
    if isinstance(parsed, TupleType):
        parts = [_component(part) for part in parsed.components]
        return {"type": f"tuple{arrays}", "components": parts}
    return {"type": f"{parsed.base}{parsed.sub or ''}{arrays}"}


def _reader(components: Sequence[Component], style: _Style) -> Callable[[bytes], Any]:
    whole = _tuple(components, style)

    def read(data: bytes) -> Any:
        budget = _Budget(len(data))
        _require(data, 0, whole.size, budget)
        return whole.read(data, 0, 0, budget)

    return read


def _compiled(component: Component, style: _Style) -> _Kind:
    kind = str(component["type"])
    if kind.endswith("]"):
        inner, _, count = kind[:-1].rpartition("[")
        item = _compiled({**component, "type": inner}, style)
        return _array(item) if count == "" else _sized_array(item, int(count))
    if kind == "tuple":
        return _tuple(component["components"], style)
    if kind in _BLOBS:
        return _Kind(WORD, True, _BLOBS[kind])
    return _Kind(WORD, False, _leaf(kind, style))


def _leaf(kind: str, style: _Style) -> _Read:
    if kind == "address":
        return _address(style.address)
    if kind == "bool":
        return _bool
    name = kind.rstrip("0123456789")
    size = int(kind[len(name) :])
    return {"uint": _uint, "int": _int, "bytes": _fixed_bytes}[name](size)


def _uint(bits: int) -> _Read:
    most = 2**bits - 1

    def read(data: bytes, base: int, offset: int, _budget: _Budget) -> int:
        at = base + offset
        value = int.from_bytes(data[at : at + WORD], "big")
        if value > most:
            raise Malformed(f"{value:#x} has more than {bits} bits")
        return value

    return read


def _int(bits: int) -> _Read:
    most = 2 ** (bits - 1) - 1

    def read(data: bytes, base: int, offset: int, _budget: _Budget) -> int:
        at = base + offset
        value = int.from_bytes(data[at : at + WORD], "big", signed=True)
        if not -most - 1 <= value <= most:
            raise Malformed(f"{value} has more than {bits} bits")
        return value

    return read


def _bool(data: bytes, base: int, offset: int, _budget: _Budget) -> bool:
    value = _word(data, base + offset)
    if value > 1:
        raise Malformed(f"{value:#x} is neither true nor false")
    return value == 1


def _address(shown: Callable[[bytes], str]) -> _Read:
    padding = bytes(12)

    def read(data: bytes, base: int, offset: int, _budget: _Budget) -> str:
        at = base + offset
        if data[at : at + 12] != padding:
            raise Malformed(f"0x{data[at : at + WORD].hex()} is no address")
        return shown(data[at + 12 : at + WORD])

    return read


def _fixed_bytes(size: int) -> _Read:
    padding = bytes(WORD - size)

    def read(data: bytes, base: int, offset: int, _budget: _Budget) -> bytes:
        at = base + offset
        if data[at + size : at + WORD] != padding:
            raise Malformed(f"0x{data[at : at + WORD].hex()} has more than {size} bytes")
        return data[at : at + size]

    return read


def _blob(data: bytes, base: int, offset: int, budget: _Budget) -> bytes:
    begin = base + offset + WORD
    size = _word(data, begin - WORD)
    padded = -(-size // WORD) * WORD
    _require(data, begin, padded, budget)
    if any(data[begin + size : begin + padded]):
        raise Malformed("something stands where padding should")
    return data[begin : begin + size]


def _text(data: bytes, base: int, offset: int, budget: _Budget) -> str:
    return _blob(data, base, offset, budget).decode()


_BLOBS: dict[str, _Read] = {"bytes": _blob, "string": _text}


def _tuple(components: Sequence[Component], style: _Style) -> _Kind:
    kinds = [_compiled(component, style) for component in components]
    sizes = [WORD if kind.dynamic else kind.size for kind in kinds]
    head = sum(sizes)
    reads = [_tail(kind, head) if kind.dynamic else kind.read for kind in kinds]
    names = [item.get("name") or str(place) for place, item in enumerate(components)]
    parts = [
        (name, sum(sizes[:place]), read)
        for place, (name, read) in enumerate(zip(names, reads, strict=True))
    ]

    def read_named(data: bytes, base: int, offset: int, budget: _Budget) -> dict[str, Any]:
        at = base + offset
        return {name: read(data, at, place, budget) for name, place, read in parts}

    def read_plain(data: bytes, base: int, offset: int, budget: _Budget) -> tuple[Any, ...]:
        at = base + offset
        return tuple([read(data, at, place, budget) for _, place, read in parts])

    dynamic = any(kind.dynamic for kind in kinds)
    return _Kind(head, dynamic, read_named if style.named else read_plain)


def _array(item: _Kind) -> _Kind:
    width = WORD if item.dynamic else item.size

    def read(data: bytes, base: int, offset: int, budget: _Budget) -> tuple[Any, ...]:
        begin = base + offset + WORD
        count = _word(data, begin - WORD)
        _require(data, begin, count * width, budget)
        return _items(item, count, data, begin, budget)

    return _Kind(WORD, True, read)


def _sized_array(item: _Kind, count: int) -> _Kind:
    width = WORD if item.dynamic else item.size

    def read(data: bytes, base: int, offset: int, budget: _Budget) -> tuple[Any, ...]:
        return _items(item, count, data, base + offset, budget)

    return _Kind(count * width, item.dynamic, read)


def _items(item: _Kind, count: int, data: bytes, base: int, budget: _Budget) -> tuple[Any, ...]:
    width = WORD if item.dynamic else item.size
    read = _tail(item, count * width) if item.dynamic else item.read
    return tuple([read(data, base, place * width, budget) for place in range(count)])


def _tail(kind: _Kind, head: int) -> _Read:
    """Reads what stands where a head points to: behind all heads, which take `head` bytes."""
    read_there, size = kind.read, kind.size

    def read(data: bytes, base: int, offset: int, budget: _Budget) -> Any:
        place = _word(data, base + offset)
        if place < head:
            raise Malformed(f"a head points to byte {place} of {head} that are heads")
        _require(data, base + place, size, budget)
        return read_there(data, base, place, budget)

    return read


def _require(data: bytes, at: int, size: int, budget: _Budget) -> None:
    """Refuse bytes that are not there, or were read already."""
    if at + size > len(data):
        raise Malformed(f"{size} bytes at {at} are beyond the {len(data)} that came"[:200])
    budget.spend(size)


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + WORD], "big")


@lru_cache(maxsize=2**14)
def _checksummed(raw: bytes) -> ChecksumAddress:
    """An address in mixed case; a thousand vaults share most of theirs, and each costs a hash."""
    return to_checksum_address(raw)
