"""What an operation costs is what is written down: a change of gas is a change to be seen."""

import json
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_operation_costs_what_is_written_down():
    """After a change that is meant, `scripts/bench gas --write` writes the new figures."""
    measure = runpy.run_path(str(ROOT / "scripts" / "bench_gas.py"))["measure"]

    assert measure() == json.loads((ROOT / "docs" / "gas.json").read_text(encoding="utf-8"))
