"""Keystore files: made, read, and never shown."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from eth_keys.datatypes import PrivateKey
from eth_utils.address import to_checksum_address
from eth_utils.exceptions import ValidationError
from pydantic_core import from_json

from trimtab.errors import KeystoreError

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

PRIVATE = 0o600
"""Permissions of a keystore: nobody but its owner may read it."""

PASSWORD_VARIABLE = "TRIMTAB_PASSWORD"  # noqa: S105 (a name, not a password)
PASSWORD_FILE_VARIABLE = "TRIMTAB_PASSWORD_FILE"  # noqa: S105 (a name, not a password)

KDF_MOST = {"n": 2**20, "r": 32, "p": 16, "c": 10**7, "dklen": 64}
"""Greatest parameters of a key derivation that are obeyed: several times what wallets write."""

Ask = Callable[[str], str]
"""Asks a person for a secret that must not appear on the screen."""


def find_password(
    environment: Mapping[str, str],
    *,
    variable: str = PASSWORD_VARIABLE,
    file: Path | None = None,
    ask: Ask | None = None,
) -> str:
    """The keystore's password: from the variable, else from a file, else asked for.

    Parameters
    ----------
    environment
        Variables of the process; `TRIMTAB_PASSWORD_FILE` names a file if `file` is not given.
    variable
        Name of the variable that may hold the password.
    file
        File that holds the password and nothing else; a line break at its end is left out.
    ask
        How to ask; None where nobody can answer.

    Raises
    ------
    KeystoreError
        If there is none.
    """
    if environment.get(variable):
        return environment[variable]
    named = environment.get(PASSWORD_FILE_VARIABLE)
    path = file or (Path(named) if named else None)
    if path:
        return _password_in(path)
    if ask is None:
        raise KeystoreError(
            f"no password: set {variable}, or name a file that holds it in "
            f"{PASSWORD_FILE_VARIABLE} or keys.password_file"
        )
    return _not_empty(ask("Password of the keystore: "))


def new_password(environment: Mapping[str, str], ask: Ask | None) -> str:
    """The password for a new keystore; asked for twice if it has to be asked for."""
    password = find_password(environment, ask=ask)
    typed = not environment.get(PASSWORD_VARIABLE) and not environment.get(PASSWORD_FILE_VARIABLE)
    if typed and ask is not None and ask("Once more: ") != password:
        raise KeystoreError("the two passwords differ; nothing was written")
    return password


def asker() -> Ask | None:
    """How to ask the person at the terminal; None if there is no terminal."""
    return getpass if sys.stdin.isatty() else None


def private_key(text: str) -> PrivateKey:
    """A private key from hexadecimal.

    Raises
    ------
    KeystoreError
        If it is not a private key; the text is not repeated.
    """
    digits = text.strip().removeprefix("0x")
    try:
        key = PrivateKey(bytes.fromhex(digits))
        key.public_key.to_bytes()  # a number beyond the curve's order has none
    except (ValueError, ValidationError):
        # What the library says may contain the key, so it is not repeated.
        raise KeystoreError(
            f"that is not a private key: expected 64 hexadecimal digits, got {len(digits)} "
            "characters (not shown)"
        ) from None
    return key


def write_keystore(
    path: Path, account: LocalAccount, password: str, *, work: int | None = None
) -> None:
    """Write an encrypted keystore that only its owner may read.

    Parameters
    ----------
    work
        Cost of guessing a password, as scrypt's n; the library's own choice unless given.

    Raises
    ------
    KeystoreError
        If a file stands there already, or it cannot be written.
    """
    from eth_account import Account  # noqa: PLC0415 (with what it loads, a quarter of a second)

    content = Account.encrypt(account.key, password, iterations=work)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    except FileExistsError:
        raise KeystoreError(f"{path}: a file stands there already; it was not touched") from None
    except OSError as error:
        raise KeystoreError(f"{path}: cannot be written: {error.strerror}") from None
    with os.fdopen(handle, "w") as file:
        json.dump(content, file)


def keystore_address(path: Path) -> str:
    """Address of a keystore, as the file states it; no password is needed.

    Raises
    ------
    KeystoreError
        If it is not a keystore, or states no address.
    """
    stated = _content(path).get("address")
    try:
        return to_checksum_address(f"0x{str(stated).removeprefix('0x')}")
    except ValueError:
        raise KeystoreError(
            f"{path}: states no address; make a new one with trimtab keys import"
        ) from None


def is_exposed(path: Path) -> bool:
    """Whether others than its owner may read a keystore."""
    return bool(path.stat().st_mode & 0o077)


def open_keystore(path: Path, password: str) -> LocalAccount:
    """The account in a keystore.

    Raises
    ------
    KeystoreError
        If it is not a keystore, or the password is wrong.
    """
    from eth_account import Account  # noqa: PLC0415 (with what it loads, a quarter of a second)

    content = _content(path)
    try:
        account: LocalAccount = Account.from_key(Account.decrypt(content, password))
    except ValueError as error:
        if "MAC mismatch" in str(error):
            raise KeystoreError(f"{path}: the password is wrong") from None
        raise _no_keystore(path) from None
    except (KeyError, TypeError, NotImplementedError):
        raise _no_keystore(path) from None
    return account


def _content(path: Path) -> dict[str, object]:
    try:
        content = from_json(path.read_text())  # a parser that bounds how deep it goes
    except FileNotFoundError:
        raise KeystoreError(
            f"{path}: no such keystore; make one with trimtab keys new or trimtab keys import"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise KeystoreError(f"{path}: cannot be read: {type(error).__name__}") from None
    except ValueError:
        raise _no_keystore(path) from None
    if not isinstance(content, dict) or "crypto" not in {str(key).lower() for key in content}:
        raise _no_keystore(path)
    _check_cost(path, content)
    return content


def _check_cost(path: Path, content: Mapping[str, object]) -> None:
    """Refuse a keystore that would take for ever, or all memory, to open."""
    crypto = next(value for key, value in content.items() if str(key).lower() == "crypto")
    given = crypto.get("kdfparams") if isinstance(crypto, dict) else None
    if not isinstance(given, dict):
        raise _no_keystore(path)
    for name, most in KDF_MOST.items():
        value = given.get(name, 1)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise KeystoreError(
                f"{path}: {name} of its key derivation is not a number from 1 to {most}: no "
                "ordinary keystore has such a one"
            )


def _no_keystore(path: Path) -> KeystoreError:
    return KeystoreError(f"{path}: not a keystore: expected the JSON that trimtab keys new writes")


def _password_in(path: Path) -> str:
    try:
        return _not_empty(path.read_text().rstrip("\r\n"))
    except (OSError, UnicodeDecodeError) as error:
        raise KeystoreError(
            f"{path}: the password file cannot be read: {type(error).__name__}"
        ) from None


def _not_empty(password: str) -> str:
    if not password:
        raise KeystoreError("the password is empty; anyone could open the keystore")
    return password
