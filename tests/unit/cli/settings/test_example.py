"""The model file loads as it stands, and explains every key there is."""

import re
import tomllib
from importlib.resources import files

import pytest
from trimtab.cli.settings import load_settings
from trimtab.cli.settings.faults import model_at
from trimtab.cli.settings.schema import Settings

EXAMPLE = files("trimtab.cli.settings").joinpath("example.toml")


def test_the_example_has_no_faults(tmp_path):
    file = tmp_path / "trimtab.toml"
    file.write_text(EXAMPLE.read_text())

    settings = load_settings(file, {})

    assert [asset.symbol for asset in settings.deploy.assets] == ["USDC", "cbBTC", "WETH", "LINK"]


SECTIONS = [
    ("targets",),
    ("targets", "views"),
    ("targets", "groups"),
    ("node",),
    ("vault",),
    ("keys",),
    ("keeper",),
    ("deploy",),
    ("deploy", "uniswap"),
]
SECTIONS += [("monitor",), ("alerts",), ("fleet",), ("signers",)]
SECTIONS += [("deploy", name) for name in ("roles", "limits", "assets", "routes")]


@pytest.mark.parametrize("path", SECTIONS, ids=".".join)
def test_every_key_of_a_section_stands_in_the_example(path):
    words = set(re.findall(r"\w+", EXAMPLE.read_text()))

    assert set(model_at(Settings, path).model_fields) <= words


def test_defaults_in_the_example_are_the_defaults_of_the_program(tmp_path):
    values = tomllib.loads(EXAMPLE.read_text())
    file = tmp_path / "trimtab.toml"
    file.write_text(EXAMPLE.read_text())
    limits = load_settings(file, {}).deploy.limits

    defaults = type(limits)()

    assert limits == defaults
    assert set(values["deploy"]["limits"]) == set(type(limits).model_fields)
