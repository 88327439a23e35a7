"""Artifacts say the same bytes every time, and a stale one is named."""

import json

import pytest

from scripts.build_contracts import artifact, check, is_internal_library

LIBRARY = "__$" + "a1" * 17 + "$__"


def contract(code="6001", links=None, immutables=None):
    part = {"object": code, "linkReferences": links or {}}
    return {
        "abi": [{"type": "fallback"}],
        "evm": {
            "bytecode": part,
            "deployedBytecode": part | {"immutableReferences": immutables or {}},
        },
    }


def test_zeros_stand_where_a_library_will_be_linked():
    places = {"contracts/libraries/L.sol": {"L": [{"start": 1, "length": 20}]}}

    content = json.loads(artifact(contract(f"73{LIBRARY}00", places)))

    assert content["bytecode"] == "0x73" + "00" * 20 + "00"
    assert content["links"] == {"L": [1]}


def test_immutables_are_listed_in_the_order_of_the_code():
    unordered = {"9": [{"start": 70, "length": 32}], "12": [{"start": 5, "length": 32}]}

    content = json.loads(artifact(contract(immutables=unordered)))

    assert content["immutables"] == [[5, 32], [70, 32]]


def test_a_library_without_an_interface_is_not_shipped():
    internal = contract() | {"abi": []}

    assert is_internal_library(internal)
    assert not is_internal_library(contract())


@pytest.mark.parametrize(
    ("committed", "code", "named"),
    [
        pytest.param({"A.json": "1"}, 0, None, id="equal"),
        pytest.param({"A.json": "2"}, 1, "A.json", id="changed"),
        pytest.param({}, 1, "A.json", id="missing"),
        pytest.param({"A.json": "1", "B.json": "1"}, 1, "B.json", id="left-over"),
    ],
)
def test_a_stale_artifact_is_named(tmp_path, capsys, committed, code, named):
    for name, text in committed.items():
        (tmp_path / name).write_text(text)

    assert check({"A.json": "1"}, tmp_path) == code

    said = capsys.readouterr().out
    assert (f"{named} is not what the sources compile to" in said) == (named is not None)
