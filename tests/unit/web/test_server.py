"""The server describes its API, keeps strange pages out and serves nothing but its files."""

import sys

import pytest
from fastapi.testclient import TestClient
from trimtab.domain.units import WAD
from trimtab.errors import NodeUnreachable
from trimtab.store.database import Database
from trimtab.store.event_index import EventIndex
from trimtab.web import server
from trimtab.web.models import PlaceModel
from trimtab.web.past import PastReader
from trimtab.web.sight import Sight
from unit.history.test_indexer import LOGS, VAULT, FakeChain, indexer
from unit.web.test_relay import FakeTransport, question

ADDRESS = "0x" + "12" * 20


@pytest.fixture
def view():
    return {"calls": 0}


@pytest.fixture
def past():
    """The history of a vault that was rebalanced once."""
    with Database(None) as database:
        index = EventIndex(database, 1, VAULT)
        reader = PastReader(indexer(FakeChain(100, LOGS), index), index, vault=VAULT, first=0)
        reader.catch_up()
        yield reader


@pytest.fixture
def client(tmp_path, monkeypatch, past):
    (tmp_path / "index.html").write_text("<title>Trimtab</title>")
    monkeypatch.setattr(server, "built_page", lambda: tmp_path)

    def broken():
        raise NodeUnreachable("a node", "no answer")

    sight = Sight(
        place=PlaceModel(chainId=1, rpc="./rpc", vault=ADDRESS, lens=ADDRESS, fromBlock=5),
        transport=FakeTransport(),
        view=broken,
        past=past,
        operator=None,
        hosts=("testserver",),
    )
    return TestClient(server.create_app(sight))


def test_the_page_is_at_the_root_under_a_strict_policy(client):
    answer = client.get("/")

    assert "<title>Trimtab</title>" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_page_learns_where_the_vault_is(client):
    assert client.get("/config.json").json() == {
        "chainId": 1,
        "rpc": "./rpc",
        "vault": ADDRESS,
        "lens": ADDRESS,
        "fromBlock": 5,
    }


def test_the_api_describes_itself_and_can_only_be_read(client):
    described = client.get("/api/v1/openapi.json").json()

    assert list(described["paths"]) == ["/api/v1/vault", "/api/v1/history"]
    assert {tuple(methods) for methods in described["paths"].values()} == {("get",)}
    assert "nav" in described["components"]["schemas"]["VaultModel"]["properties"]


def test_the_history_is_told_newest_first_and_older_ones_on_demand(client):
    newest = client.get("/api/v1/history").json()
    older = client.get("/api/v1/history", params={"before": 0}).json()

    assert (newest["count"], newest["last_block"], newest["complete"]) == (1, 100, True)
    assert newest["rebalances"][0]["legs"][0]["amount_in"] == "5"
    assert newest["per_share"] == [[50, 600, str(2 * WAD)]]
    assert (older["rebalances"], older["per_share"]) == ([], [])


@pytest.mark.parametrize("query", ["before=-1", "limit=1000", "before=x", f"before={2**64}"])
def test_a_bad_question_for_history_is_refused(client, query):
    assert client.get(f"/api/v1/history?{query}").status_code == 422


def test_a_node_that_is_down_is_said_in_words(client):
    answer = client.get("/api/v1/vault")

    assert answer.status_code == 502
    assert "a node" in answer.json()["error"]


def test_questions_are_handed_to_the_node(client):
    assert client.post("/rpc", json=question()).json()["result"] == ["eth_chainId", []]


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b" " * (server.LONGEST_QUESTION + 1)])
def test_what_is_no_question_is_refused(client, body):
    assert "error" in client.post("/rpc", content=body).json()


def test_nothing_but_brackets_does_not_end_the_server(client):
    """The chain inside the process lifts Python's limit of recursion to this one."""
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(100_000)
        answer = client.post("/rpc", content=b"[" * 100_000)
    finally:
        sys.setrecursionlimit(limit)

    assert "error" in answer.json()


def test_another_host_name_is_refused(client):
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("path", ["/../pyproject.toml", "/%2e%2e/server.py", "/server.py"])
def test_nothing_but_the_page_is_served(client, path):
    assert client.get(path).status_code == 404
