"""Plays a page of the documentation: runs its commands, and holds what it shows against them.

A block begins with ```` ```sh WHO [+TIME] ````: who runs it, and how long after the block before.
A ```` ```text ```` block after it shows lines of what was printed; numbers that differ from chain
to chain (times, hashes, addresses, gas) count as equal.
"""

import re
import shlex
from dataclasses import dataclass

BLOCK = re.compile(r"^```(sh|text)(?: (\w+))?(?: \+(\d+) d)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)

VARYING = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"), "<time>"),
    (re.compile(r"0x[0-9a-fA-F]{64}"), "<hash>"),
    (re.compile(r"0x[0-9a-fA-F]{40}"), "<address>"),
    (re.compile(r"0x[0-9a-f]{8}\b"), "<id>"),
    (re.compile(r"block \d+, \d+ gas"), "<mined>"),
)

PROPOSED = re.compile(r"operation (0x[0-9a-f]{8})[0-9a-f]{56} of the timelock")

SYMBOL = ("TRIM", "CLI")
"""The share's symbol on the page, and on the desk."""


@dataclass(frozen=True)
class Step:
    """One block of commands with what the page shows of them."""

    who: str
    days: int
    commands: tuple[str, ...]
    shown: str


def steps_of(page):
    """The blocks of a page, in order."""
    found = []
    for kind, who, days, text in BLOCK.findall(page.read_text()):
        if kind == "sh" and who:
            found.append(Step(who, int(days or 0), tuple(text.strip().splitlines()), ""))
        elif kind == "text":
            last = found.pop()
            found.append(Step(last.who, last.days, last.commands, last.shown + text))
    return found


def unvarying(text):
    """Text with everything that differs between two chains replaced by its kind."""
    for pattern, name in VARYING:
        text = pattern.sub(name, text)
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def play(desk, page, *, later):
    """Run every command of a page and compare what it shows; returns how many were run."""
    named, count = {}, 0
    for step in steps_of(page):
        later(desk, step.days * 86_400)
        printed = ""
        for command in step.commands:
            words = shlex.split(command.partition(" #")[0].replace(*SYMBOL))
            assert words[0] == "trimtab", command
            words = [named.get(word, word) for word in words]
            result = desk.run(*words[1:], who=step.who)
            assert result.exit_code == 0, f"{command}\n{result.output}"
            printed += result.output
            count += 1
            named |= ids_in(step.shown, result.output)
        shown = unvarying(step.shown.replace(*SYMBOL))
        missing = [line for line in shown if line not in unvarying(printed)]
        assert not missing, f"{step.commands} printed\n{printed}"
    return count


def ids_in(shown, printed):
    """What operations that a page shows to be proposed are really called."""
    return dict(zip(PROPOSED.findall(shown), PROPOSED.findall(printed), strict=False))
