"""The field's libraries, loaded when first needed, so that a keeper starts without them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from trimtab.errors import BadInput


def library(name: str, extra: str = "research") -> Any:
    """The module called `name`, which an extra of the package brings.

    Raises
    ------
    BadInput
        If it is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as missing:
        raise BadInput(
            f"{missing.name} is not installed: pip install 'trimtab[{extra}]' brings it"
        ) from None
