"""A keeper that runs for long holds no more memory and no more files than at its beginning."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from faults.scene import KEY_VARIABLE
from trimtab.local.accounts import local_accounts

MOST_GROWTH = 4 * 1024 * 1024
"""Bytes between the first quarter and the end: what allocators do, and no leak of 3 kB a block."""


def soak(scene, blocks):
    program = Path(__file__).with_name("soaking.py")
    done = subprocess.run(
        [
            sys.executable,
            program,
            scene.settings(scene.desk.chain.url),
            scene.desk.chain.url,
            str(blocks),
        ],
        env=os.environ
        | {KEY_VARIABLE: local_accounts().keeper.key.hex()}
        | {"TRIMTAB__KEEPER__JOURNAL": str(scene.journal)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "blocks",
    [
        pytest.param(2_000, id="2000"),
        pytest.param(20_000, id="20000", marks=pytest.mark.deep),
    ],
)
@pytest.mark.timeout(3_600)
def test_memory_and_files_stay_flat(scene, blocks):
    samples = soak(scene, blocks)
    print(samples)  # noqa: T201 (pytest -rP shows it)

    settled, last = samples[len(samples) // 4], samples[-1]
    assert scene.rebalances() == 1
    assert last["files"] <= settled["files"]
    assert last["bytes"] - settled["bytes"] < MOST_GROWTH, samples
