"""A keystore gives back the key to whoever has the password, and tells nobody else anything."""

import json
import stat

import pytest
from eth_account import Account
from trimtab.cli import keystore
from trimtab.errors import KeystoreError

ACCOUNT = Account.from_key("0x" + "4c" * 32)
WORK = 2
"""Scrypt's least cost: the tests are not about guessing."""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "keys" / "keeper.json"
    keystore.write_keystore(path, ACCOUNT, "right", work=WORK)
    return path


def test_the_right_password_opens_it(file):
    assert keystore.open_keystore(file, "right").key == ACCOUNT.key


def test_only_the_owner_may_read_it(file):
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(("mode", "exposed"), [(0o600, False), (0o640, True), (0o604, True)])
def test_a_keystore_that_others_can_read_is_exposed(file, mode, exposed):
    file.chmod(mode)

    assert keystore.is_exposed(file) is exposed


def test_the_wrong_password_is_called_wrong(file):
    with pytest.raises(KeystoreError, match="the password is wrong"):
        keystore.open_keystore(file, "wrong")


def test_the_address_is_known_without_a_password(file):
    assert keystore.keystore_address(file) == ACCOUNT.address


def test_an_existing_file_is_never_overwritten(file):
    before = file.read_bytes()

    with pytest.raises(KeystoreError, match="it was not touched"):
        keystore.write_keystore(file, ACCOUNT, "other", work=WORK)

    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"crypto": {}, "version": 3}',
        '{"crypto": 1, "version": 3}',
        '{"version": 9, "crypto": {}}',
    ],
)
def test_anything_else_is_not_a_keystore(tmp_path, content):
    file = tmp_path / "x.json"
    file.write_text(content)

    with pytest.raises(KeystoreError, match="not a keystore"):
        keystore.open_keystore(file, "right")


@pytest.mark.parametrize(
    ("name", "value"), [("p", 2**25), ("dklen", 2**70), ("n", 0), ("c", "many"), ("r", True)]
)
def test_a_keystore_that_would_take_for_ever_is_refused(file, name, value):
    content = json.loads(file.read_text())
    content["crypto"]["kdfparams"][name] = value
    file.write_text(json.dumps(content))

    with pytest.raises(KeystoreError, match=f"{name} of its key derivation"):
        keystore.open_keystore(file, "right")


@pytest.mark.parametrize("content", ["[" * 100_000, '{"crypto": ' + "9" * 5000 + "}"])
def test_a_file_that_the_parser_gives_up_on_is_not_a_keystore(tmp_path, content):
    path = tmp_path / "odd.json"
    path.write_text(content)

    with pytest.raises(KeystoreError, match="not a keystore"):
        keystore.open_keystore(path, "right")


def test_a_missing_keystore_says_how_to_make_one(tmp_path):
    with pytest.raises(KeystoreError, match="trimtab keys new"):
        keystore.open_keystore(tmp_path / "none.json", "right")


def test_a_keystore_that_states_no_address_says_so(file):
    file.write_text(json.dumps(json.loads(file.read_text()) | {"address": "?"}))

    with pytest.raises(KeystoreError, match="states no address"):
        keystore.keystore_address(file)


def test_a_password_is_taken_from_the_variable_then_the_file_then_the_person(tmp_path):
    file = tmp_path / "password"
    file.write_text("from file\n")
    both = {"TRIMTAB_PASSWORD": "from variable", "TRIMTAB_PASSWORD_FILE": str(file)}

    assert keystore.find_password(both) == "from variable"
    assert keystore.find_password({"TRIMTAB_PASSWORD_FILE": str(file)}) == "from file"
    assert keystore.find_password({}, file=file) == "from file"
    assert keystore.find_password({}, ask=lambda _: "from person") == "from person"
    assert keystore.find_password({"MINE": "own variable"}, variable="MINE") == "own variable"


def test_without_anyone_to_ask_the_error_names_the_variable():
    with pytest.raises(KeystoreError, match="set TRIMTAB_PASSWORD"):
        keystore.find_password({})


def test_an_empty_password_is_refused():
    with pytest.raises(KeystoreError, match="empty"):
        keystore.find_password({}, ask=lambda _: "")


def test_a_missing_password_file_is_named(tmp_path):
    with pytest.raises(KeystoreError, match="absent: the password file cannot be read"):
        keystore.find_password({}, file=tmp_path / "absent")


def test_a_new_password_is_asked_for_twice():
    answers = iter(["one", "two"])

    with pytest.raises(KeystoreError, match="differ; nothing was written"):
        keystore.new_password({}, lambda _: next(answers))


@pytest.mark.parametrize(
    "key", ["", "zz", "ab" * 31, "ab" * 33, "0x" + "00" * 32, "0x" + "ff" * 32]
)
def test_what_is_not_a_key_is_refused_without_being_repeated(key):
    with pytest.raises(KeystoreError) as caught:
        keystore.private_key(key)

    assert "expected 64 hexadecimal digits" in str(caught.value)
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize("key", ["4c" * 32, "0x" + "4c" * 32, f"  {'4C' * 32}\n"])
def test_a_key_may_be_written_in_the_usual_ways(key):
    assert keystore.private_key(key).to_bytes() == bytes(ACCOUNT.key)
