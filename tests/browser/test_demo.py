"""`trimtab demo --serve` ends with the page of the demo's vault, read from the chain inside it."""

import os
import re
import subprocess
import sys

import pytest
from browser.test_access import findings
from playwright.sync_api import expect


@pytest.fixture
def demo(tmp_path):
    """A finished demo of sixty days: its page's address, and what it printed before."""
    command = [sys.executable, "-m", "trimtab", "demo", "--days", "60", "--serve", "--port", "0"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if "DISPLAY" not in name},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    said = ""
    try:
        for line in process.stdout:
            said += line
            if found := re.search(r"serving .* at (http://\S+),", line):
                break
        assert found, said
        yield found[1], said
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def test_the_page_shows_what_the_demo_did(demo, open_page):
    address, said = demo
    count = int(re.search(r"rebalances +(\d+)", said)[1])
    page = open_page(address)

    expect(page.get_by_role("heading", level=1)).to_contain_text("Trimtab Local")
    expect(page.locator("#rebalances")).to_have_text(str(count))
    rows = page.get_by_role("region", name="Rebalances").locator("tbody")
    expect(rows).to_have_count(count)
    expect(page.locator("tr[data-asset]")).to_have_count(4)
    assert count >= 1
    assert findings(page) == []
