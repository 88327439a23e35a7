"""Keys come from a keystore, from a variable on test networks, or never into this process."""

import subprocess
import sys

import pytest
from eth_account import Account
from trimtab.cli.settings.schema import KeysSettings
from trimtab.cli.signers import TEST_CHAINS, is_named, open_signer, signer_address
from trimtab.errors import KeystoreError, SignerFailed

KEY = "0x" + "11" * 32
OWNER = Account.from_key(KEY).address
VARIABLE = KeysSettings(key_variable="TRIMTAB_KEY")
SEPOLIA, MAINNETS = 11_155_111, (1, 10, 137, 8453, 42_161, 999_999)


def printed_by(code):
    """What a process that runs `code` prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_key_in_a_variable_signs_on_a_test_network(tmp_path):
    signer = open_signer(VARIABLE, tmp_path, {"TRIMTAB_KEY": KEY}, chain_id=SEPOLIA)

    assert signer.address == signer_address(VARIABLE, tmp_path, {"TRIMTAB_KEY": KEY}) == OWNER
    assert KEY[2:] not in repr(signer)


@pytest.mark.parametrize("chain_id", MAINNETS)
def test_a_key_in_a_variable_is_refused_where_coins_are_worth_something(tmp_path, chain_id):
    with pytest.raises(KeystoreError, match=f"chain {chain_id} is no known test network"):
        open_signer(VARIABLE, tmp_path, {"TRIMTAB_KEY": KEY}, chain_id=chain_id)
    told = VARIABLE.model_copy(update={"key_on_any_chain": True})
    assert open_signer(told, tmp_path, {"TRIMTAB_KEY": KEY}, chain_id=chain_id).address == OWNER


def test_no_chain_of_value_counts_as_a_test_network():
    assert not TEST_CHAINS & set(MAINNETS)


@pytest.mark.parametrize("text", ["", "0x12", KEY + "00", "correct horse battery staple"])
def test_what_is_no_key_is_not_repeated(tmp_path, text):
    with pytest.raises(KeystoreError, match="TRIMTAB_KEY") as caught:
        signer_address(VARIABLE, tmp_path, {"TRIMTAB_KEY": text})

    assert not text or text not in str(caught.value)


def test_verbs_that_need_no_account_know_whether_there_is_one(tmp_path):
    keystore = KeysSettings(keystore="k.json")

    assert is_named(VARIABLE, tmp_path, {"TRIMTAB_KEY": KEY})
    assert not is_named(VARIABLE, tmp_path, {})
    assert not is_named(keystore, tmp_path, {})
    (tmp_path / "k.json").touch()
    assert is_named(keystore, tmp_path, {})


def test_a_signer_that_does_not_answer_is_named_without_its_secret(tmp_path):
    keys = KeysSettings(
        remote_url="http://user:hunter22@127.0.0.1:9/secretpath",
        address=OWNER,
        remote_timeout="1 s",
    )

    with pytest.raises(SignerFailed, match=r"signer http://127\.0\.0\.1:9/… does not") as caught:
        open_signer(keys, tmp_path, {}, chain_id=1)

    assert "hunter22" not in str(caught.value)
    assert "secretpath" not in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
def test_a_process_with_a_key_leaves_no_core_dump():
    limit, dumpable = printed_by(
        "import ctypes, resource\n"
        "from trimtab.cli.signers import keep_memory_private\n"
        "keep_memory_private()\n"
        "print(*[resource.getrlimit(resource.RLIMIT_CORE)[0], ctypes.CDLL(None).prctl(3)])\n"
    )

    assert (limit, dumpable) == ("0", "0")
