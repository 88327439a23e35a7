"""What an operation on a vault is: who may do it, how it is called, what it changes in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trimtab.chain.contracts import interface
from trimtab.cli.settings.units import fraction_text, seconds_text
from trimtab.cli.vault_rules import Rules

OWNER = ("owner",)
GUARDED = ("guardian", "owner")
ANYONE = ("owner", "manager", "guardian")

AN_ADDRESS = "0x4444444444444444444444444444444444444444"
"""Stands in examples for an address."""

Arguments = Mapping[str, Any]
"""Arguments of a call, by their names in the contract, and `CALLED`."""

CALLED = "called"
"""Beside the arguments of a call: the address that is called."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that an operation changes.

    Attributes
    ----------
    what
        What is changed; a whole sentence if nothing stands in `after`.
    before, after
        Its value now, and then.
    rises
        Whether it rises, or None where that means nothing.
    """

    what: str
    before: str | None = None
    after: str | None = None
    rises: bool | None = None

    def wish(self) -> str:
        """The change as it is asked for: `raise LINK's band from 4 % to 5 %`."""
        if self.after is None:
            return self.what
        if self.before is None:
            return f"set {self.what} to {self.after}"
        if self.before == self.after:
            return f"leave {self.what} at {self.after}"
        verb = "change" if self.rises is None else "raise" if self.rises else "lower"
        return f"{verb} {self.what} from {self.before} to {self.after}"

    def done(self) -> str:
        """The change where what stood before is not known any more."""
        return self.what if self.after is None else f"set {self.what} to {self.after}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One kind of operation.

    Attributes
    ----------
    name
        The verb on the command line.
    example
        The verb as it is written, with all that it needs.
    contract, function
        What is called.
    roles
        Who may do it: any one of these.
    build
        From what a person wrote to the arguments of the call, in order.
    words
        From the arguments, by name, to what they change.
    """

    name: str
    example: str
    contract: str
    function: str
    roles: tuple[str, ...]
    build: Callable[..., tuple[Any, ...]]
    words: Callable[[Rules, Arguments], list[Change]]

    def data(self, arguments: tuple[Any, ...]) -> bytes:
        """Calldata."""
        return interface(self.contract).encode(self.function, *arguments)

    def changes(self, rules: Rules, to: str, data: bytes) -> list[Change]:
        """What calldata of this operation changes at an address."""
        function = interface(self.contract).function(self.function)
        return self.words(rules, {**function.decode_arguments(data), CALLED: to})


OPERATIONS: dict[str, Operation] = {}
"""Every operation, by its name; the modules that describe them fill it."""


def operation(
    example: str,
    target: tuple[str, str],
    roles: tuple[str, ...],
    words: Callable[[Rules, Arguments], list[Change]],
) -> Callable[[Callable[..., tuple[Any, ...]]], Callable[..., tuple[Any, ...]]]:
    """Enter the decorated function into the table; it builds the arguments of `target`.

    Its parameters after the rules, and its docstring, become those of the verb, whose name is the
    first word of `example`.
    """
    name = example.partition(" ")[0]

    def enter(build: Callable[..., tuple[Any, ...]]) -> Callable[..., tuple[Any, ...]]:
        OPERATIONS[name] = Operation(name, example, *target, roles, build, words)
        return build

    return enter


def fraction_change(what: str, before: int, after: int) -> Change:
    """A change of a fraction in WAD."""
    return Change(what, fraction_text(before), fraction_text(after), after > before)


def seconds_change(what: str, before: int, after: int) -> Change:
    """A change of a length of time in seconds."""
    return Change(what, seconds_text(before), seconds_text(after), after > before)


def moved(changes: list[Change]) -> list[Change]:
    """Those changes that change something, or all if none does."""
    return [change for change in changes if change.before != change.after] or changes
