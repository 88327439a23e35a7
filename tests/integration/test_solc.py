"""The compiler behind `scripts/solc` reads what it is allowed to read and nothing else."""

import json
import subprocess
from pathlib import Path

SOLC = Path(__file__).parents[2] / "scripts" / "solc"


def solc(*arguments, sources=None, files=("*",)):
    selection = {file: {"*": ["evm.bytecode.object"]} for file in files}
    task = {
        "language": "Solidity",
        "sources": sources or {},
        "settings": {"outputSelection": selection},
    }
    return subprocess.run(
        [SOLC, *arguments], input=json.dumps(task), capture_output=True, text=True, check=False
    )


def errors(result):
    return [e["message"] for e in json.loads(result.stdout).get("errors", [])]


def importing(name):
    return {"A.sol": {"content": f'pragma solidity 0.8.37; import "{name}"; contract A is B {{}}'}}


def test_the_pinned_version_is_told():
    assert "Version: 0.8.37+commit." in solc("--version").stdout


def test_imports_are_found_below_the_base_and_include_paths(tmp_path):
    base, include = tmp_path / "base", tmp_path / "include"
    base.mkdir()
    include.mkdir()
    (include / "B.sol").write_text("pragma solidity 0.8.37; contract B {}")

    paths = ["--base-path", str(base), "--include-path", str(include)]
    result = solc("--standard-json", *paths, sources=importing("B.sol"))

    assert json.loads(result.stdout)["contracts"]["B.sol"]["B"]["evm"]["bytecode"]["object"]


def test_a_file_outside_the_allowed_folders_is_refused(tmp_path):
    base, outside = tmp_path / "base", tmp_path / "outside"
    base.mkdir()
    outside.mkdir()
    (outside / "B.sol").write_text("pragma solidity 0.8.37; contract B {}")
    sources = importing(str(outside / "B.sol"))

    refused = solc("--standard-json", "--base-path", str(base), sources=sources)
    allowed = solc(
        "--standard-json",
        "--base-path",
        str(base),
        "--allow-paths",
        str(outside),
        sources=sources,
    )

    assert any("lies outside" in message for message in errors(refused))
    assert not any("lies outside" in message for message in errors(allowed))


def test_many_files_are_compiled_in_parts_as_they_are_together():
    sources = {"B.sol": {"content": "pragma solidity 0.8.37; contract B { uint256 public b; }"}}
    for number in range(40):
        code = f'pragma solidity 0.8.37; import "B.sol"; contract C{number} is B {{ int8 i; }}'
        sources[f"C{number}.sol"] = {"content": code}

    together = solc("--standard-json", sources=sources)
    in_parts = solc("--standard-json", sources=sources, files=sources)

    assert len(json.loads(together.stdout)["contracts"]) == 41
    assert json.loads(in_parts.stdout) == json.loads(together.stdout)


def test_what_is_wrong_with_many_files_is_said_once():
    wrong = {"content": "pragma solidity 0.8.37; contract C is Missing {}"}
    sources = {f"C{number}.sol": {"content": "contract C {}"} for number in range(40)}

    result = solc("--standard-json", sources=sources | {"C0.sol": wrong}, files=sources)

    assert len([message for message in errors(result) if "not found" in message]) == 1


def test_any_other_use_is_refused_with_what_was_expected():
    result = solc("--bin")

    assert result.returncode == 2
    assert "expected --version or --standard-json, got: --bin" in result.stderr
