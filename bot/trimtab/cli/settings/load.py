"""Read the configuration: one TOML file, variables on top, every fault reported at once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from trimtab.cli.settings.faults import Fault, Source, faults_of
from trimtab.cli.settings.lines import line_numbers
from trimtab.cli.settings.overrides import apply_overrides
from trimtab.cli.settings.schema import Settings
from trimtab.errors import BadInput, ConfigFaults


def load_settings(file: FilePath, environment: Mapping[str, str]) -> Settings:
    """The settings of `file`, with `TRIMTAB__…` variables of `environment` in their place.

    Raises
    ------
    BadInput
        If the file cannot be read.
    ConfigFaults
        With every fault that was found.
    """
    text = _read(file)
    try:
        values: dict[str, Any] = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigFaults([f"{file}: not valid TOML: {error}"]) from None
    origins, misfits = apply_overrides(values, environment)
    source = Source(str(file), line_numbers(text), origins)
    faults = [Fault(name, "", problem) for name, problem in misfits]
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        faults = faults_of(error, Settings, source) + faults
        raise ConfigFaults([str(fault) for fault in faults]) from None
    if faults:
        raise ConfigFaults([str(fault) for fault in faults])
    return settings


def _read(file: FilePath) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput(
            f"{file}: no such file; write one (`trimtab config example` prints a model) or name "
            "another with --config"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: cannot be read: {error}") from None
