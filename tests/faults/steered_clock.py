"""A wall clock that a test moves while a keeper runs."""

import os

CODE = """
import time
from pathlib import Path
real, offset = time.time, Path(__file__).with_name("offset")
time.time = lambda: real() + float(offset.read_text())
"""


class SteeredClock:
    """What a keeper that is started with `variables` takes for the time."""

    def __init__(self, folder):
        self.folder = folder / "clock"
        self.folder.mkdir()
        self.ahead(0)
        (self.folder / "sitecustomize.py").write_text(CODE)
        paths = [str(self.folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.variables = {"PYTHONPATH": os.pathsep.join(paths)}

    def ahead(self, seconds):
        """Have it be so far ahead of this machine's."""
        written = self.folder / "next"
        written.write_text(str(seconds))
        written.replace(self.folder / "offset")
