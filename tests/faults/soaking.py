"""A keeper through many blocks as fast as it can; prints what it holds of memory and files.

Run as a program of its own, so that nothing else is counted: CONFIG ANVIL BLOCKS.
"""

import gc
import json
import os
import sys
from pathlib import Path

from trimtab import telemetry
from trimtab.chain.transport import HttpTransport
from trimtab.cli.duty import keeper_on_duty
from trimtab.cli.session import Session
from trimtab.cli.watching import watched

SAMPLES = 20


def held():
    """Memory in bytes, and open files."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "bytes": pages * os.sysconf("SC_PAGE_SIZE"),
        "files": sum(1 for _ in Path("/proc/self/fd").iterdir()),
    }


def main(config, anvil, blocks):
    telemetry.configure("json", level="error")
    session = Session(Path(config))
    chain = HttpTransport(anvil)
    samples = []
    with (
        keeper_on_duty(session, live=True, public=False) as duty,
        watched(session, duty) as watch,
    ):
        for block in range(1, blocks + 1):
            chain.request("anvil_mine", ["0x1"])
            watch.step(session.node.head())
            if block % (blocks // SAMPLES) == 0:
                samples.append({"block": block} | held())
    print(json.dumps(samples))  # noqa: T201 (what the test reads)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
