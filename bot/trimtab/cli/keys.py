"""`trimtab keys`: make a keystore, or bring a key into one. No key is ever an argument."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from eth_account import Account

from trimtab.cli.app import app, out, remark
from trimtab.cli.keystore import account_from_key, asker, new_password, write_keystore
from trimtab.errors import KeystoreError

keys = typer.Typer(help="Make keystore files.", no_args_is_help=True)
app.add_typer(keys, name="keys")

NewFile = Annotated[Path, typer.Argument(help="File to write; must not exist.")]


@keys.command()
def new(file: NewFile) -> None:
    """Make a new key and write it to FILE, encrypted with a password."""
    _refuse_existing(file)
    account = Account.create()
    write_keystore(file, account, new_password(os.environ, asker()))
    _report(file, account.address)


@keys.command(name="import")
def import_(file: NewFile) -> None:
    """Read a private key from a hidden prompt, or from standard input, and encrypt it to FILE."""
    _refuse_existing(file)
    ask = asker()
    account = account_from_key(ask("Private key (not shown): ") if ask else sys.stdin.readline())
    write_keystore(file, account, new_password(os.environ, ask))
    _report(file, account.address)


def _refuse_existing(file: Path) -> None:
    if file.exists():
        raise KeystoreError(f"{file}: a file stands there already; it was not touched")


def _report(file: Path, address: str) -> None:
    out.print(address)
    remark(f"wrote {file}, readable by you alone; without its password the key is lost")
