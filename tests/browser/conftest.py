"""A vault on anvil, served by `trimtab serve`, in Debian's Chromium with a wallet of its own."""

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from integration.cli_desk import Desk, open_desk
from playwright.sync_api import Browser, Page, expect, sync_playwright
from trimtab.local.accounts import local_accounts

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 15_000
WEIGHED = '\n[keeper.volatility]\nBTC = "60 %"\n'
"""With this in its file a keeper weighs what a rebalance is worth."""
expect.set_options(timeout=PATIENCE_MS)
SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
WALLET = """
window.ethereum = {
  request: async ({ method, params }) => {
    const answer = await window.walletAsk(method, JSON.stringify(params ?? []));
    const found = JSON.parse(answer);
    if (!found.error) return found.result;
    throw Object.assign(new Error(found.error.message), found.error);
  },
  on() {},
  removeListener() {},
};
"""


@dataclass
class Wallet:
    """Sends by anvil, as the holder; a test may have it refuse, sign nothing, or be elsewhere."""

    url: str
    chain_id: int
    refuses: bool = False
    signs: bool = True

    def ask(self, method, params):
        if method in ("eth_requestAccounts", "eth_accounts"):
            return json.dumps({"result": [local_accounts().holder.address]})
        if method == "eth_chainId":
            return json.dumps({"result": hex(self.chain_id)})
        if method == "wallet_switchEthereumChain":
            return json.dumps({"error": {"code": 4902, "message": "unknown chain"}})
        if method == "eth_sendTransaction" and self.refuses:
            return json.dumps({"error": {"code": 4001, "message": "declined"}})
        if method == "eth_signTypedData_v4":
            return json.dumps(self._signed(json.loads(params)[1]))
        return json.dumps(ask(self.url, method, json.loads(params)))

    def _signed(self, typed):
        if self.refuses:
            return {"error": {"code": 4001, "message": "declined"}}
        if not self.signs:
            return {"error": {"code": -32601, "message": "the method does not exist"}}
        signed = local_accounts().holder.sign_typed_data(full_message=json.loads(typed))
        return {"result": "0x" + signed.signature.hex().removeprefix("0x")}


def ask(url, method, params):
    question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return requests.post(url, json=question, timeout=10).json()


@dataclass
class Served:
    """A vault's desk and the address of its page."""

    desk: Desk
    url: str


@contextmanager
def serving(folder, *, arguments=(), **environment):
    """`trimtab serve` as a process of its own; its address."""
    command = [sys.executable, "-m", "trimtab", "serve", "--port", "0", *arguments]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = process.stdout.readline()
        found = re.search(r"http://\S+", said)
        assert found, said + process.stdout.read()
        yield found.group().rstrip(",")
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    with open_desk(folder) as desk:
        desk.deploy()
        desk.move(BTC="1.25")
        desk.config.write_text(desk.config.read_text() + WEIGHED)
        some = {"TRIMTAB__KEEPER__COST_MULTIPLE": "0.001"}
        done = desk.run("keeper", "once", "--live", who="keeper", **some)
        assert "rebalance" in done.output, done.output
        ask(desk.chain.url, "anvil_autoImpersonateAccount", [True])
        with serving(folder) as url:
            yield Served(desk, url)


@pytest.fixture(scope="session")
def browser():
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is missing; install Debian's package chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def wallet(served):
    return Wallet(served.desk.chain.url, served.desk.record.chain_id)


@pytest.fixture
def open_page(browser: Browser, request):
    """Opens an address; whatever the page complains of fails the test, but for its requests.

    `config` stands in for what the host says at config.json: an object, or a status. `prepare` may
    do with the page what it likes before it opens.
    """
    contexts = []

    def opened(url, *, wallet=None, config=None, prepare=None, **options) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        if wallet is not None:
            page.expose_function("walletAsk", wallet.ask)
            page.add_init_script(WALLET)
        if config is not None:
            answer = {"status": config} if isinstance(config, int) else {"json": config}
            page.route("**/config.json", lambda route: route.fulfill(**answer))
        if prepare is not None:
            prepare(page)
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.set_default_timeout(PATIENCE_MS)
        page.goto(url)
        return page

    yield opened
    SHOTS.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "_", request.node.name)
    for context in contexts:
        for page in context.pages:
            page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
            assert not page.faults
        context.close()
