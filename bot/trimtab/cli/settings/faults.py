"""From what pydantic found to one line a fault: file, line, key, value, what is expected."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from trimtab.cli.settings.lines import Path
from trimtab.cli.settings.overrides import Origins
from trimtab.telemetry import redact_url

EXPECTED = {
    "string_type": "a text in quotes",
    "string_too_short": "a text that is not empty",
    "string_too_long": "a shorter text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "model_type": "a section with keys",
    "dict_type": "a section with keys",
    "model_attributes_type": "a section with keys",
}
"""What is expected, by pydantic's name of the error."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the values of one configuration came from."""

    file: str
    lines: dict[Path, int]
    origins: Origins

    def place(self, path: Path) -> str:
        """Variable, or file and line, of the value at `path` or of the nearest table around it."""
        for depth in range(len(path), 0, -1):
            if path[:depth] in self.origins:
                return self.origins[path[:depth]]
            if path[:depth] in self.lines:
                return f"{self.file}:{self.lines[path[:depth]]}"
        return self.file


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with the configuration."""

    place: str
    key: str
    problem: str

    def __str__(self) -> str:
        return (
            f"{self.place}: {self.key}: {self.problem}"
            if self.key
            else f"{self.place}: {self.problem}"
        )


def faults_of(error: ValidationError, model: type[BaseModel], source: Source) -> list[Fault]:
    """Every fault that `error` carries, in the order of the file."""
    found = [fault for details in error.errors() for fault in _faults(details, model, source)]
    return sorted(found, key=lambda fault: _order(fault.place))


def key_text(path: Path) -> str:
    """A path as `deploy.assets[2].band`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _faults(details: ErrorDetails, model: type[BaseModel], source: Source) -> Iterator[Fault]:
    path: Path = tuple(details["loc"])
    if details["type"] == "placed":
        for below, problem in details["ctx"]["faults"]:
            whole = (*path, *below)
            yield Fault(source.place(whole), key_text(whole), problem)
    else:
        yield Fault(source.place(path), key_text(path), _problem(details, model, path))


def _problem(details: ErrorDetails, model: type[BaseModel], path: Path) -> str:
    kind = details["type"]
    if kind == "missing":
        return f"is missing{_purpose(model, path)}"
    if kind == "extra_forbidden":
        return _unknown_key(model, path)
    if kind == "wrong_value":
        return f"is {_shown(path, details['input'])}, {details['msg']}"
    return f"is {_shown(path, details['input'])}, expected {_expected(details)}"


def _expected(details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    bounds = {
        "greater_than_equal": "at least",
        "less_than_equal": "at most",
        "less_than": "less than",
    }
    if kind in bounds:
        return f"{bounds[kind]} {next(iter(context.values()))}"
    if kind == "literal_error":
        return f"one of {context['expected']}"
    if kind in ("too_short", "too_long"):
        return f"{context.get('min_length', context.get('max_length'))} entries"
    return EXPECTED.get(kind, details["msg"])


def _unknown_key(model: type[BaseModel], path: Path) -> str:
    known = sorted(_fields_at(model, path[:-1]))
    close = difflib.get_close_matches(str(path[-1]), known, n=1)
    hint = f'; did you mean "{close[0]}"?' if close else ""
    return f"unknown key, expected one of {', '.join(known)}{hint}"


def _purpose(model: type[BaseModel], path: Path) -> str:
    section = model_at(model, path)
    return f": {section.__doc__.rstrip('.')}" if section and section.__doc__ else ""


def _fields_at(model: type[BaseModel], path: Path) -> dict[str, Any]:
    section = model_at(model, path)
    return dict(section.model_fields) if section else {}


def model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The section that `path` names, or None if it names a value."""
    named = False
    for part in path:
        # Positions in a list, and names that the user chose, lead no deeper.
        if isinstance(part, int) or named:
            named = False
            continue
        field = model.model_fields.get(part)
        inner = _model_in(field.annotation) if field else None
        if field is None or inner is None:
            return None
        named = get_origin(field.annotation) is dict
        model = inner
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(inner) for inner in get_args(annotation))
    return next((inner for inner in found if inner), None)


def _shown(path: Path, value: object) -> str:
    """The value as it may be shown: addresses of nodes carry secrets."""
    if isinstance(value, dict | list):
        return "a section" if isinstance(value, dict) else "a list"
    if any(str(part).endswith(("url", "urls")) for part in path):
        return f'"{redact_url(str(value))}"' if "://" in str(value) else "not shown"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    short = text if len(text) <= 80 else f"{text[:77]}..."
    return f'"{short}"' if isinstance(value, str) else short


def _order(place: str) -> tuple[bool, int, str]:
    file, _, line = place.rpartition(":")
    return (not line.isdecimal(), int(line) if line.isdecimal() else 0, file or place)
