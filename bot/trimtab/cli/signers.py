"""Which account signs, and what holds its key: a keystore, a variable or a signer elsewhere."""

from __future__ import annotations

import ctypes
import resource
import sys
from collections.abc import Mapping
from pathlib import Path

from eth_keys.datatypes import PrivateKey
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from trimtab.chain.transport import transport_for
from trimtab.cli.app import remark
from trimtab.cli.keystore import (
    asker,
    find_password,
    is_exposed,
    keystore_address,
    open_keystore,
    private_key,
)
from trimtab.cli.settings.schema import KeysSettings
from trimtab.errors import KeystoreError
from trimtab.executor.signer import LocalSigner, Signer
from trimtab.executor.signer_kms import KmsSigner, open_kms
from trimtab.executor.signer_remote import RemoteSigner
from trimtab.local.chain import CHAIN_ID as LOCAL_CHAIN_ID

TEST_CHAINS = frozenset(
    {1337, 31337, LOCAL_CHAIN_ID, 17_000, 560_048, 80_002, 84_532, 421_614, 11_155_111, 11_155_420}
)
"""Chains whose coins are worth nothing: local ones, and the test networks of Ethereum and of the
rollups on it. Any other chain is taken for one with real money."""

PR_SET_DUMPABLE = 4
"""Linux's number for the request not to let other processes read this one."""


def signer_address(
    keys: KeysSettings, folder: Path, environment: Mapping[str, str]
) -> ChecksumAddress:
    """Address of the account that signs; needs no password and asks no signer.

    Raises
    ------
    KeystoreError
        If the keystore states none, or the variable holds no key.
    """
    if keys.address is not None:
        return to_checksum_address(keys.address)
    if keys.keystore is not None:
        return to_checksum_address(keystore_address(folder / keys.keystore))
    return _key_in(str(keys.key_variable), environment).public_key.to_checksum_address()


def is_named(keys: KeysSettings, folder: Path, environment: Mapping[str, str]) -> bool:
    """Whether `signer_address` can tell an address, for verbs that go on without one."""
    if keys.keystore is not None:
        return (folder / keys.keystore).exists()
    return keys.address is not None or bool(environment.get(str(keys.key_variable)))


def open_signer(
    keys: KeysSettings, folder: Path, environment: Mapping[str, str], *, chain_id: int
) -> Signer:
    """What signs; asks for a password if it has to.

    From here on the process leaves no core dump and cannot be read by others.

    Raises
    ------
    KeystoreError
        If there is no such key, or it stands in a variable on a chain with real money.
    SignerFailed
        If a signer elsewhere does not answer, or does not hold the key.
    """
    keep_memory_private()
    if keys.address is not None:
        return _signer_elsewhere(keys, to_checksum_address(keys.address))
    if keys.key_variable is not None:
        if chain_id not in TEST_CHAINS and not keys.key_on_any_chain:
            raise KeystoreError(
                f"keys.key_variable names {keys.key_variable}, but chain {chain_id} is no known "
                "test network, and variables are easily seen: expected keys.keystore or "
                "keys.remote_url; keys.key_on_any_chain = true takes the variable all the same"
            )
        return LocalSigner(_key_in(keys.key_variable, environment).to_bytes())
    return LocalSigner(_unlocked(keys, folder, environment))


def _signer_elsewhere(keys: KeysSettings, address: ChecksumAddress) -> Signer:
    """A signer that holds the key itself, known to have it."""
    timeout = float(keys.remote_timeout)
    signer: KmsSigner | RemoteSigner
    if keys.kms_key is not None:
        signer = KmsSigner(open_kms(keys.kms_region, timeout=timeout), keys.kms_key, address)
    else:
        signer = RemoteSigner(transport_for(str(keys.remote_url), timeout=timeout), address)
    signer.require_account()
    return signer


def keep_memory_private() -> None:
    """Write no core dump if this process dies, and let no other process of this user read it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # A dump that is piped to a program ignores the limit above, but not this.
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def _key_in(variable: str, environment: Mapping[str, str]) -> PrivateKey:
    text = environment.get(variable)
    if not text:
        raise KeystoreError(
            f"keys.key_variable names {variable}, which is not set: expected a private key in it"
        )
    try:
        return private_key(text)
    except KeystoreError as fault:
        raise KeystoreError(f"{variable}: {fault}") from None


def _unlocked(keys: KeysSettings, folder: Path, environment: Mapping[str, str]) -> bytes:
    keystore = folder / str(keys.keystore)
    file = folder / keys.password_file if keys.password_file else None
    password = find_password(environment, variable=keys.password_variable, file=file, ask=asker())
    key = bytes(open_keystore(keystore, password).key)
    if is_exposed(keystore):
        remark(f"warning: others can read {keystore}; chmod 600 keeps them out")
    return key
