"""Nothing secret leaves through a log line or an error message."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trimtab import telemetry

PRIVATE_KEY = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        pytest.param(
            "https://user:pass@rpc.example.org:8545/v3/abc?k=1",
            "https://rpc.example.org:8545/…",
            id="all-parts",
        ),
        pytest.param("http://127.0.0.1:8545", "http://127.0.0.1:8545", id="plain"),
        pytest.param(
            "https://rpc.example.org/?apikey=abc", "https://rpc.example.org/…", id="query-only"
        ),
    ],
)
def test_only_the_host_of_a_node_is_shown(url, shown):
    assert telemetry.redact_url(url) == shown


@given(secret=st.text("abcdefghijklmnop0123456789", min_size=12, max_size=40))
def test_a_key_in_the_path_of_a_node_is_hidden_in_any_sentence(secret):
    sentence = f"could not reach https://rpc.example.org/v2/{secret}, which timed out"

    assert secret not in telemetry.redact(sentence)


def test_the_words_around_an_address_are_kept():
    sentence = "no answer from http://127.0.0.1:9: refused; ask https://h.org/key, or wait."

    assert telemetry.redact(sentence) == (
        "no answer from http://127.0.0.1:9: refused; ask https://h.org/…, or wait."
    )


def test_a_bare_private_key_is_hidden_and_a_hash_is_not():
    shown = telemetry.redact(f"key {PRIVATE_KEY} hash 0x{PRIVATE_KEY}")

    assert shown == f"key [hidden] hash 0x{PRIVATE_KEY}"


def test_the_bytes_of_a_signed_transaction_are_cut_short():
    signed = "0x02f8" + "ab" * 120

    assert telemetry.redact(f"sent {signed}") == "sent 0x02f8abab…(122 bytes)"


@pytest.mark.parametrize(
    "name", ["private_key", "password", "PASSWORD", "signed_bytes", "mnemonic"]
)
def test_a_field_with_a_secret_name_is_hidden_whatever_it_holds(name):
    assert telemetry.redact_field(name, "anything") == "[hidden]"


def test_nested_fields_are_searched():
    shown = telemetry.redact_field("config", {"rpc": [{"password": "p"}, "https://h.org/k"]})

    assert shown == {"rpc": [{"password": "[hidden]"}, "https://h.org/…"]}


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_log_line_hides_secrets_in_fields_and_in_tracebacks(style):
    stream = io.StringIO()
    telemetry.configure(style, stream=stream)

    try:
        raise ValueError(f"bad key {PRIVATE_KEY}")
    except ValueError:
        telemetry.logger("chain").exception("failed", url="https://h.org/secretkey", block=7)

    written = stream.getvalue()
    assert PRIVATE_KEY not in written
    assert "secretkey" not in written
    assert "7" in written


def test_a_json_line_is_one_object_with_the_fields_given():
    stream = io.StringIO()
    telemetry.configure("json", stream=stream)

    telemetry.logger("keeper").info("decided", action="hold", nav=10**30)

    line = json.loads(stream.getvalue())
    assert (line["event"], line["room"], line["action"], line["nav"]) == (
        "decided",
        "keeper",
        "hold",
        10**30,
    )


def test_lines_below_the_level_are_not_written():
    stream = io.StringIO()
    telemetry.configure("json", level="warning", stream=stream)

    telemetry.logger("keeper").info("decided")

    assert stream.getvalue() == ""
