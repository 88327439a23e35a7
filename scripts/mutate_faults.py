"""Small faults in a Solidity source: a guard taken out, a comparison moved, a rounding turned.

Everything works on the text. Comments and strings are blanked first, so that positions stay those
of the source, and what is left is cut into statements. What an error or an event says is left
alone: a wrong number there costs nobody a wei.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

HIDDEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
"""Comments and strings."""

DECLARES_FUNCTION = re.compile(r"(?:function\s+(\w+)|(constructor|receive|fallback)\b)")
DECLARES_TYPE = re.compile(r"(?:abstract\s+)?(?:contract|library|interface)\s+(\w+)")
MODIFIER = re.compile(r"\b(?:nonReentrant|only[A-Z]\w*(?:\([^)]*\))?)(?=[^;{]*$)")
CALL = re.compile(r"[\w.\[\]]+\(.*\)$", re.DOTALL)
SWITCH = re.compile(r"[\w.\[\]]+ = (?:true|false)$")
SPOKEN = re.compile(r"(?:emit|revert|for|using|error|event)\b")
"""Statements in which nothing is turned."""

ONE_LINE_YUL_IF = re.compile(r"\bif [^{}\n]+\{[^{}\n]*\}")

WIDTH = 90
"""Most characters of a statement that stand in a mutant's name."""

TURNED = {
    " < ": " <= ",
    " <= ": " < ",
    " > ": " >= ",
    " >= ": " > ",
    " == ": " != ",
    " != ": " == ",
    " && ": " || ",
    " || ": " && ",
    " + ": " - ",
    " - ": " + ",
    " += ": " -= ",
    " -= ": " += ",
    "Rounding.Ceil": "Rounding.Floor",
    "Rounding.Floor": "Rounding.Ceil",
    "Math.min(": "Math.max(",
    "Math.max(": "Math.min(",
    "Math.saturatingSub(": "Math.saturatingAdd(",
    " gt(": " lt(",
    " lt(": " gt(",
}
"""What is put in the place of what. A formatted source has one space around each operator."""

REMOVAL_COVERS = {" == ", " != "}
"""Not turned where they are the whole condition of a guard: its removal asks for the same test."""

TOKEN = re.compile("|".join(map(re.escape, sorted(TURNED, key=len, reverse=True))))
ROUNDED_CALL = re.compile(r"\b\w+(?:Up|Down)(?=\()")
NEGATION = re.compile(r"!(?=[\w(])")
PLAIN_MUL_DIV = re.compile(r"\bMath\.mulDiv\(")


ARITHMETIC = 3
"""Rank of a fault that turns a calculation and takes out no check."""
COMPARES = re.compile(r": (removed|without !|([<>=!]=?|&&|\|\||gt) to \S+)( \(\d+\))?$")
"""How a fault is named that takes out a call or changes a comparison."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A stretch of code up to a semicolon or a brace, outside any parenthesis."""

    start: int
    end: int
    text: str
    inside: str
    """Contract and function, such as `Vault.seed`; empty outside functions."""
    is_header: bool
    """Whether it declares that function."""
    closed_by: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: characters `start` to `end` of a source, replaced."""

    start: int
    end: int
    replacement: str
    line: int
    inside: str
    name: str
    """Where and what, without line numbers, so that it outlives changes elsewhere in the file."""
    function: str
    """The function with this fault, without comments, its words one space apart."""

    @property
    def rank(self) -> int:
        """What is tried first: guards taken out, guards moved, calls and comparisons, sums."""
        statement = self.name.split(": ")[1]
        if statement.startswith(("require(", "if ", "header", "onlyMandate")):
            return 1 if self.replacement else 0
        return 2 if COMPARES.search(self.name) else ARITHMETIC

    def applied(self, source: str) -> str:
        """The source with this fault."""
        return source[: self.start] + self.replacement + source[self.end :]


def mutants_of(source: str, known_names: frozenset[str] = frozenset()) -> list[Mutant]:
    """Every fault of `source`, in the order of the text, each with a name of its own.

    `known_names` are the functions that exist anywhere: a call to `valueUp` is turned into one to
    `valueDown` only if there is one.
    """
    code = blanked(source)
    ends = [match.start() for match in re.finditer("\n", code)]
    scopes = [(s.start, closing(code, s.end + 1, "{}")) for s in statements(code) if s.is_header]
    found = []
    for s, start, end, new, what in _faults(code, known_names):
        first, last = max(scope for scope in scopes if scope[0] <= start)
        function = " ".join((code[first:start] + new + code[end:last]).split())
        line = 1 + bisect_right(ends, start)
        found.append(Mutant(start, end, new, line, s.inside, _name(s, what), function))
    return _numbered(sorted(found, key=lambda mutant: (mutant.start, mutant.end)))


def _name(statement: Statement, what: str) -> str:
    text = statement.text
    short = text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
    return f"{statement.inside}: {short}: {what}"


def blanked(source: str) -> str:
    """The source with spaces in the place of comments and strings."""
    return HIDDEN.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), source)


def statements(code: str) -> Iterator[Statement]:
    """The statements and headers of blanked code, with the function that each belongs to."""
    depth, start, within = 0, 0, [""]
    for position, character in enumerate(code):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(character, 0)
        if depth or character not in ";{}":
            continue
        statement = _statement(code, start, position, within[-1])
        yield statement
        if character == "{":
            within.append(_named(statement.text, within[-1]))
        elif character == "}":
            within.pop()
        start = position + 1


def _statement(code: str, start: int, end: int, outer: str) -> Statement:
    body, closed_by = code[start:end], code[end]
    text = " ".join(body.split())
    place = _named(text, outer) if closed_by == "{" else outer
    return Statement(
        start=start + len(body) - len(body.lstrip()),
        end=end,
        text=text,
        inside=place if "." in place else "",
        is_header=closed_by == "{" and place != outer,
        closed_by=closed_by,
    )


def _named(header: str, outer: str) -> str:
    """The name of the block that `header` opens; that around it, if it has none of its own."""
    if declared := DECLARES_TYPE.match(header):
        return declared[1]
    if declared := DECLARES_FUNCTION.match(header):
        return f"{outer or 'file'}.{declared[1] or declared[2]}"
    if header.startswith("modifier "):
        return f"{outer}.{header.removeprefix('modifier ').partition('(')[0]}"
    return outer


Fault = tuple[Statement, int, int, str, str]
"""Statement, start and end of what is replaced, by what, and what that does in words."""


def _faults(code: str, known_names: frozenset[str]) -> Iterator[Fault]:
    parts = list(statements(code))
    for statement, following in zip(parts, [*parts[1:], None], strict=True):
        if not statement.inside:
            continue
        if statement.is_header:
            yield from _without_modifiers(code, statement)
            continue
        has_else = following is not None and following.text.startswith("else")
        if _can_go(statement) and not has_else:
            yield statement, statement.start, statement.end + 1, "", "removed"
        yield from _turned(code, statement, known_names)
    yield from _without_yul_guards(code, parts)


def _without_modifiers(code: str, header: Statement) -> Iterator[Fault]:
    if header.text.startswith("modifier "):
        return
    for match in MODIFIER.finditer(code, header.start, header.end):
        short = replace(header, text="header")
        yield short, match.start(), match.end(), "", f"without {match.group()}"


def _can_go(statement: Statement) -> bool:
    """Whether the statement is a guard, a bare call or the throw of a switch."""
    text = statement.text
    if statement.closed_by != ";" or SPOKEN.match(text):
        return False
    return text.startswith(("require(", "if (")) or bool(CALL.match(text) or SWITCH.match(text))


def _turned(code: str, statement: Statement, known_names: frozenset[str]) -> Iterator[Fault]:
    """Operators and roundings of a statement, each turned into its opposite."""
    if SPOKEN.match(statement.text):
        return
    is_require = statement.text.startswith("require(")
    span = (statement.start, _condition_end(code, statement) if is_require else statement.end)
    condition = code[slice(*span)]
    covered = _can_go(statement) and " && " not in condition and " || " not in condition
    for match in TOKEN.finditer(code, *span):
        old, new = match.group(), TURNED[match.group()]
        if not (covered and old in REMOVAL_COVERS):
            what = f"{old.strip(' (')} to {new.strip(' (')}"
            yield statement, match.start(), match.end(), new, what
    for match in ROUNDED_CALL.finditer(code, *span):
        new = _opposite(match.group())
        if new in known_names:
            yield statement, match.start(), match.end(), new, f"{match.group()} to {new}"
    if not covered:
        yield from _unsaid(code, span, statement)
    yield from _rounded_up(code, statement, span)


def _unsaid(code: str, span: tuple[int, int], statement: Statement) -> Iterator[Fault]:
    """Each negation taken out."""
    for match in NEGATION.finditer(code, *span):
        yield statement, match.start(), match.end(), "", "without !"


def _rounded_up(code: str, statement: Statement, span: tuple[int, int]) -> Iterator[Fault]:
    for match in PLAIN_MUL_DIV.finditer(code, *span):
        close = closing(code, match.end())
        if len(_commas(code, match.end(), close)) == 2:
            yield statement, close, close, ", Math.Rounding.Ceil", "mulDiv rounds up"


def _condition_end(code: str, statement: Statement) -> int:
    """Where the first argument of a `require` ends."""
    start = statement.start + len("require(")
    commas = _commas(code, start, closing(code, start))
    return commas[0] if commas else statement.end


def _opposite(name: str) -> str:
    return f"{name[:-2]}Down" if name.endswith("Up") else f"{name[:-4]}Up"


def closing(code: str, position: int, pair: str = "()") -> int:
    """Where the parenthesis that is open at `position` closes."""
    depth = 1
    while depth:
        depth += {pair[0]: 1, pair[1]: -1}.get(code[position], 0)
        position += 1
    return position - 1


def _commas(code: str, start: int, end: int) -> list[int]:
    """Where commas separate the arguments that stand between `start` and `end`."""
    found, depth = [], 0
    for position in range(start, end):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(code[position], 0)
        if code[position] == "," and depth == 0:
            found.append(position)
    return found


def _without_yul_guards(code: str, parts: list[Statement]) -> Iterator[Fault]:
    for block in (part for part in parts if part.closed_by == "{" and part.text == "assembly ( )"):
        close = code.index("\n        }", block.end)
        for match in ONE_LINE_YUL_IF.finditer(code, block.end + 1, close):
            yield replace(block, text=match.group()), match.start(), match.end(), "", "removed"


def _numbered(mutants: list[Mutant]) -> list[Mutant]:
    """The mutants, where names repeat followed by the number of the repetition."""
    seen: Counter[str] = Counter()
    numbered = []
    for mutant in mutants:
        seen[mutant.name] += 1
        count = seen[mutant.name]
        numbered.append(replace(mutant, name=f"{mutant.name} ({count})") if count > 1 else mutant)
    return numbered


def function_names(sources: list[str]) -> frozenset[str]:
    """Names of all functions that `sources` declare."""
    return frozenset(name for s in sources for name in re.findall(r"\bfunction\s+(\w+)", s))
