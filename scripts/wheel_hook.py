"""Puts Uniswap's published bytecode into the wheel, so that the demo needs nothing from npm.

It is Uniswap's work under its own licence, so it stands in no commit: each build of a wheel takes
it from the pinned packages, with their licences and where their sources are. A build without those
packages makes a wheel without them, and the demo says what is missing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TARGET = "trimtab/local/shipped"
"""Folder in the wheel; inside it is what `node_modules` has."""

SCOPE = "@uniswap"

ARTIFACTS = {
    "v3-core": ("UniswapV3Factory.sol/UniswapV3Factory.json",),
    "v3-periphery": (
        "NonfungiblePositionManager.sol/NonfungiblePositionManager.json",
        "lens/QuoterV2.sol/QuoterV2.json",
    ),
    "swap-router-contracts": ("SwapRouter02.sol/SwapRouter02.json",),
}
"""What a local market is made of, by package."""

GPL3 = "v2-core/LICENSE"
"""The text of version 3 of the licence that all of them may be passed on under."""

NOTICE = """\
Compiled contracts of Uniswap V3, (c) Uniswap Labs, unchanged but for what a deployment does not
need. They are separate programs that run on a local chain; no part of Trimtab is made from them.

Passed on under the GNU General Public License, version 3 (COPYING-GPL-3). All of them are published
under version 2 or later of it; v3-core since its change date of 2023-04-01, as its LICENSE says.
Their complete sources, as published by Uniswap Labs:

{sources}
"""


class UniswapHook(BuildHookInterface):
    """Run by hatchling for every wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files to a wheel that is to be installed elsewhere."""
        root = Path(self.root)
        packages = root / "node_modules" / SCOPE
        if version == "editable" or not packages.is_dir():
            return
        folder = root / "build" / "shipped"
        collect(packages, folder)
        build_data["force_include"][str(folder)] = TARGET


def collect(packages: Path, folder: Path) -> None:
    """Write the bytecode, the licences and the notice of `packages` into `folder`."""
    sources = []
    for package, artifacts in ARTIFACTS.items():
        origin = packages / package
        about = json.loads((origin / "package.json").read_text())
        sources.append(f"  {package} {about['version']}: {_repository(about)}")
        for artifact in artifacts:
            place = f"artifacts/contracts/{artifact}"
            kept = {"bytecode": json.loads((origin / place).read_text())["bytecode"]}
            _write(folder / SCOPE / package / place, json.dumps(kept) + "\n")
        _write(folder / SCOPE / package / "LICENSE", (origin / "LICENSE").read_text())
    _write(folder / "COPYING-GPL-3", (packages / GPL3).read_text())
    _write(folder / "NOTICE", NOTICE.format(sources="\n".join(sources)))


def _repository(about: dict[str, Any]) -> str:
    found = about["repository"]
    address = found if isinstance(found, str) else found["url"]
    return str(address).removeprefix("git+").removesuffix(".git")


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
