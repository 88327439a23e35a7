"""`TRIMTAB__SECTION__KEY` variables, which take the place of values in the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trimtab.cli.settings.fields import FromVariable
from trimtab.cli.settings.lines import Path

PREFIX = "TRIMTAB__"
"""Beginning of every such variable; `__` also stands between the parts of a path."""

Origins = dict[Path, str]
"""Which variable gave the value at a path."""


def apply_overrides(
    values: dict[str, Any], environment: Mapping[str, str]
) -> tuple[Origins, list[tuple[str, str]]]:
    """Put the values of variables into `values`.

    Returns
    -------
    tuple[Origins, list[tuple[str, str]]]
        Where each value came from, and the variables that fit nowhere with what is wrong.
    """
    origins: Origins = {}
    misfits: list[tuple[str, str]] = []
    for name in sorted(environment):
        if not name.startswith(PREFIX):
            continue
        path = _known(values, _path_of(name))
        problem = _put(values, path, FromVariable(environment[name]))
        if problem:
            misfits.append((name, problem))
        else:
            origins[path] = name
    return origins, misfits


def _path_of(name: str) -> Path:
    parts = name.removeprefix(PREFIX).lower().split("__")
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def _known(values: dict[str, Any], path: Path) -> Path:
    """The path with its keys as the file writes them: a variable has no case, a symbol does."""
    found: list[str | int] = []
    container: Any = values
    for part in path:
        named = isinstance(container, dict) and isinstance(part, str)
        alike = [key for key in container if key.lower() == part] if named else []
        found.append(alike[0] if len(alike) == 1 else part)
        try:
            container = container[found[-1]]
        except (KeyError, IndexError, TypeError):
            container = None
    return tuple(found)


def _put(values: dict[str, Any], path: Path, value: FromVariable) -> str:
    """Put one value at `path`; what is in the way, or nothing."""
    container: Any = values
    for depth, part in enumerate(path[:-1]):
        if isinstance(container, dict) and isinstance(part, str):
            container = container.setdefault(part, {})
        elif isinstance(container, list) and isinstance(part, int) and part < len(container):
            container = container[part]
        else:
            return _misfit(path, depth)
    last = path[-1]
    named = isinstance(container, dict) and isinstance(last, str) and last != ""
    counted = isinstance(container, list) and isinstance(last, int) and last < len(container)
    if not named and not counted:
        return _misfit(path, len(path) - 1)
    container[last] = value
    return ""


def _misfit(path: Path, depth: int) -> str:
    parent = ".".join(str(part) for part in path[:depth]) or "the file"
    return f'{parent} has no place for "{path[depth]}": expected a key, or a position in its list'
