"""Runs the demo, opens its page in Chromium and keeps a picture of the upper part."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import ViewportSize, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
SIZE: ViewportSize = {"width": 900, "height": 1020}
COLOURS = 64
DEMO = ("demo", "--days", "120", "--serve", "--port", "0", "--picture", "build/demo.png")


@contextmanager
def demo_page() -> Iterator[str]:
    """The address of the page of a finished demo."""
    command = [sys.executable, "-m", "trimtab", *DEMO]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 (ours)
        try:
            yield _address(process)
        finally:
            process.terminate()


def _address(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or ():
        if found := re.search(r"serving \S+ at (http://[^ ,]+)", line):
            return found[1]
    raise SystemExit("the demo ended without serving its page")


def draw(file: Path) -> None:
    """Write the picture to `file`."""
    with demo_page() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(address)
        page.get_by_role("region", name="Rebalances").wait_for(timeout=60_000)
        shot = page.screenshot()
        browser.close()
    # The page has few colours: with a palette of its own the picture takes a third of the space.
    Image.open(BytesIO(shot)).convert("RGB").quantize(COLOURS).save(file, optimize=True)


def main(arguments: Sequence[str]) -> int:
    """Draw into the file that the one argument names."""
    if len(arguments) != 1:
        print("usage: page_picture.py FILE.png", file=sys.stderr)
        return 2
    draw(Path(arguments[0]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
