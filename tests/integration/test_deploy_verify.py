"""What is shown to a block explorer compiles to what lives on the chain; its key stays hidden."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import solcx
from integration.twin import open_twin
from integration.twin_bench import bench_at
from trimtab.chain.artifacts import load
from trimtab.deploy.explorer import Explorer, Submission
from trimtab.deploy.record import input_path
from trimtab.errors import BadInput, ExplorerFailed

SOLC = Path(__file__).parents[2] / "scripts" / "solc"
KEY = "KEYKEYKEY7777"


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    with open_twin("base-sepolia") as twin:
        bench = bench_at(twin, tmp_path_factory.mktemp("verify"))
        bench.deploy()
        yield bench


class Handler(BaseHTTPRequestHandler):
    """An explorer that gives its prepared answers and keeps what it was asked."""

    def do_GET(self):
        self.answer(parse_qs(urlsplit(self.path).query, keep_blank_values=True))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        query = parse_qs(urlsplit(self.path).query)
        self.answer(query | parse_qs(body, keep_blank_values=True))

    def answer(self, fields):
        self.server.asked.append({name: values[0] for name, values in fields.items()})
        status, result = self.server.prepared.pop(0)
        content = (
            result
            if isinstance(result, bytes)
            else json.dumps({"status": status, "message": "", "result": result}).encode()
        )
        self.send_response(200 if status in "01" else int(status))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@contextmanager
def explorer_saying(*prepared):
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.prepared, server.asked = list(prepared), []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server, f"http://127.0.0.1:{server.server_port}/v2/api"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Pause:
    """Counts pauses instead of waiting."""

    def __init__(self):
        self.count = 0

    def sleep(self, seconds):
        self.count += 1


SUBMISSION = Submission("0x" + "11" * 20, "contracts/Vault.sol:Vault", "v0.8.37", "aa", {"a": 1})


def test_the_input_links_each_library_at_its_address(bench):
    standard = json.loads(input_path(bench.record_file).read_text())

    contracts = bench.record.content["contracts"]
    linked = {
        f"{file}:{name}": address
        for file, named in standard["settings"]["libraries"].items()
        for name, address in named.items()
    }
    needed = {library for name in contracts for library in load(name).links}
    assert linked == {contracts[name]["source"]: contracts[name]["address"] for name in needed}


@pytest.mark.deep
def test_the_file_beside_the_record_compiles_to_the_code_that_was_sent(bench):
    standard = json.loads(input_path(bench.record_file).read_text())
    entries = bench.record.content["contracts"].values()
    standard["settings"]["outputSelection"] = {
        entry["source"].split(":")[0]: {"*": ["evm.bytecode.object"]} for entry in entries
    }

    compiled = solcx.compile_standard(standard, solc_binary=SOLC)["contracts"]

    for entry in entries:
        file, name = entry["source"].split(":")
        code = compiled[file][name]["evm"]["bytecode"]["object"]
        sent = bench.twin.request("eth_getTransactionByHash", entry["transaction"])["input"]
        assert sent == f"0x{code}{entry['encoded_arguments'].removeprefix('0x')}", name


def test_the_record_names_program_compiler_source_and_network(bench):
    content = bench.record.content

    assert content["network"] == "base-sepolia"
    assert content["compiler"].startswith("v0.8.37+commit.")
    assert content["contracts"]["Vault"]["source"] == "contracts/Vault.sol:Vault"
    lock = content["timelock"]
    assert (lock["address"], lock["delay"]) == (content["roles"]["owner"], 2 * 86_400)


def test_without_live_everything_to_paste_is_printed(bench):
    result = bench.done("verify", "--json")

    rows = {row["name"]: row for row in json.loads(result.stdout)["contracts"]}
    assert set(rows) == set(bench.record.content["contracts"])
    assert Path(rows["Vault"]["standard_input"]).is_file()
    assert len(rows["Vault"]["constructor_arguments"]) > 128
    assert rows["VaultLens"]["constructor_arguments"] == ""
    assert "contracts/Vault.sol:Vault" in bench.done("verify").stdout


def test_a_submission_carries_every_field_and_never_shows_its_key(bench):
    with explorer_saying(("1", "guid-1"), ("0", "Already Verified")) as (server, api):
        result = bench.done(
            *("verify", "--live", "--contract", "Mandate", "--api", api), TRIMTAB_EXPLORER_KEY=KEY
        )

    form, question = server.asked
    entry = bench.record.content["contracts"]["Mandate"]
    standard = json.loads(form.pop("sourceCode"))
    assert form == {
        "chainid": "84532",
        "module": "contract",
        "action": "verifysourcecode",
        "codeformat": "solidity-standard-json-input",
        "contractaddress": entry["address"],
        "contractname": "contracts/Mandate.sol:Mandate",
        "compilerversion": bench.record.content["compiler"],
        "constructorArguements": entry["encoded_arguments"].removeprefix("0x"),
        "apikey": KEY,
    }
    assert standard["language"] == "Solidity"
    assert question["action"] == "checkverifystatus"
    assert question["guid"] == "guid-1"
    assert "Already Verified" in result.stdout
    assert KEY not in result.output


def test_an_explorer_that_lags_is_asked_again_until_it_is_done():
    answers = [
        ("0", "Unable to locate ContractCode at 0x11"),
        ("0", "Max calls per sec rate limit reached"),
        ("1", "guid"),
        ("0", "Pending in queue"),
        ("0", "Pass - Verified"),
    ]
    pause = Pause()
    with explorer_saying(*answers) as (server, api):
        words = Explorer(api, 1, KEY, pause).verify(SUBMISSION)

    assert words == "Pass - Verified"
    assert len(server.asked) == 5
    assert pause.count == 3


@pytest.mark.parametrize(
    ("answers", "error", "words"),
    [
        ([("0", f"Invalid API Key {KEY}")], BadInput, "refused to verify Vault: Invalid API Key …"),
        ([("1", "g"), ("0", "Fail - Unable to verify")], BadInput, "Fail - Unable to verify"),
        ([("1", b"<html>")], ExplorerFailed, "something else than a result"),
        ([("1", b"[" * 60_000)], ExplorerFailed, "something else than a result"),
        ([("503", "busy")], ExplorerFailed, "HTTP status 503"),
        ([("302", "moved")], ExplorerFailed, "HTTP status 302"),
    ],
)
def test_a_refusal_or_a_strange_answer_is_repeated_without_the_key(answers, error, words):
    with explorer_saying(*answers) as (_, api), pytest.raises(error) as caught:
        Explorer(api, 1, KEY, Pause()).verify(SUBMISSION)

    assert words in str(caught.value)
    assert KEY not in str(caught.value)


def test_an_explorer_that_cannot_be_reached_is_a_passing_failure():
    with pytest.raises(ExplorerFailed, match="no answer") as caught:
        Explorer("http://127.0.0.1:9/", 1, KEY, Pause()).verify(SUBMISSION)

    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "key", "sentence"),
    [
        (("--live",), "", "TRIMTAB_EXPLORER_KEY is not set"),
        (("--live", "--api", "http://explorer.example/api"), KEY, "expected https://"),
        (("--contract", "Vaults"), "", "--contract names Vaults, expected one of "),
    ],
)
def test_what_is_missing_for_a_submission_is_named(bench, arguments, key, sentence):
    result = bench.run("verify", *arguments, TRIMTAB_EXPLORER_KEY=key)

    assert result.exit_code == 2
    assert sentence in result.stderr
