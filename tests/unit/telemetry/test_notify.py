"""Alerts reach a service over the wire, and its address is repeated nowhere."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from trimtab.errors import BadInput
from trimtab.telemetry.notify import AppriseNotifier


@pytest.fixture
def service():
    """A service as apprise's `json://` speaks to it, what it got, and what it answers."""
    got, status = [], [200]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status[0])
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"json://user:hunter22@127.0.0.1:{server.server_address[1]}/sesame", got, status
        server.shutdown()
        thread.join()


def test_a_message_arrives(service):
    url, got, _ = service

    assert AppriseNotifier([url]).send("gas is low", "0.1 left")
    assert (got[0]["title"], got[0]["message"]) == ("gas is low", "0.1 left")


def test_a_service_that_refuses_is_noticed_and_its_address_is_not_repeated(service, capfd, caplog):
    url, _, status = service
    status[0] = 403

    assert not AppriseNotifier([url]).send("gas is low", "0.1 left")

    said = "".join(capfd.readouterr()) + caplog.text
    assert "hunter22" not in said
    assert "sesame" not in said


@pytest.mark.parametrize("url", ["", "nonsense", "nosuch://user:hunter22@host", "http//x"])
def test_an_address_that_no_service_has_is_refused_without_being_shown(url):
    with pytest.raises(BadInput, match="address 1 of 1") as caught:
        AppriseNotifier([url])

    assert "hunter22" not in str(caught.value)
