"""Outside programs and bytecode are taken from where they were named, or from the checkout."""

import json

import pytest
from trimtab.errors import LocalChainError
from trimtab.local.packages import (
    ANVIL_VARIABLE,
    NODE_MODULES_VARIABLE,
    anvil_binary,
    creation_code,
    node_modules,
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "@uniswap").mkdir()
    return tmp_path


def test_a_folder_that_is_given_comes_first(folder, monkeypatch, tmp_path):
    monkeypatch.setenv(NODE_MODULES_VARIABLE, str(tmp_path / "elsewhere"))

    assert node_modules(folder) == folder


def test_a_folder_that_the_environment_names_comes_before_the_checkouts(folder, monkeypatch):
    monkeypatch.setenv(NODE_MODULES_VARIABLE, str(folder))

    assert node_modules() == folder


def test_a_folder_without_the_packages_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(LocalChainError, match=rf"no @uniswap packages in {tmp_path}: run `npm ci`"):
        node_modules(tmp_path)


def test_bytecode_is_read_from_an_artifact(folder):
    (folder / "A.json").write_text(json.dumps({"bytecode": "0x6001"}))

    assert creation_code(folder, "A.json") == b"\x60\x01"


@pytest.mark.parametrize(
    "text", ["{}", "not json", '{"bytecode": "0xzz"}', '{"bytecode": 5}', "[]"]
)
def test_an_artifact_that_is_none_is_named(folder, text):
    (folder / "A.json").write_text(text)

    with pytest.raises(LocalChainError, match=rf"{folder}/A.json is not an artifact"):
        creation_code(folder, "A.json")


def test_a_missing_artifact_is_named(folder):
    with pytest.raises(LocalChainError, match=rf"no artifact {folder}/A.json"):
        creation_code(folder, "A.json")


def test_anvil_is_the_program_that_the_environment_names(tmp_path, monkeypatch):
    program = tmp_path / "anvil"
    program.write_text("")
    monkeypatch.setenv(ANVIL_VARIABLE, str(program))

    assert anvil_binary() == program


def test_a_missing_anvil_is_refused_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv(ANVIL_VARIABLE, str(tmp_path / "anvil"))

    with pytest.raises(LocalChainError, match=rf"anvil is not at {tmp_path}/anvil: run `npm ci`"):
        anvil_binary()
