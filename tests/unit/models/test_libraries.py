"""Without the research libraries everything starts, and what needs one says how to get it."""

import subprocess
import sys

WITHOUT = """
import sys
for name in ("arch", "cvxpy", "numba", "pandas", "plotly", "scipy", "sklearn", "skfolio",
             "threadpoolctl"):
    sys.modules[name] = None
"""


def run(code):
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + code], capture_output=True, text=True, check=False
    )


def test_all_verbs_load_without_the_research_libraries():
    result = run("from trimtab.cli.verbs import load_all; load_all()")

    assert result.returncode == 0, result.stderr


def test_what_needs_a_library_says_how_to_get_it():
    result = run("from trimtab.models.libraries import library; library('scipy.cluster.hierarchy')")

    assert "pip install 'trimtab[research]' brings it" in result.stderr
