"""Calldata, results and events of contracts, by the names in their ABIs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from eth_abi.abi import encode
from eth_abi.exceptions import EncodingError
from eth_typing import ChecksumAddress
from eth_utils.abi import (
    collapse_if_tuple,
    event_abi_to_log_topic,
    function_abi_to_4byte_selector,
    function_signature_to_4byte_selector,
)

from trimtab.chain import artifacts
from trimtab.chain.abi_reader import (
    Component,
    Malformed,
    named_reader,
    plain_reader,
)
from trimtab.chain.answers import Log
from trimtab.errors import InvariantError, NodeAnsweredWrongly

Reader = Callable[[bytes], dict[str, Any]]
"""Decodes bytes to values by name."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Function:
    """How one function is called and what it returns."""

    name: str
    selector: bytes
    inputs: tuple[str, ...]
    outputs: tuple[Component, ...]
    parameters: tuple[Component, ...]
    reader: Reader = field(repr=False, compare=False)

    def encode(self, *arguments: Any) -> bytes:
        """Calldata.

        Raises
        ------
        InvariantError
            If the arguments do not fit the function.
        """
        return self.selector + encode_arguments(self.name, self.inputs, arguments)

    def decode(self, data: bytes) -> dict[str, Any]:
        """What the function returned, by name; unnamed results are called `0`, `1` and so on.

        Tuples become dictionaries, addresses checksummed text.

        Raises
        ------
        NodeAnsweredWrongly
            If `data` is not such a result.
        """
        return _decoded(self.reader, data, f"{self.name} result", self.outputs)

    def decode_arguments(self, data: bytes) -> dict[str, Any]:
        """The arguments of calldata of this function, selector included, by name.

        Raises
        ------
        NodeAnsweredWrongly
            If `data` is no such call.
        """
        if data[:4] != self.selector:
            raise NodeAnsweredWrongly(f"call of {self.name}", data[:4].hex(), self.selector.hex())
        read = named_reader(self.parameters)
        return _decoded(read, data[4:], f"call of {self.name}", self.inputs)


@dataclass(frozen=True, slots=True)
class Event:
    """How one event stands in a log."""

    name: str
    topic: bytes
    indexed: tuple[Component, ...]
    plain: tuple[Component, ...]
    topics_reader: Reader = field(repr=False, compare=False)
    data_reader: Reader = field(repr=False, compare=False)

    def decode(self, log: Log) -> dict[str, Any]:
        """The event's arguments, by name.

        Raises
        ------
        NodeAnsweredWrongly
            If the log is not of this event.
        """
        what = f"event {self.name}"
        if len(log.topics) != 1 + len(self.indexed) or log.topics[0] != self.topic:
            topics = f"{len(log.topics)} topics"
            raise NodeAnsweredWrongly(what, topics, f"{1 + len(self.indexed)}, the first its own")
        indexed = _decoded(self.topics_reader, b"".join(log.topics[1:]), what, self.indexed)
        return indexed | _decoded(self.data_reader, log.data, what, self.plain)


class Interface:
    """The functions and events of one contract.

    Overloaded functions are not supported: a name stands for one function.
    """

    def __init__(self, name: str, abi: list[dict[str, Any]]) -> None:
        self.name = name
        self._functions = {item["name"]: item for item in abi if item["type"] == "function"}
        self._events = {item["name"]: item for item in abi if item["type"] == "event"}
        self._constructor = next((item for item in abi if item["type"] == "constructor"), None)
        self._known: dict[str, Function] = {}
        self._known_events: dict[str, Event] = {}

    def function(self, name: str) -> Function:
        """The function called `name`."""
        if name not in self._known:
            self._known[name] = _function(self._entry(self._functions, name))
        return self._known[name]

    def encode(self, function: str, *arguments: Any) -> bytes:
        """Calldata of a function."""
        return self.function(function).encode(*arguments)

    def decode(self, function: str, data: bytes) -> dict[str, Any]:
        """What a function returned, by name."""
        return self.function(function).decode(data)

    def event(self, name: str) -> Event:
        """The event called `name`."""
        if name not in self._known_events:
            self._known_events[name] = _event(self._entry(self._events, name))
        return self._known_events[name]

    def events_in(
        self, logs: tuple[Log, ...], name: str, *, of: ChecksumAddress
    ) -> list[dict[str, Any]]:
        """The events called `name` that the contract at `of` wrote, in order."""
        event = self.event(name)
        own = (log for log in logs if log.address == of and log.topics[:1] == (event.topic,))
        return [event.decode(log) for log in own]

    def constructor_arguments(self, *arguments: Any) -> bytes:
        """Arguments as they follow the creation code."""
        inputs = self._constructor["inputs"] if self._constructor else []
        types = tuple(collapse_if_tuple(item) for item in inputs)
        return encode_arguments(f"{self.name} constructor", types, arguments)

    def _entry(self, entries: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
        if name not in entries:
            raise InvariantError(f"{self.name} has no {name}; it has {', '.join(sorted(entries))}")
        return entries[name]


@cache
def interface(name: str) -> Interface:
    """The functions and events of the compiled contract called `name`."""
    return Interface(name, artifacts.load(name).abi)


def encode_call(signature: str, *arguments: Any) -> bytes:
    """Calldata of a function of an outside contract, from `transfer(address,uint256)`.

    Only types that are not tuples.
    """
    types = tuple(signature.partition("(")[2].removesuffix(")").split(","))
    selector = function_signature_to_4byte_selector(signature)
    return selector + encode_arguments(signature, types if types != ("",) else (), arguments)


def encode_arguments(what: str, types: tuple[str, ...], arguments: tuple[Any, ...]) -> bytes:
    """ABI encoding of `arguments`.

    Raises
    ------
    InvariantError
        If they do not fit `types`.
    """
    try:
        return encode(types, arguments)
    except (EncodingError, TypeError, ValueError, OverflowError) as error:
        raise InvariantError(f"cannot encode the arguments of {what}: {error}") from error


def decode_result(types: list[str], data: bytes, what: str) -> tuple[Any, ...]:
    """ABI decoding of `data`, which a node sent.

    Raises
    ------
    NodeAnsweredWrongly
        If it is no encoding of `types`.
    """
    return _decoded(_plain_reader(tuple(types)), data, what, types)


@cache
def _plain_reader(types: tuple[str, ...]) -> Callable[[bytes], tuple[Any, ...]]:
    return plain_reader(types)


def _decoded(
    read: Callable[[bytes], T], data: bytes, what: str, kinds: Sequence[Component | str]
) -> T:
    try:
        return read(data)
    except (Malformed, UnicodeDecodeError) as error:
        types = (kind if isinstance(kind, str) else collapse_if_tuple(dict(kind)) for kind in kinds)
        raise NodeAnsweredWrongly(
            what, f"{len(data)} bytes ({error})"[:300], ",".join(types)
        ) from error


def _function(entry: Any) -> Function:
    return Function(
        name=entry["name"],
        selector=function_abi_to_4byte_selector(entry),
        inputs=tuple(collapse_if_tuple(item) for item in entry["inputs"]),
        outputs=tuple(entry["outputs"]),
        parameters=tuple(entry["inputs"]),
        reader=named_reader(entry["outputs"]),
    )


def _event(entry: Any) -> Event:
    indexed = tuple(item for item in entry["inputs"] if item["indexed"])
    plain = tuple(item for item in entry["inputs"] if not item["indexed"])
    return Event(
        name=entry["name"],
        topic=event_abi_to_log_topic(entry),
        indexed=indexed,
        plain=plain,
        topics_reader=named_reader(indexed),
        data_reader=named_reader(plain),
    )
