"""Compile our contracts and write the artifacts that the package ships.

Native solc of the pinned version is used when it is installed or can be installed; otherwise the
npm `solc` behind `scripts/solc`. Both give the same bytes, and `--check` holds them against the
committed ones.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import solcx
from solcx.exceptions import SolcError, SolcNotInstalled

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "contracts"
ARTIFACTS = ROOT / "bot" / "trimtab" / "chain" / "artifacts"
EXPLORER_INPUT = ROOT / "bot" / "trimtab" / "deploy" / "sources.json"
OUTSIDE = {
    "TimelockController": "node_modules/@openzeppelin/contracts/governance/TimelockController.sol",
}
"""Contracts of others that a deployment creates as well, by name, and their sources."""

WRAPPER = ROOT / "scripts" / "solc"

TRIED = ROOT / "build" / "native-solc-tried"
"""Marks a checkout in which the native compiler was asked for once."""

INSTALL_SECONDS = 30
"""Longest wait for the native compiler, in seconds."""

PLACEHOLDER = re.compile(r"__\$[0-9a-f]{34}\$__")
"""What the compiler leaves where the address of a linked library belongs: 20 bytes."""


def main() -> int:
    """Write the artifacts, or with `--check` compare them; the exit code of the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--native", action="store_true", help="insist on the native compiler")
    arguments = parser.parse_args()

    output = compile_all(native_only=arguments.native)
    fresh = {f"{name}.json": text for name, text in build(output).items()}
    sources = explorer_input(output)
    if arguments.check:
        return check(fresh) | check({EXPLORER_INPUT.name: sources}, EXPLORER_INPUT.parent)
    for stale in {p.name for p in ARTIFACTS.glob("*.json")} - fresh.keys():
        (ARTIFACTS / stale).unlink()
    for name, text in fresh.items():
        (ARTIFACTS / name).write_text(text, encoding="utf-8")
    EXPLORER_INPUT.write_text(sources, encoding="utf-8")
    print(f"wrote {len(fresh)} artifacts to {ARTIFACTS.relative_to(ROOT)}, and their sources")
    return 0


def check(fresh: dict[str, str], folder: Path = ARTIFACTS) -> int:
    """Name every artifact in `folder` that differs from a fresh compile; 1 if there is one."""
    committed = {p.name: p.read_text(encoding="utf-8") for p in folder.glob("*.json")}
    differing = sorted(
        n for n in fresh.keys() | committed.keys() if fresh.get(n) != committed.get(n)
    )
    for name in differing:
        print(f"{name} is not what the sources compile to; run scripts/build_contracts")
    print(f"{len(fresh)} artifacts compared, {len(differing)} differ")
    return 1 if differing else 0


def our_sources() -> list[str]:
    """Files of our contracts."""
    return sorted(p.relative_to(ROOT).as_posix() for p in SOURCES.rglob("*.sol"))


def compile_all(*, native_only: bool = False) -> dict[str, Any]:
    """What the compiler says of all contracts that are shipped."""
    os.chdir(ROOT)
    try:
        output: dict[str, Any] = solcx.compile_standard(
            standard_input([*our_sources(), *OUTSIDE.values()]),
            solc_binary=compiler(native_only=native_only),
            base_path=ROOT,
        )
    except SolcError as error:
        raise SystemExit(error.message) from None
    report_problems(output.get("errors", []))
    return output


def explorer_input(output: dict[str, Any]) -> str:
    """What a block explorer needs to compile the same again: compiler, settings, every source."""
    metadata = json.loads(output["contracts"]["contracts/Vault.sol"]["Vault"]["metadata"])
    plain = standard_input([])
    plain["sources"] = {
        source: {"content": (ROOT / source).read_text(encoding="utf-8")}
        for source in sorted(output["sources"])
        if not source.startswith("contracts/mocks/LibraryHarness")
    }
    whole = {"compiler": f"v{metadata['compiler']['version']}", "input": plain}
    return json.dumps(whole, indent=1) + "\n"


def build(output: dict[str, Any]) -> dict[str, str]:
    """Artifacts of all our contracts, as JSON texts by contract name."""
    built = {name: artifact(output["contracts"][source][name]) for name, source in OUTSIDE.items()}
    for source in our_sources():
        for name, contract in output["contracts"].get(source, {}).items():
            if is_internal_library(contract):
                continue
            if name in built:
                raise SystemExit(f"{source}: two contracts are called {name}; names must differ")
            built[name] = artifact(contract)
    return built


def standard_input(sources: list[str]) -> dict[str, Any]:
    """The compiler's input, with the settings of `foundry.toml`."""
    settings = tomllib.loads((ROOT / "foundry.toml").read_text())["profile"]["default"]
    return {
        "language": "Solidity",
        "sources": {source: {"urls": [source]} for source in sources},
        "settings": {
            "remappings": [r for r in settings["remappings"] if r.startswith("@openzeppelin")],
            "evmVersion": settings["evm_version"],
            "viaIR": settings["via_ir"],
            "optimizer": {"enabled": settings["optimizer"], "runs": settings["optimizer_runs"]},
            "metadata": {
                "bytecodeHash": settings["bytecode_hash"],
                "appendCBOR": settings["cbor_metadata"],
            },
            "outputSelection": {
                "*": {"*": ["abi", "evm.bytecode", "evm.deployedBytecode", "metadata"]},
            },
        },
    }


def compiler(*, native_only: bool) -> Path:
    """Path of the compiler to use."""
    version = pinned_version()
    native = installed(version)
    if native is None and (native_only or not TRIED.exists()):
        native = install(version)
        TRIED.touch()
    if native is None and native_only:
        raise SystemExit(f"solc {version} cannot be installed: is solc's download site reachable?")
    return native or WRAPPER


def installed(version: str) -> Path | None:
    """Path of the native compiler, if it is on this machine."""
    try:
        return Path(solcx.install.get_executable(version))
    except SolcNotInstalled:
        return None


def install(version: str) -> Path | None:
    """Path of the native compiler after fetching it; nothing where that is slow or refused."""
    # A process of its own, because py-solc-x waits for a silent network without limit.
    command = [sys.executable, "-c", f"import solcx; solcx.install_solc({version!r})"]
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(command, capture_output=True, timeout=INSTALL_SECONDS, check=False)  # noqa: S603 - our own words
    return installed(version)


def pinned_version() -> str:
    """Version of the compiler that the sources ask for."""
    manifest = json.loads((ROOT / "package.json").read_text())
    version: str = manifest["dependencies"]["solc"]
    return version


def report_problems(problems: list[dict[str, Any]]) -> None:
    """Print warnings about our own files; py-solc-x has raised for errors."""
    for problem in problems:
        where = problem.get("sourceLocation", {}).get("file", "")
        if where.startswith("contracts/"):
            print(problem["formattedMessage"], file=sys.stderr)


def is_internal_library(contract: dict[str, Any]) -> bool:
    """Whether all of a library's code is copied into its users, so that nobody deploys it."""
    return not contract["abi"] and contract["evm"]["bytecode"]["object"] != ""


def artifact(contract: dict[str, Any]) -> str:
    """The artifact of one contract: what deploys it, calls it and recognises it."""
    creation, deployed = contract["evm"]["bytecode"], contract["evm"]["deployedBytecode"]
    content = {
        "abi": contract["abi"],
        "bytecode": unlinked(creation["object"]),
        "links": offsets(creation["linkReferences"]),
        "deployedBytecode": unlinked(deployed["object"]),
        "deployedLinks": offsets(deployed["linkReferences"]),
        "immutables": sorted(
            [place["start"], place["length"]]
            for places in deployed.get("immutableReferences", {}).values()
            for place in places
        ),
    }
    return json.dumps(content, separators=(",", ":"), sort_keys=True) + "\n"


def unlinked(code: str) -> str:
    """Bytecode with zeros where a library's address belongs."""
    return "0x" + PLACEHOLDER.sub("00" * 20, code)


def offsets(references: dict[str, Any]) -> dict[str, list[int]]:
    """Where the address of each linked library belongs, in bytes from the start."""
    return {
        name: sorted(place["start"] for place in places)
        for libraries in references.values()
        for name, places in libraries.items()
    }


if __name__ == "__main__":
    sys.exit(main())
